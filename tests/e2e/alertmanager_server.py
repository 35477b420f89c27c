"""A real Alertmanager on loopback with the example configuration, and the receivers it notifies."""

import contextlib
import http.server
import json
import pathlib
import tempfile
import threading
import urllib.error
import urllib.request

import processes

_EXAMPLE = pathlib.Path(__file__).parents[2] / "deploy" / "alertmanager" / "alertmanager.yml"


class Notifications:
    """The notifications that the receivers got, in order, and the alerts that the Alertmanager silences."""

    def __init__(self, manager_port):
        self._api = f"http://127.0.0.1:{manager_port}/api/v2/alerts"
        self._lock = threading.Lock()
        self._told = []

    def add(self, receiver, message):
        with self._lock:
            for alert in message["alerts"]:
                self._told.append((receiver, alert))

    def of(self, name, status):
        """[(receiver, alert)] about the alert `name` in this status, firing or resolved."""
        with self._lock:
            return [
                (receiver, alert)
                for receiver, alert in self._told
                if alert["labels"]["alertname"] == name and alert["status"] == status
            ]

    def inhibited(self):
        """Names of the alerts that another one silences now."""
        with urllib.request.urlopen(self._api, timeout=30) as answer:
            alerts = json.load(answer)
        return {a["labels"]["alertname"] for a in alerts if a["status"]["inhibitedBy"]}

    def names(self):
        with self._lock:
            return [(receiver, a["labels"]["alertname"], a["status"]) for receiver, a in self._told]


@contextlib.contextmanager
def _receiving(manager_port):
    """(port, Notifications) of a server that receives the webhooks."""
    told = Notifications(manager_port)

    class Webhook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.add(self.path.strip("/"), json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, told
        finally:
            server.shutdown()
            thread.join()


def _impatient(text, webhook_port):
    """The example configuration, with waits of seconds and with webhooks that lead to the test's server."""
    for patient, hasty in [
        ("group_wait: 30s", "group_wait: 1s"),
        ("group_interval: 5m", "group_interval: 1s"),
        ("localhost:9099", f"127.0.0.1:{webhook_port}"),
    ]:
        assert patient in text, f"{patient} is not in {_EXAMPLE}"
        text = text.replace(patient, hasty)
    return text


@contextlib.contextmanager
def alertmanager():
    """(port, Notifications) of an Alertmanager that runs as in deploy/alertmanager."""
    program = processes.program("prometheus-alertmanager")
    port = processes.free_port()
    with _receiving(port) as (webhook_port, told), tempfile.TemporaryDirectory(
        prefix="hardlink-e2e-"
    ) as scratch:
        file = pathlib.Path(scratch, "alertmanager.yml")
        file.write_text(_impatient(_EXAMPLE.read_text(encoding="utf-8"), webhook_port))
        log = open(pathlib.Path(scratch, "log"), "w+", encoding="utf-8")
        flags = [f"--config.file={file}", f"--storage.path={scratch}/data"]
        flags += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
        process = processes.start([program, *flags], stdout=log, stderr=log)
        try:
            processes.eventually(
                lambda: _is_ready(port) or process.poll() is not None,
                lambda: "Alertmanager answers",
            )
            log.seek(0)
            assert process.poll() is None, log.read()
            yield port, told
        finally:
            processes.terminate(process)
            log.close()


def _is_ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=30) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False
