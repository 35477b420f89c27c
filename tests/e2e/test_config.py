"""The configuration file, from its path to the exit code. The unit tests in tests/unit/config have every kind of
mistake."""

import pytest

import exporter
from trees import snapshots


@pytest.fixture
def checked(tree):
    def check(text, *arguments):
        file = tree / "hardlink_exporter.yml"
        file.write_text(text)
        return file, exporter.run(f"--config.file={file}", *arguments)

    return check


@pytest.mark.parametrize("arguments", [["--config.check"], []], ids=["check", "start"])
def test_each_mistake_is_one_line_with_file_line_and_key_and_nothing_starts(
    checked, arguments
):
    file, done = checked("roots:\n  - path: /srv/a\n    layout: btrfs\nrooots: []\n", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert f"{file}:3: roots[0].layout: " in first and "docker-overlay" in first
    assert f"{file}:4: rooots: " in second


def test_an_unreadable_file_is_an_error(tree):
    missing = tree / "missing.yml"
    done = exporter.run(f"--config.file={missing}")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert str(missing) in line and "No such file or directory" in line


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
