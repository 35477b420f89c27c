"""Checks for all tests of faults: the daemon answers, counts the fault in its metrics, keeps the last good
figures, and logs the fault once."""

import contextlib
import os
import signal
import time

ROUTES = ("/", "/metrics", "/api/v1/report", "/-/healthy")
LAST_SUCCESS = "hardlink_census_last_success_timestamp_seconds"


def is_down(root="r"):
    return lambda samples: samples.get("hardlink_up", root=root) == 0


def is_up(root="r"):
    return lambda samples: samples.get("hardlink_up", root=root) == 1


def ended(samples, result, root="r"):
    """How many censuses ended with this result."""
    return samples.get("hardlink_censuses_total", root=root, result=result) or 0


def check_served(daemon):
    for route in ROUTES:
        daemon.good(route)


def check_kept(samples, before, root="r"):
    """Checks that the figures and their time are still those of the census before the fault."""
    kept = ("hardlink_max_links", "hardlink_headroom_links", "hardlink_names", LAST_SUCCESS)
    for metric in kept:
        assert samples.get(metric, root=root) == before.get(metric, root=root), metric


def lines(daemon, text):
    """The lines of the log with `text` in them."""
    return [line for line in daemon.log().splitlines() if text in line]


def stop(daemon):
    """Sends SIGSTOP and waits until no thread of the process runs."""
    daemon.signal(signal.SIGSTOP)
    os.waitid(os.P_PID, daemon.process.pid, os.WSTOPPED)


@contextlib.contextmanager
def stopped_between_censuses(daemon, root):
    """Stops the daemon while the context lasts, at a moment at which it has no directory of the root open."""
    stop(daemon)
    while _has_open(daemon, root):
        daemon.signal(signal.SIGCONT)
        time.sleep(0.05)
        stop(daemon)
    try:
        yield
    finally:
        daemon.signal(signal.SIGCONT)


def _has_open(daemon, root):
    descriptors = f"/proc/{daemon.process.pid}/fd"
    paths = [os.readlink(f"{descriptors}/{fd}") for fd in os.listdir(descriptors)]
    return any(path.startswith(str(root)) for path in paths)


def said_once(daemon, text):
    """The lines of the log with `text` in them. No two of them may differ only in their time."""
    found = lines(daemon, text)
    messages = {line.split(" ", 1)[1] for line in found}
    assert len(messages) == len(found), "said again and again"
    return found


def several_more(daemon, result, root="r"):
    """Waits until three more censuses have ended with this result; returns the samples then."""
    before = ended(daemon.classic(), result, root)
    return daemon.eventually(
        lambda now: ended(now, result, root) >= before + 3, f"three more censuses: {result}"
    )


def cpu_seconds(pid):
    """The processor time that a process has used, in seconds."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
