#!/usr/bin/python3
"""Measures the cost of a fleet of exporters: series per root, CPU time of a scrape on the node, and the
memory of a Prometheus that scrapes many nodes.

    bench/fleet.py [--build=build/release] [--nodes=100,300,1000] [--interval=15] [--scrapes=8] [--histograms=classic]

Makes a tree that fills every limit of the default configuration (more layers and images than get
series), serves it with the real daemon, and prints Markdown tables. The nodes are simulated: one server
on loopback answers every scrape with the daemon's answer, in which each node has its own ids of layers,
like real nodes. A real Prometheus scrapes them with the rules of deploy/prometheus, a new one for each
number of nodes; with --histograms=native as protobuf and with native histograms. docs/scale.md has the figures.
"""

import argparse
import contextlib
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import re
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests/e2e"))

import exporter  # noqa: E402  (the path is set above)
import exposition  # noqa: E402
import processes  # noqa: E402
import protobuf  # noqa: E402

# More layers than the default configuration has series for.
LAYERS = 30
PACKAGES = 197

# In the template of an answer, MARK replaces the beginning of each layer's id.
ID = re.compile(rb"\b[0-9a-f]{56}(?=[0-9a-f]{8}\b)")
MARK = b"%056x" % 0


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class DockerTree:
    """Docker's data root with the overlay driver: a base with yum's database, layers on top of each
    other, and an image for each."""

    def __init__(self, data_root):
        self.overlay = data_root / "overlay"
        self._metadata = data_root / "image/overlay"
        self._chain, self._diffs, self._repositories = "", [], {}
        below = None
        for number in range(LAYERS):
            below = self._layer(number, below)
            self._image(f"registry.example/team/service-{number}:1.{number}.0")
        text = json.dumps({"Repositories": self._repositories})
        (self._metadata / "repositories.json").write_text(text)

    def _layer(self, number, below):
        root = self.overlay / sha256(f"layer {number}") / "root"
        yumdb = root / "var/lib/yum/yumdb"
        for package in range(PACKAGES):
            name = f"{sha256(str(package))[:40]}-package{package}-1.0-1.el7-x86_64"
            directory = yumdb / "abcdefghijklmnop"[package % 16] / name
            directory.mkdir(parents=True)
            for file in ["checksum_type", "reason", "from_repo", "installed_by"]:
                self._add(directory / file, below, root)
        for file in ["passwd", "group", "hosts", "shadow", "fstab", "profile", "services"]:
            (root / "etc").mkdir(exist_ok=True)
            self._add(root / "etc" / file, below, root)
        self._record(root.parent.name, number)
        return root

    def _add(self, path, below, root):
        """Adds a name of the file that the layer below has at `path`, or else of the base's file of that kind."""
        first = below / path.relative_to(root) if below else root.parents[1] / f".{path.name}"
        if not first.exists():
            first.write_text("sha256")
        os.link(first, path)

    def _record(self, cache_id, number):
        diff = "sha256:" + sha256(f"diff {number}")
        parent, self._chain = self._chain, diff
        if parent:
            self._chain = "sha256:" + sha256(f"{parent} {diff}")
        self._diffs.append(diff)
        record = self._metadata / "layerdb/sha256" / self._chain.partition(":")[2]
        record.mkdir(parents=True)
        (record / "cache-id").write_text(cache_id)
        (record / "diff").write_text(diff)
        if parent:
            (record / "parent").write_text(parent)

    def _image(self, reference):
        rootfs = {"type": "layers", "diff_ids": self._diffs}
        content = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": rootfs})
        directory = self._metadata / "imagedb/content/sha256"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / sha256(content)).write_text(content)
        name = reference.rpartition(":")[0]
        self._repositories[name] = {reference: "sha256:" + sha256(content)}


@contextlib.contextmanager
def serving(tree, **metrics):
    """The daemon on the tree, with these limits of series."""
    roots = [{"path": str(tree.overlay), "name": "docker"}]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
        json.dump({"roots": roots, "metrics": metrics}, config)
        config.flush()
        with exporter.daemon(f"--config.file={config.name}") as daemon:
            yield daemon


def samples(text):
    return sum(1 for line in text.decode().splitlines() if line and not line.startswith("#"))


def of_root(text):
    return sum(1 for line in text.decode().splitlines() if 'root="docker"' in line)


# The series that the rules aggregate over nodes.
AGGREGATED = 'count({__name__=~"(instance|job):hardlink_.+"})'
RULES = ["hardlink.rules.yml", "hardlink.alerts.yml"]

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
CLASSIC = "text/plain;version=0.0.4"


def print_series(tree):
    """Prints how many series a root has with each setting."""
    print("| setting | series | of them of the root | OpenMetrics | gzip |")
    print("|---|--:|--:|--:|--:|")
    few = [1000, 10000, 30000, 60000, 65000]
    settings = {
        "the defaults": {},
        "`layers: 0`": {"layers": 0},
        "`layers: 5`": {"layers": 5},
        "`images: 0`": {"images": 0},
        "`hot_inodes: 0`": {"hot_inodes": 0},
        "`buckets` of five bounds": {"buckets": few},
        "`layers: 5, images: 5, hot_inodes: 3`, five bounds": {
            "layers": 5,
            "images": 5,
            "hot_inodes": 3,
            "buckets": few,
        },
    }
    for words, metrics in settings.items():
        with serving(tree, **metrics) as daemon:
            body, packed = bodies(daemon, OPENMETRICS)
        print_sizes(words, samples(body), of_root(body), body, packed)
    with serving(tree, histograms="native") as daemon:
        body, packed = bodies(daemon, protobuf.ACCEPT)
    labels = [protobuf.labels(m) for f in protobuf.families(body).values() for m in f.metric]
    roots = sum(1 for each in labels if each.get("root") == "docker")
    print_sizes("`histograms: native`, in protobuf", len(labels), roots, body, packed)
    print()


def bodies(daemon, accept):
    """The body of a scrape as it is, and compressed."""
    return [
        daemon.get("/metrics", Accept=accept, Accept_Encoding=encoding).body
        for encoding in ("identity", "gzip")
    ]


def print_sizes(words, series, of_the_root, body, packed):
    kilobytes = f"{len(body) / 1000:.1f} kB | {len(packed) / 1000:.1f} kB"
    print(f"| {words} | {series} | {of_the_root} | {kilobytes} |")


def cpu_seconds(process):
    """User and system time of a process so far, in the resolution of the kernel's clock ticks."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def print_scrape(tree, repeat=2000):
    """Prints the cost of answers for the node, over one connection, which Prometheus keeps too."""
    print("| scrape | series | bytes | median | 99th percentile | CPU |\n|---|--:|--:|--:|--:|--:|")
    with serving(tree) as daemon:
        for words, accept, encoding in [
            ("OpenMetrics, gzip (Prometheus)", OPENMETRICS, "gzip"),
            ("OpenMetrics", OPENMETRICS, "identity"),
            ("classic, gzip", CLASSIC, "gzip"),
            ("classic", CLASSIC, "identity"),
        ]:
            series = samples(daemon.get("/metrics", Accept=accept).body)
            headers = {"Accept": accept, "Accept-Encoding": encoding}
            connection = http.client.HTTPConnection("127.0.0.1", daemon.port)
            times, before = [], cpu_seconds(daemon.process)
            for _ in range(repeat):
                begin = time.perf_counter()
                connection.request("GET", "/metrics", headers=headers)
                size = len(connection.getresponse().read())
                times.append((time.perf_counter() - begin) * 1000)
            cpu = (cpu_seconds(daemon.process) - before) / repeat * 1000
            connection.close()
            slow = statistics.quantiles(times, n=100)[98]
            row = f"{statistics.median(times):.2f} ms | {slow:.2f} ms | {cpu:.2f} ms"
            print(f"| {words} | {series} | {size} | {row} |")
    print()


class Fleet:
    """Answers the scrapes of every simulated node, from /1, /2 and so on."""

    def __init__(self, template, content_type):
        fleet = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = template.replace(MARK, b"%056x" % (int(self.path[1:]) << 96))
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                fleet.bytes = len(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def config(self, nodes, interval):
        """The configuration of a Prometheus that scrapes the first `nodes` nodes; JSON is YAML."""
        address = f"127.0.0.1:{self.port}"
        groups = [
            {"targets": [address], "labels": {"instance": f"node-{n}", "__metrics_path__": f"/{n}"}}
            for n in range(1, nodes + 1)
        ]
        return {
            "global": {"scrape_interval": f"{interval}s", "scrape_timeout": f"{interval}s"},
            "rule_files": [str(SOURCE / "deploy/prometheus" / each) for each in RULES],
            "scrape_configs": [{"job_name": "hardlink", "static_configs": groups}],
        }


class Prometheus:
    def __init__(self, process, port):
        self.process = process
        self._url = f"http://127.0.0.1:{port}"

    def _get(self, path):
        with urllib.request.urlopen(self._url + path, timeout=120) as answer:
            return answer.read()

    def is_ready(self):
        try:
            return bool(self._get("/-/ready"))
        except OSError:
            return False

    def own(self, name):
        """One of Prometheus's metrics about itself, 0 if it is absent; some have a label for the type of sample."""
        text = self._get("/metrics").decode()
        found = re.search(rf'^{name}(?:{{type="float"}})? (\S+)$', text, re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    def query(self, expression):
        answer = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        result = json.loads(answer)["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0

    def resident_peak(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024


@contextlib.contextmanager
def prometheus(config, features):
    program, port = processes.program("prometheus"), processes.free_port()
    with tempfile.TemporaryDirectory(prefix="hardlink-fleet-") as scratch:
        file = pathlib.Path(scratch, "prometheus.yml")
        file.write_text(json.dumps(config))
        flags = [f"--config.file={file}", f"--storage.tsdb.path={scratch}/data"]
        flags.append(f"--web.listen-address=127.0.0.1:{port}")
        flags += [f"--enable-feature={feature}" for feature in features]
        with open(pathlib.Path(scratch, "log"), "w", encoding="utf-8") as log:
            process = processes.start([program, *flags], stdout=log, stderr=log)
            try:
                server = Prometheus(process, port)
                processes.eventually(server.is_ready, lambda: "Prometheus is ready")
                yield server
            finally:
                processes.terminate(process)


def print_memory(form, counts, interval, scrapes):
    """Prints the memory of Prometheus by the number of nodes, after `scrapes` scrapes of each and an evaluation of
    the rules, and its CPU time in percent of a core while each node is scraped every `interval`."""
    print("| nodes | series | resident | peak | per series | heap | CPU | aggregated |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    fleet = Fleet(form.template, form.content_type)
    for nodes in counts:
        with prometheus(fleet.config(nodes, interval), form.features) as server:
            appended = "prometheus_tsdb_head_samples_appended_total"
            wanted = nodes * form.numbers * scrapes

            processes.eventually(
                lambda: server.own(appended) >= wanted,
                lambda: f"{wanted} samples",
                seconds=3600,
                pause=1,
            )
            processes.eventually(
                lambda: server.query(AGGREGATED) >= 2 * nodes,
                lambda: "rules were evaluated",
                seconds=3600,
                pause=1,
            )
            # Measures over a window in which no series is new.
            begin, before = time.monotonic(), cpu_seconds(server.process)
            time.sleep(2 * interval)
            cpu = (cpu_seconds(server.process) - before) / (time.monotonic() - begin)
            print_memory_row(nodes, server, cpu)


def print_memory_row(nodes, server, cores):
    series = server.own("prometheus_tsdb_head_series")
    resident = server.own("process_resident_memory_bytes")
    heap = server.own("go_memstats_heap_inuse_bytes")
    peak = server.resident_peak()
    kept = server.query(AGGREGATED)
    figures = [
        f"{nodes:,}",
        f"{series:,.0f}",
        f"{resident / 1e6:,.0f} MB",
        f"{peak / 1e6:,.0f} MB",
        f"{resident / series / 1000:.1f} kB",
        f"{heap / 1e6:,.0f} MB",
        f"{cores * 100:.1f} %",
        f"{kept:,.0f}",
    ]
    print("| " + " | ".join(figures) + " |", flush=True)


class Form:
    """What the simulated nodes answer, and how Prometheus reads it."""

    def __init__(self, tree, histograms):
        native = histograms == "native"
        accept = protobuf.ACCEPT if native else OPENMETRICS
        with serving(tree, histograms=histograms) as daemon:
            answer = daemon.get("/metrics", Accept=accept)
            text = daemon.get("/metrics", Accept=OPENMETRICS).body
        exposition.openmetrics(text)  # checks that Prometheus would accept it
        self.template = ID.sub(MARK, answer.body)
        self.content_type = answer.headers["Content-Type"]
        self.features = ["native-histograms"] if native else []
        self.numbers = samples(text)  # samples that are no native histograms


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", type=pathlib.Path, default="build/release")
    parser.add_argument("--nodes", default="100,300,1000", help="numbers of nodes to simulate")
    parser.add_argument("--interval", type=int, default=15, help="seconds between scrapes")
    parser.add_argument("--scrapes", type=int, default=8, help="of each node before memory is read")
    parser.add_argument("--histograms", choices=["classic", "native"], default="classic")
    options = parser.parse_args()
    os.environ["HARDLINK_EXPORTER_BINARY"] = str(options.build.resolve() / "hardlink_exporter")
    with tempfile.TemporaryDirectory(prefix="hardlink-fleet-") as directory:
        tree = DockerTree(pathlib.Path(directory))
        print_series(tree)
        print_scrape(tree)
        form = Form(tree, options.histograms)
    counts = [int(nodes) for nodes in options.nodes.split(",")]
    print_memory(form, counts, options.interval, options.scrapes)


if __name__ == "__main__":
    main()
