"""A real Prometheus on loopback with temporary storage."""

import contextlib
import http.server
import json
import pathlib
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request

import processes

# JSON is YAML.
_INTERVALS = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}


class Prometheus:
    def __init__(self, port):
        self._url = f"http://127.0.0.1:{port}"

    def api(self, path, **query):
        url = f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            parsed = json.load(answer)
        assert parsed["status"] == "success", parsed
        return parsed["data"]

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=30) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def target(self):
        """The only target, once it has been scraped."""

        def scraped():
            targets = self.api("targets")["activeTargets"]
            return next((each for each in targets if each["health"] != "unknown"), None)

        return processes.eventually(scraped, lambda: "a scraped target")

    def query(self, expression):
        """{labels without the metric's name: value} of an instant query; of a histogram, its count."""
        result = self.api("query", query=expression)["result"]
        answer = {}
        for each in result:
            each["metric"].pop("__name__", None)
            value = each["value"][1] if "value" in each else each["histogram"][1]["count"]
            answer[tuple(sorted(each["metric"].items()))] = float(value)
        return answer


@contextlib.contextmanager
def _serving(handler):
    """The loopback port of a server that passes requests to `handler`."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def textfile(text):
    """The port of a host whose textfile collector serves this text."""

    class Textfile(_Handler):
        def do_GET(self):
            self.answer(text.encode())

    return _serving(Textfile)


@contextlib.contextmanager
def scraping(
    port, rule_files=(), alertmanager_port=None, history=None, access=None, node=None, features=()
):
    """A Prometheus that scrapes 127.0.0.1:`port` and evaluates rules every second. `history` is an OpenMetrics file
    with timestamps that it stores first. `access` adds settings to the scrape's configuration: scheme, tls_config,
    basic_auth. `node` is the port of a node_exporter. `features` are those of Prometheus that are off by default."""
    program = processes.program("prometheus")
    own_port = processes.free_port()
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as scratch:
        targets = [{"targets": [f"127.0.0.1:{port}"]}]
        job = {"job_name": "hardlink", "static_configs": targets, **(access or {})}
        file = pathlib.Path(scratch, "prometheus.yml")
        config = {"global": _INTERVALS, "scrape_configs": [job]}
        if node:
            targets = [{"targets": [f"127.0.0.1:{node}"]}]
            config["scrape_configs"].append({"job_name": "node", "static_configs": targets})
        config["rule_files"] = [str(each) for each in rule_files]
        if alertmanager_port:
            manager = {"static_configs": [{"targets": [f"127.0.0.1:{alertmanager_port}"]}]}
            config["alerting"] = {"alertmanagers": [manager]}
        file.write_text(json.dumps(config))
        if history:
            backfill = ["tsdb", "create-blocks-from", "openmetrics", str(history)]
            processes.run([processes.program("promtool"), *backfill, f"{scratch}/data"])
        log = open(pathlib.Path(scratch, "log"), "w+", encoding="utf-8")
        flags = [f"--config.file={file}", f"--storage.tsdb.path={scratch}/data"]
        flags.append(f"--web.listen-address=127.0.0.1:{own_port}")
        flags += [f"--enable-feature={feature}" for feature in features]
        process = processes.start([program, *flags], stdout=log, stderr=log)
        try:
            server = Prometheus(own_port)
            processes.eventually(
                lambda: server.is_ready() or process.poll() is not None,
                lambda: "Prometheus answers",
            )
            log.seek(0)
            assert process.poll() is None, log.read()
            yield server
        finally:
            processes.terminate(process)
            log.close()


def scrape_headers(features=()):
    """The headers of the request that this Prometheus makes to scrape a target."""
    seen, arrived = {}, threading.Event()

    class Recorder(_Handler):
        def do_GET(self):
            seen.update(self.headers)
            self.answer(b"")
            arrived.set()

    with _serving(Recorder) as port, scraping(port, features=features):
        assert arrived.wait(60), "Prometheus did not scrape"
    return seen
