"""Every kind of mistake in a configuration file: exit code 2 and a line with file, line, key and
what was expected. Nothing is guessed, nothing is started."""

import dataclasses
import re

import pytest

import exporter
from trees import snapshots


@dataclasses.dataclass
class Mistake:
    text: str
    line: int
    key: str
    says: str = ""  # a word of the message, in any case

    def __str__(self):
        return f"{self.key}-{self.says}".replace(" ", "-") or "syntax"


ROOT = "roots:\n  - path: /srv/a\n"

MISTAKES = [
    # Keys
    Mistake("rooots: []\n", 1, "rooots", "unknown"),
    Mistake(ROOT + "    nam: a\n", 3, "roots[0].nam", "unknown"),
    Mistake("scan:\n  intervall: 5m\n", 2, "scan.intervall", "unknown"),
    Mistake("metrics:\n  hot: 5\n", 2, "metrics.hot", "unknown"),
    Mistake("web:\n  port: 80\n", 2, "web.port", "unknown"),
    Mistake("log:\n  file: x\n", 2, "log.file", "unknown"),
    Mistake("scan:\n  threads: 1\n  threads: 2\n", 3, "scan.threads", "twice"),
    Mistake("scan: {}\nlog: {}\nscan: {}\n", 3, "scan", "twice"),
    Mistake(ROOT + "    path: /srv/b\n", 3, "roots[0].path", "twice"),
    Mistake("roots:\n  - name: a\n", 2, "roots[0].path", ""),
    # Shapes
    Mistake("roots: /srv\n", 1, "roots", "list"),
    Mistake("roots:\n  - /srv\n", 2, "roots[0]", ""),
    Mistake("scan: 5m\n", 1, "scan", ""),
    Mistake("metrics:\n  buckets: 5\n", 2, "metrics.buckets", "list"),
    Mistake(ROOT + "    exclude: a\n", 3, "roots[0].exclude", "list"),
    Mistake(ROOT + "    name: [a]\n", 3, "roots[0].name", ""),
    Mistake("- a\n- b\n", 1, "", ""),
    Mistake("roots:\n  - path: /a\n   name: b\n", 3, "", ""),
    Mistake("scan: {interval: 5m\n", 2, "", ""),
    # Values of roots
    Mistake("roots:\n  - path: srv/a\n", 2, "roots[0].path", "absolute"),
    Mistake("roots:\n  - path: ''\n", 2, "roots[0].path", "absolute"),
    Mistake("roots:\n  - path: /srv/../a\n", 2, "roots[0].path", ""),
    Mistake(ROOT + "    name: ''\n", 3, "roots[0].name", "empty"),
    Mistake(ROOT + "    name: x\n  - path: /b\n    name: x\n", 5, "roots[1].name", ""),
    Mistake(ROOT + "  - path: /srv/a/\n", 3, "roots[1]", ""),
    Mistake(ROOT + "    layout: btrfs\n", 3, "roots[0].layout", "docker-overlay"),
    Mistake(ROOT + "    engine: fast\n", 3, "roots[0].engine", "walk"),
    Mistake(ROOT + "    link_limit: 0\n", 3, "roots[0].link_limit", ""),
    Mistake(ROOT + "    link_limit: -5\n", 3, "roots[0].link_limit", "auto"),
    Mistake(ROOT + "    link_limit: 65k\n", 3, "roots[0].link_limit", "auto"),
    Mistake(ROOT + "    layers: /srv/*\n", 3, "roots[0].layers", "slash"),
    Mistake(ROOT + "    layers: ../*\n", 3, "roots[0].layers", ".."),
    Mistake(ROOT + "    layers:\n      - a\n      - 'b}'\n", 5, "roots[0].layers[1]", "pairs"),
    Mistake(ROOT + "    exclude: [a, /b]\n", 3, "roots[0].exclude[1]", "slash"),
    # Values of scan
    Mistake("scan:\n  interval: 5 parsecs\n", 2, "scan.interval", ""),
    Mistake("scan:\n  interval: 300\n", 2, "scan.interval", ""),
    Mistake("scan:\n  interval: 0s\n", 2, "scan.interval", ""),
    Mistake("scan:\n  interval: -5m\n", 2, "scan.interval", ""),
    Mistake("scan:\n  watch_interval: soon\n", 2, "scan.watch_interval", ""),
    Mistake("scan:\n  timeout: 1y1\n", 2, "scan.timeout", ""),
    Mistake("scan:\n  threads: many\n", 2, "scan.threads", ""),
    Mistake("scan:\n  threads: 0\n", 2, "scan.threads", ""),
    Mistake("scan:\n  threads: 1.5\n", 2, "scan.threads", ""),
    Mistake("scan:\n  io_priority: realtime\n", 2, "scan.io_priority", "idle"),
    Mistake("scan:\n  max_duty: 0%\n", 2, "scan.max_duty", "%"),
    Mistake("scan:\n  max_duty: 101%\n", 2, "scan.max_duty", "%"),
    Mistake("scan:\n  max_duty: half\n", 2, "scan.max_duty", "%"),
    # Values of metrics
    Mistake("metrics:\n  layers: -1\n", 2, "metrics.layers", ""),
    Mistake("metrics:\n  buckets: [1, ten]\n", 2, "metrics.buckets[1]", ""),
    Mistake("metrics:\n  buckets: [1, 10, 5]\n", 2, "metrics.buckets", "above"),
    Mistake("metrics:\n  buckets: [1, 1]\n", 2, "metrics.buckets", "above"),
    # Values of web and log
    Mistake("web:\n  telemetry_path: metrics\n", 2, "web.telemetry_path", "/"),
    Mistake("web:\n  telemetry_path: /assets/x\n", 2, "web.telemetry_path", ""),
    Mistake("web:\n  enable_lifecycle: perhaps\n", 2, "web.enable_lifecycle", "true"),
    Mistake("web:\n  max_requests: 0\n", 2, "web.max_requests", ""),
    Mistake("log:\n  level: loud\n", 2, "log.level", "debug"),
    Mistake("log:\n  format: xml\n", 2, "log.format", "logfmt"),
]


@pytest.fixture
def checked(tree):
    def check(text, *arguments):
        file = tree / "hardlink_exporter.yml"
        file.write_text(text)
        return file, exporter.run(f"--config.file={file}", *arguments)

    return check


@pytest.mark.parametrize("arguments", [["--config.check"], []], ids=["check", "start"])
@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_is_told_with_file_line_and_key(checked, mistake, arguments):
    file, done = checked(mistake.text, *arguments)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    key = f"{re.escape(mistake.key)}[^:]*: " if mistake.key else ""
    assert re.search(rf"{re.escape(str(file))}:{mistake.line}: {key}.+", line), line
    assert mistake.says.lower() in line.lower()


def test_config_check_reports_every_mistake_at_once_in_the_order_of_lines(checked):
    file, done = checked(
        "rooots: []\n"
        "roots:\n"
        "  - path: relative\n"
        "    layout: btrfs\n"
        "scan:\n"
        "  interval: soon\n"
        "  threads: 0\n"
        "log: {level: loud}\n",
        "--config.check",
    )
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    where = [re.search(rf"{re.escape(str(file))}:(\d+): ", line)[1] for line in lines]
    assert where == ["1", "3", "4", "6", "7", "8"]


def test_a_file_that_cannot_be_read_is_told(tree):
    missing = tree / "missing.yml"
    done = exporter.run(f"--config.file={missing}")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert str(missing) in line and "No such file or directory" in line


@pytest.mark.parametrize(
    "content",
    [b"\0\xff\xfe", b"roots: &a [*a]\n", b"[" * 10_000, b"roots: [{path: '/\xff'"],
    ids=["binary", "itself", "brackets", "cut off"],
)
def test_what_is_no_configuration_at_all_is_refused_in_one_line(tree, content):
    file = tree / "hardlink_exporter.yml"
    file.write_bytes(content)
    done = exporter.run(f"--config.file={file}", "--config.check")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert str(file) in line


def test_every_key_of_a_full_configuration_is_taken(tree, checked):
    top = snapshots(tree / "a")
    text = f"""
roots:
  - path: {top}
    name: docker
    layout: auto
    layers: null
    engine: auto
    link_limit: auto
    exclude: []
  - path: {tree}
    name: other
    layout: snapshots
    layers: "*"
    engine: walk
    link_limit: 65000
    exclude: ["cache*", "a/b"]
scan:
  interval: 5m
  watch_interval: 15s
  timeout: 30m
  threads: 2
  io_priority: idle
  max_duty: 25%
metrics:
  hot_inodes: 10
  layers: 20
  images: 20
  buckets: [1, 2, 10, 100, 65000]
log:
  level: info
  format: logfmt
"""
    _, done = checked(text, "--config.check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_flag_wins_over_the_file(tree):
    file = tree / "hardlink_exporter.yml"
    top = snapshots(tree / "a")
    file.write_text(f"roots: [{{path: {top}}}]\nweb: {{telemetry_path: /of-the-file}}\n")
    flags = [f"--config.file={file}", "--web.telemetry-path=/of-the-flag"]
    with exporter.daemon(*flags, telemetry_path="/of-the-flag") as daemon:
        assert daemon.value("hardlink_up") == 1
        assert daemon.get("/of-the-file").status == 404
