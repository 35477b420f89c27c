"""A daemon that is short of memory, and clocks that jump. Not for builds with a sanitizer: that changes the use of
memory, and replaces functions of the system as faketime does."""

import os
import pathlib
import resource
import sysconfig
import time

import pytest

import exporter
import loopmount
import processes
from faults import (
    LAST_SUCCESS,
    check_served,
    ended,
    is_down,
    is_up,
    lines,
    several_more,
)
from trees import snapshots

# Memory


@pytest.fixture
def spacious():
    """A new, mounted ext4 with many inodes."""
    with loopmount.filesystem("ext4", mkfs=["-N", "200000"]) as path:
        yield path


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_a_census_that_gets_no_memory_fails_and_nothing_else_does(spacious, tree, often, engine):
    root, good = snapshots(spacious / "root", names=5), snapshots(tree / "good", names=5)
    flag = often(
        f"path: {root}, name: r, layout: snapshots, engine: {engine}",
        f"path: {good}, name: good",
    )
    # One malloc arena, so that a limit on the address space limits memory at once.
    environment = {**processes.environment(), "MALLOC_ARENA_MAX": "1"}
    with exporter.daemon(flag, env=environment) as daemon:
        several_more(daemon, "success")
        before = daemon.classic()
        # Enough for everything except the table of so many inodes.
        with memory_limited(daemon, spare=3 << 20):
            files_of_two_names(root / "snap.0", 150_000)
            answered(daemon, lambda: daemon.eventually(is_down(), "down"))
            later = answered(daemon, lambda: several_more(daemon, "failed"))
            answered(daemon, lambda: check_served(daemon))
            assert later.value("hardlink_max_links", root="r") == 10
            assert later.value(LAST_SUCCESS, root="r") >= before.value(LAST_SUCCESS, root="r")
            assert "Cannot allocate memory" in answered(daemon, lambda: daemon.root("r"))["error"]
            # One census may lack memory for a table, the next for a thread or a buffer: each reason is one line.
            assert len([line for line in lines(daemon, "census failed") if "root=r " in line]) <= 3
            good_goes_on = answered(daemon, lambda: several_more(daemon, "success", root="good"))
            assert is_up("good")(good_goes_on)
        up = daemon.eventually(is_up(), "up")
        assert up.value("hardlink_inodes", root="r") == 150_001


def answered(daemon, ask, times=20):
    """The result of `ask()`, which is repeated if the request fails. The daemon cuts off or refuses a request while a
    census holds the last memory, but only for a moment."""
    for _ in range(times):
        try:
            return ask()
        except (ConnectionError, exporter.Refused):
            time.sleep(0.1)
    raise AssertionError(f"no answer\n{daemon.log()[-4000:]}")


class memory_limited:
    """Limits the running daemon to its present address space and `spare` bytes more."""

    def __init__(self, daemon, spare):
        self._pid = daemon.process.pid
        self._spare = spare

    def __enter__(self):
        pages = int(pathlib.Path(f"/proc/{self._pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + self._spare
        self._before = resource.prlimit(self._pid, resource.RLIMIT_AS)
        resource.prlimit(self._pid, resource.RLIMIT_AS, (limit, self._before[1]))

    def __exit__(self, *error):
        resource.prlimit(self._pid, resource.RLIMIT_AS, self._before)


def files_of_two_names(directory, count):
    """Those with one name take no memory."""
    for number in range(count):
        os.close(os.open(directory / f"own{number}", os.O_WRONLY | os.O_CREAT))
        os.link(directory / f"own{number}", directory / f"again{number}")


# Clocks

YEAR = 365 * 24 * 3600


class Clock:
    """The real-time clock of a program that is started with `environment`. The monotonic clock goes on, as it does when
    the clock of a machine is set."""

    def __init__(self, directory):
        library = pathlib.Path(
            "/usr/lib", sysconfig.get_config_var("MULTIARCH"), "faketime", "libfaketimeMT.so.1"
        )
        if not library.exists():
            processes.skip(f"{library} is not installed")
        self._file = directory / "clock"
        self.set(0)
        self.environment = {
            **processes.environment(),
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, seconds):
        """Sets the clock so many seconds ahead of the real one."""
        written = self._file.with_suffix(".new")
        written.write_text(f"{seconds:+d}\n")
        written.rename(self._file)


@pytest.fixture
def clock(tree):
    return Clock(tree)


@pytest.mark.parametrize("jump", [YEAR, -YEAR], ids=["forward", "back"])
def test_censuses_go_on_when_the_clock_is_set_and_only_timestamps_follow(
    tree, often, clock, jump
):
    root = snapshots(tree / "root", names=5)
    flag = often(f"path: {root}, name: r")
    with exporter.daemon(flag, env=clock.environment) as daemon:
        before = daemon.classic()
        clock.set(jump)
        moved = daemon.eventually(
            lambda now: abs(now.value(LAST_SUCCESS) - before.value(LAST_SUCCESS)) > YEAR / 2,
            "censuses by the new clock",
        )
        after = several_more(daemon, "success")
        assert ended(after, "failed") == ended(after, "timeout") == 0
        for samples in (moved, after):
            assert 0 <= samples.value("hardlink_census_duration_seconds") < 60
        check_served(daemon)

        # `check` uses the real clock, so figures that are a year off say nothing about now.
        done = exporter.run("check", f"--url=http://127.0.0.1:{daemon.port}", "--critical=1")
        assert done.returncode == 3, done.stdout
        assert ("in the future" if jump > 0 else " old, more than ") in done.stdout

        clock.set(0)
        daemon.eventually(
            lambda now: abs(now.value(LAST_SUCCESS) - before.value(LAST_SUCCESS)) < YEAR / 2,
            "censuses by the old clock again",
        )
        again = exporter.run("check", f"--url=http://127.0.0.1:{daemon.port}", "--critical=1")
        assert again.returncode == 0, again.stdout
