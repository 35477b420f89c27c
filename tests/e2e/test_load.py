"""Many clients at once, some of which misbehave: scrapes go on, and neither memory nor threads grow.
bench/soak.py does the same for longer."""

import contextlib
import ctypes
import os
import pathlib
import re

import pytest

import crowd
import exporter
import processes
from scrapers import (
    KINDS,
    SCRAPERS,
    descriptors,
    ended_censuses,
    scrape,
    scrape_at_once,
    status,
    threads,
)
from trees import snapshots

# The system call's number on x86-64 and arm64.
_IOPRIO_GET = {"x86_64": 252, "aarch64": 31}.get(os.uname().machine)
_WHO_PROCESS, _CLASS_IDLE = 1, 3

MEGABYTE = 1 << 20

# The server's threads for requests, for waiting clients, and spare ones (http/server.cc). Each may hold a connection,
# and civetweb queues 20 more.
MOST_CONNECTIONS = 40 + 64 + 16 + 20

CONFIG = """
roots:
  - {path: %s/ext4, name: ext4, layout: snapshots, engine: ext4}
  - {path: %s/walk, name: walk, layout: snapshots, engine: walk}
scan: {interval: 100ms, watch_interval: 100ms, max_duty: 100%%}
web: {max_requests: 64}
"""


def check_growth(daemon, kilobytes_before, megabytes, field="VmRSS"):
    """Checks the growth of memory, except with sanitizers, which keep freed memory."""
    if not os.environ.get("HARDLINK_SANITIZE"):
        grown = status(daemon, field) - kilobytes_before
        assert grown <= megabytes * 1024, f"{grown} kB more"


@pytest.fixture
def daemon(tree):
    with exporter.daemon(snapshots(tree / "root")) as running:
        yield running


def test_forty_scrapes_at_once_are_whole_while_censuses_run_and_layers_come_and_go(ext4):
    with contextlib.ExitStack() as stack:
        churns = [crowd.Churn(ext4 / name, 10, 500, pause=0.05) for name in ("ext4", "walk")]
        config = ext4 / "hardlink_exporter.yml"
        config.write_text(CONFIG % (ext4, ext4))
        daemon = stack.enter_context(exporter.daemon(f"--config.file={config}"))
        scrape_at_once(daemon, each=2)  # every thread of the server has worked once
        before = threads(daemon), descriptors(daemon), status(daemon, "VmRSS")
        counted = [ended_censuses(daemon, root) for root in ("ext4", "walk")]
        for churn in churns:
            stack.enter_context(churn)
        scrape_at_once(daemon, each=10)
        for root, count, churn in zip(("ext4", "walk"), counted, churns):
            assert ended_censuses(daemon, root) > count
            assert churn.made > 0
        check_growth(daemon, before[2], megabytes=32)
        # A census uses more threads and descriptors for a while.
        for figure, count in zip((threads, descriptors), before):
            processes.eventually(lambda: figure(daemon) <= count, lambda: f"{count} again")


def test_scrapes_go_on_with_thousands_of_idle_connections(daemon):
    count = 10_000 if crowd.allow_descriptors(12_000) else 2_000
    assert crowd.allow_descriptors(count + 1_000), "may not open 3,000 descriptors"
    before, memory = threads(daemon), status(daemon, "VmRSS")
    with contextlib.closing(crowd.Idle(daemon.port, count)) as idle:
        for number in range(20):
            scrape(daemon, number)
            assert descriptors(daemon) <= 20 + MOST_CONNECTIONS
            idle.renew()
        assert threads(daemon) == before
        check_growth(daemon, memory, megabytes=32)


def test_clients_that_do_not_read_their_answer_delay_no_other(ext4):
    crowd.Churn(ext4 / "root", layers=30, files=40)  # makes the answer larger than any window
    with exporter.daemon(ext4 / "root") as daemon:
        assert len(daemon.get("/metrics").body) > 60_000
        with contextlib.closing(crowd.SlowReaders(daemon.port, 2 * SCRAPERS)) as slow:
            for number in range(20):
                scrape(daemon, number)
                slow.tick()
            assert slow.refused == 0


def test_clients_that_never_finish_their_request_delay_no_other(daemon):
    with contextlib.closing(crowd.SlowWriters(daemon.port, 300)) as slow:
        for number in range(20):
            scrape(daemon, number)
            slow.tick()
        assert descriptors(daemon) <= 20 + MOST_CONNECTIONS


@pytest.mark.parametrize("request_", crowd.RUDE)
def test_a_huge_request_is_refused_before_it_takes_memory(daemon, request_):
    for number in range(len(KINDS)):
        scrape(daemon, number)
    before = status(daemon, "VmHWM")
    for _ in range(5):
        answer, sent = crowd.ask_rudely(daemon.port, request_)
        assert not answer or re.match(rb"HTTP/1\.1 (4\d\d|501) ", answer), answer[:200]
        assert sent <= 20 * MEGABYTE, "read on and on"  # most of it is the kernel's two buffers
        scrape(daemon, 0)
    check_growth(daemon, before, megabytes=8, field="VmHWM")


def niceness(daemon):
    """The niceness of each thread, in the order of their start; the first is the main thread."""
    numbers = []
    for task in sorted(pathlib.Path(f"/proc/{daemon.process.pid}/task").iterdir(), key=number_of):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            numbers.append(niceness_of(task))
    return numbers


def niceness_of(task):
    return int((task / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[16])


def number_of(task):
    return int(task.name)


def io_classes(daemon):
    """The I/O scheduling classes (ioprio_get(2)) of the roots' threads."""
    libc, classes = ctypes.CDLL(None, use_errno=True), []
    for task in sorted(pathlib.Path(f"/proc/{daemon.process.pid}/task").iterdir(), key=number_of):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if niceness_of(task) == 19:
                classes.append(libc.syscall(_IOPRIO_GET, _WHO_PROCESS, number_of(task)) >> 13)
    return classes


def test_a_roots_thread_runs_at_the_lowest_priority_and_the_servers_do_not(tree):
    first, second = snapshots(tree / "first"), snapshots(tree / "second")
    config = tree / "hardlink_exporter.yml"
    config.write_text(f"roots: [{{path: {first}, name: first}}]\n")
    own = os.nice(0)
    with exporter.daemon(f"--config.file={config}", "--web.enable-lifecycle") as daemon:
        assert niceness(daemon).count(19) == 1
        assert set(niceness(daemon)) == {own, 19}
        # The sandbox lets threads that start later lower their priority too.
        config.write_text(f"roots: [{{path: {first}, name: a}}, {{path: {second}, name: b}}]\n")
        assert daemon.request("/-/reload", method="POST").status == 200
        daemon.eventually(lambda now: now.get("hardlink_up", root="b") == 1, "the second root")
        processes.eventually(lambda: niceness(daemon).count(19) == 2, lambda: "two threads")


def test_io_priority_follows_the_configuration_also_when_that_is_loaded_again(tree):
    root, config = snapshots(tree / "root"), tree / "hardlink_exporter.yml"

    def configure(priority):
        scan = f"{{interval: 1s, watch_interval: 1s, max_duty: 100%, io_priority: {priority}}}"
        config.write_text(f"roots: [{{path: {root}, name: r}}]\nscan: {scan}\n")

    configure("idle")
    with exporter.daemon(f"--config.file={config}", "--web.enable-lifecycle") as daemon:
        for priority, is_idle in [("idle", True), ("best-effort", False), ("idle", True)]:
            configure(priority)
            assert daemon.request("/-/reload", method="POST").status == 200
            processes.eventually(
                lambda: {number == _CLASS_IDLE for number in io_classes(daemon)} == {is_idle},
                lambda: f"{priority}: {io_classes(daemon)}",
            )
