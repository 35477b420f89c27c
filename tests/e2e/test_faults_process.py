"""The daemon without descriptors, stopped, killed, or without the right to read. Also Docker that moves to another
storage driver."""

import contextlib
import os
import resource
import shutil
import signal
import socket

import pytest

import configuration
import exporter
import fusetree
import processes
from faults import (
    check_served,
    cpu_seconds,
    ended,
    is_down,
    is_up,
    lines,
    said_once,
    several_more,
    stop,
)
from trees import hard_linked, snapshots

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}
REQUEST = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextlib.contextmanager
def descriptors_limited(daemon, limit):
    """Limits the running daemon to descriptors below this number. Yields a function that lifts the limit; the end of
    the context does so too."""
    which = (daemon.process.pid, resource.RLIMIT_NOFILE)
    before = resource.prlimit(*which)
    resource.prlimit(*which, (limit, before[1]))
    try:
        yield lambda: resource.prlimit(*which, before)
    finally:
        resource.prlimit(*which, before)


def asking(daemon):
    """A connection on which a request was sent."""
    client = socket.create_connection(("127.0.0.1", daemon.port), timeout=60)
    client.sendall(REQUEST)
    return client


def check_no_answer_for(client, seconds):
    client.settimeout(seconds)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.settimeout(60)


# Descriptors


def test_without_descriptors_clients_wait_and_no_processor_is_kept_busy(tree, often):
    root = snapshots(tree / "root", names=5)
    with exporter.daemon(often(f"path: {root}, name: r")) as daemon:
        with descriptors_limited(daemon, 3) as restore, asking(daemon) as client:
            processes.eventually(lambda: lines(daemon, "clients wait until"), daemon.log)
            before = cpu_seconds(daemon.process.pid)
            check_no_answer_for(client, 2)
            assert cpu_seconds(daemon.process.pid) - before < 0.5
            restore()
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        daemon.eventually(is_up(), "up")
        assert len(lines(daemon, "clients wait until")) == 1
        assert len(lines(daemon, "connections are accepted again")) == 1


def branching(top, levels):
    """A chain of directories, each with two others beside it, so that a walk holds many open: in any order of listing,
    the next link of the chain is seldom the last entry of its directory."""
    for level in range(levels):
        for name in "abc":
            (top / name).mkdir()
        top /= "abc"[level % 3]


def test_a_census_without_descriptors_fails_and_leaves_the_last_figures(tree, often):
    root = snapshots(tree / "root", names=5)
    branching(root / "snap.0", levels=40)
    with exporter.daemon(often(f"path: {root}, name: r, engine: walk")) as daemon:
        before = daemon.classic()
        in_use = len(os.listdir(f"/proc/{daemon.process.pid}/fd"))
        with descriptors_limited(daemon, in_use + 8):
            daemon.eventually(is_down(), "down")
            later = several_more(daemon, "failed")
            check_served(daemon)
            assert "Too many open files" in daemon.root("r")["error"]
            for metric in ("hardlink_max_links", "hardlink_names", "hardlink_directories"):
                assert later.value(metric) == before.value(metric)
            # The message names a directory, which depends on the descriptors that were free at that moment.
            assert 1 <= len(lines(daemon, "census failed")) < ended(later, "failed")
        daemon.eventually(is_up(), "up")


def test_a_reload_without_descriptors_changes_nothing(tree, often):
    one, two = snapshots(tree / "one", names=3), snapshots(tree / "two", names=4)
    with exporter.daemon(often(f"path: {one}, name: r")) as daemon:
        configuration.write(tree, f"path: {two}, name: two")
        with descriptors_limited(daemon, 3):
            daemon.signal(signal.SIGHUP)
            processes.eventually(lambda: lines(daemon, "not reloaded"), daemon.log)
        later = daemon.eventually(
            lambda now: now.value("hardlink_config_last_reload_successful") == 0, "refused"
        )
        assert later.labels("hardlink_up", "root") == ["r"]
        assert is_up()(several_more(daemon, "success"))
        daemon.signal(signal.SIGHUP)
        daemon.eventually(is_up("two"), "the new root")


# Signals


def test_after_sigstop_and_sigcont_waiting_clients_are_answered(tree, often):
    good = snapshots(tree / "good", names=5)
    scan = configuration.QUICK.replace("timeout: 60s", "timeout: 6s")
    with fusetree.endless() as slow:
        flag = often(f"path: {slow.path}, name: r", f"path: {good}, name: good", scan=scan)
        with exporter.daemon(flag, ready=False) as daemon:
            daemon.eventually(
                lambda now: now.get("hardlink_census_in_progress", root="r") == 1, "in a census"
            )
            stop(daemon)
            with asking(daemon) as client:
                check_no_answer_for(client, 7)
                daemon.signal(signal.SIGCONT)
                assert client.recv(100).startswith(b"HTTP/1.1 200 ")
            after = several_more(daemon, "success", root="good")
            # While the daemon was stopped, no filesystem was slow: no census may fail or time out.
            assert ended(after, "failed", "good") == ended(after, "timeout", "good") == 0
            samples = daemon.eventually(lambda now: ended(now, "timeout") >= 1, "a timeout")
            assert samples.value("hardlink_up", root="r") == 0
            check_served(daemon)


def test_after_kill_9_it_starts_again_on_its_port_and_nothing_is_left_behind(tree, often):
    root = snapshots(tree / "root", names=5)
    flag = often(f"path: {root}, name: r")
    with exporter.daemon(flag, cwd=tree) as killed:
        names = sorted(os.listdir(tree))
        before = killed.classic()
        with asking(killed), socket.create_connection(("127.0.0.1", killed.port)):
            killed.process.kill()
            killed.process.wait()
            assert sorted(os.listdir(tree)) == names
            with exporter.daemon(flag, port=killed.port, cwd=tree) as again:
                after = again.classic()
                for metric in ("hardlink_max_links", "hardlink_extractions_remaining"):
                    assert after.value(metric) == before.value(metric)
                assert ended(after, "success") >= 1 and is_up()(after)
                check_served(again)


# The right to read


def test_removed_rights_make_a_census_incomplete_until_they_return(tree, often):
    processes.need_root()
    root = snapshots(tree / "root", names=5)
    command = [exporter.copy_for_everybody(tree)]
    flag = often(f"path: {root}, name: r, layout: snapshots")
    with exporter.daemon(flag, command=command, **NOBODY) as daemon:
        (root / "snap.1").chmod(0)
        partial = daemon.eventually(
            lambda now: now.value("hardlink_census_complete") == 0, "incomplete"
        )
        assert is_up()(partial)
        assert partial.value("hardlink_names") == 5
        assert partial.value("hardlink_max_links") == 10
        assert partial.value("hardlink_census_errors_total", reason="permission") >= 1

        # Nothing can be read, and zero links would look like room for 65,000.
        (root / "snap.0").chmod(0)
        daemon.eventually(is_down(), "down")
        assert daemon.value("hardlink_max_links") == 10
        assert "Permission denied" in daemon.root("r")["error"]

        root.chmod(0)
        processes.eventually(lambda: f"open {root}" in daemon.root("r")["error"], daemon.log)
        later = several_more(daemon, "failed")
        assert later.value("hardlink_max_links") == 10
        assert len(lines(daemon, "census failed")) <= 3, "once for each of three reasons"
        check_served(daemon)

        for path in (root, root / "snap.0", root / "snap.1"):
            path.chmod(0o755)
        whole = daemon.eventually(
            lambda now: is_up()(now) and now.value("hardlink_census_complete") == 1, "complete"
        )
        assert whole.value("hardlink_names") == 10


# Docker that moves to another driver


@pytest.fixture
def docker(tree):
    """Docker's data root with three layers of the overlay driver."""
    top = tree / "docker"
    for number in range(3):
        hard_linked(top / "overlay" / f"{number:064x}" / "root", 7)
    return top


def test_an_overlay_directory_that_docker_has_emptied_has_no_layers_and_all_headroom(
    docker, often
):
    flag = often(f"path: {docker / 'overlay'}, name: r, layout: docker-overlay")
    with exporter.daemon(flag) as daemon:
        before = daemon.classic()
        assert before.value("hardlink_layers") == 3
        (docker / "overlay2" / "l").mkdir(parents=True)
        for layer in (docker / "overlay").iterdir():
            shutil.rmtree(layer)
        empty = daemon.eventually(lambda now: now.value("hardlink_layers") == 0, "no layers")
        assert is_up()(empty) and empty.value("hardlink_census_complete") == 1
        assert empty.value("hardlink_max_links") == 0
        assert empty.value("hardlink_headroom_links") == empty.value("hardlink_link_limit")
        assert empty.get("hardlink_extractions_remaining") is None
        assert empty.all("hardlink_layer_extractions_remaining") == []
        check_served(daemon)
        assert lines(daemon, "layers=0 ")


def test_an_overlay_directory_that_docker_has_removed_is_down_with_its_last_figures(
    docker, often
):
    with exporter.daemon(often(f"path: {docker / 'overlay'}, name: r")) as daemon:
        (docker / "overlay").rename(docker / "overlay2")
        daemon.eventually(is_down(), "down")
        later = several_more(daemon, "failed")
        assert later.value("hardlink_layers") == 3
        assert later.value("hardlink_max_links") == 7
        assert "No such file or directory" in daemon.root("r")["error"]
        assert said_once(daemon, "census failed")
        check_served(daemon)
