"""The notifications to systemd, and their times."""

import contextlib
import os
import signal

import exporter
import fusetree
import processes
import pytest
import trees
from service_manager import Manager


@pytest.fixture(name="manager")
def manager_socket(tmp_path):
    manager = Manager(tmp_path / "notify")
    with contextlib.closing(manager):
        yield manager


def watched_by(tmp_path, watchdog_usec=None):
    environment = {**processes.environment(), "NOTIFY_SOCKET": str(tmp_path / "notify")}
    if watchdog_usec:
        environment["WATCHDOG_USEC"] = str(watchdog_usec)
    return environment


def test_systemd_is_notified_of_ready_reload_and_stop(tmp_path, manager):
    root = trees.snapshots(tmp_path / "root")
    config = tmp_path / "config.yml"
    config.write_text(f"roots: [{{path: {root}}}]\n")
    with exporter.daemon(f"--config.file={config}", env=watched_by(tmp_path)) as daemon:
        assert manager.next("READY=1") == ["READY=1", "STATUS=watching 1 root(s)"]
        daemon.signal(signal.SIGHUP)
        reloading = manager.next("RELOADING=1")
        assert int(reloading[1].removeprefix("MONOTONIC_USEC=")) > 0
        manager.next("READY=1")
        config.write_text("roots: 7\n")
        daemon.signal(signal.SIGHUP)
        manager.next("RELOADING=1")
        assert manager.next("READY=1")[1].endswith("the configuration file is bad")
        daemon.signal(signal.SIGTERM)
        manager.next("STOPPING=1")
        assert daemon.process.wait(timeout=30) == 0


def test_the_watchdog_is_fed_also_while_a_filesystem_hangs(tmp_path, manager):
    with fusetree.endless() as hung:
        hung.hang()
        environment = watched_by(tmp_path, watchdog_usec=200_000)
        with exporter.daemon(hung.path, ready=False, env=environment) as daemon:
            manager.next("READY=1")
            for _ in range(10):
                manager.next("WATCHDOG=1")
            daemon.signal(signal.SIGTERM)
            manager.next("STOPPING=1")
            assert daemon.process.wait(timeout=30) == 0


def test_without_a_service_manager_the_daemon_works_the_same(tmp_path):
    root = trees.snapshots(tmp_path / "root")
    assert "NOTIFY_SOCKET" not in os.environ
    with exporter.daemon(str(root)) as daemon:
        assert daemon.value("hardlink_up", root=str(root)) == 1
