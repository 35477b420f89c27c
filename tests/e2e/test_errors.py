"""Roots that are missing, unreadable, slow or stuck: the daemon stays up, says what is wrong, and recovers."""

import contextlib
import itertools
import os
import re
import signal
import subprocess

import pytest

import exporter
import fusetree
import loopmount
import processes
from trees import hard_linked, snapshots

NOBODY = 65534


def is_down(samples):
    return samples.get("hardlink_up") == 0


def is_up(samples):
    return samples.get("hardlink_up") == 1


# Roots that are missing or disappear


def test_a_missing_root_is_down_and_comes_up_when_it_appears(tree, config):
    root = tree / "root"
    with exporter.daemon(config(f"path: {root}, name: r"), ready=False) as daemon:
        samples = daemon.eventually(is_down, "down")
        assert samples.get("hardlink_max_links") is None
        assert samples.value("hardlink_censuses_total", result="failed") >= 1
        assert "No such file or directory" in daemon.root("r")["error"]
        assert str(root) in daemon.log()
        snapshots(root, names=5)
        samples = daemon.eventually(is_up, "up")
        assert samples.value("hardlink_max_links") == 10
        assert daemon.root("r")["error"] is None


def test_a_root_that_is_a_file_is_down(tree, config):
    root = tree / "root"
    root.write_text("")
    with exporter.daemon(config(f"path: {root}, name: r"), ready=False) as daemon:
        daemon.eventually(is_down, "down")
        assert "Not a directory" in daemon.root("r")["error"]


def test_a_removed_root_keeps_its_last_good_figures_and_their_time(tree, config):
    root = snapshots(tree / "root", names=5)
    with exporter.daemon(config(f"path: {root}, name: r")) as daemon:
        root.rename(tree / "elsewhere")
        gone = daemon.eventually(is_down, "down")
        time = gone.value("hardlink_census_last_success_timestamp_seconds")
        later = daemon.next_census("r")
        assert is_down(later)
        assert later.value("hardlink_max_links") == 10
        assert later.value("hardlink_extractions_remaining") is not None
        assert later.value("hardlink_census_last_success_timestamp_seconds") == time
        (tree / "elsewhere").rename(root)
        back = daemon.eventually(is_up, "up")
        assert back.value("hardlink_census_last_success_timestamp_seconds") > time


def test_a_root_that_becomes_a_file_keeps_its_last_good_figures(tree, config):
    root = snapshots(tree / "root", names=5)
    with exporter.daemon(config(f"path: {root}, name: r")) as daemon:
        root.rename(tree / "elsewhere")
        root.write_text("")
        samples = daemon.eventually(is_down, "down")
        assert samples.value("hardlink_max_links") == 10
        assert "Not a directory" in daemon.root("r")["error"]


def test_a_replaced_root_fails_one_census_and_is_counted_by_the_next(tree, config):
    root = snapshots(tree / "root", names=5)
    other = snapshots(tree / "other", names=7)
    with exporter.daemon(config(f"path: {root}, name: r")) as daemon:
        root.rename(tree / "elsewhere")
        other.rename(root)
        samples = daemon.eventually(
            lambda now: is_up(now) and now.value("hardlink_max_links") == 14, "the new directory"
        )
        assert samples.value("hardlink_censuses_total", result="failed") >= 1
        assert "replaced" in daemon.log()


@pytest.mark.parametrize("engine", ["walk", "auto"])
def test_an_unmounted_root_is_down_and_its_empty_mountpoint_is_not_counted(tree, config, engine):
    with contextlib.ExitStack() as stack:
        root = stack.enter_context(loopmount.filesystem("ext4"))
        snapshots(root / "backups", names=5)
        flag = config(f"path: {root}, name: r, layers: 'backups/*', engine: {engine}")
        daemon = stack.enter_context(exporter.daemon(flag))
        before = daemon.classic()
        assert before.value("hardlink_max_links") == 10
        # Between two censuses the daemon holds nothing open that would keep umount from working.
        umount = [processes.program("umount"), str(root)]
        processes.eventually(
            lambda: processes.run(umount, check=False).returncode == 0, lambda: "still busy"
        )
        samples = daemon.eventually(is_down, "down")
        assert samples.value("hardlink_max_links") == 10
        assert samples.value("hardlink_layers") == 2
        assert daemon.root("r")["error"]


def test_one_root_that_fails_leaves_the_others_alone(tree, config):
    good = snapshots(tree / "good", names=5)
    flag = config(f"path: {tree / 'missing'}, name: bad", f"path: {good}, name: good")
    with exporter.daemon(flag, ready=False) as daemon:
        daemon.eventually(lambda now: now.get("hardlink_up", root="good") == 1, "up")
        daemon.eventually(lambda now: now.get("hardlink_up", root="bad") == 0, "down")
        assert daemon.next_census("good").value("hardlink_max_links", root="good") == 10


def test_it_is_ready_only_when_every_root_has_had_its_census(tree, config):
    good = snapshots(tree / "good")
    with fusetree.endless() as slow:
        flag = config(f"path: {slow.path}, name: slow", f"path: {good}, name: good")
        with exporter.daemon(flag, ready=False) as daemon:
            daemon.eventually(lambda now: now.get("hardlink_up", root="good") == 1, "up")
            answer = daemon.get("/-/ready")
            assert answer.status == 503
            assert b"slow" in answer.body and b"good" not in answer.body
            assert daemon.get("/-/healthy").status == 200


# Trees that cannot be read completely


@pytest.fixture
def as_nobody(tree):
    """A binary that the user nobody may run, and arguments for subprocess that drop every privilege."""
    processes.need_root()
    binary = exporter.copy_for_everybody(tree)
    return binary, {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def test_a_directory_that_may_not_be_read_is_counted_and_makes_the_census_incomplete(
    tree, config, as_nobody
):
    binary, options = as_nobody
    root = snapshots(tree / "root", names=5)
    for name in ("one", "two"):
        hard_linked(root / "snap.0" / name, 50)
        (root / "snap.0" / name).chmod(0o700)
    flag = config(f"path: {root}, name: r")
    with exporter.daemon(flag, command=[binary], **options) as daemon:
        samples = daemon.classic()
        assert is_up(samples)
        assert samples.value("hardlink_census_complete") == 0
        assert samples.value("hardlink_max_links") == 10
        assert samples.value("hardlink_census_errors_total", reason="permission") >= 2
        shown = daemon.root("r")
        assert shown["complete"] is False
        assert shown["census"]["errors"]["permission"] == 2

        for name in ("one", "two"):
            (root / "snap.0" / name).chmod(0o755)
        complete = daemon.eventually(
            lambda now: now.value("hardlink_census_complete") == 1, "complete"
        )
        assert complete.value("hardlink_max_links") == 50


def test_permission_denied_is_logged_once_for_each_root_and_census_with_a_count(
    tree, config, as_nobody
):
    binary, options = as_nobody
    root = snapshots(tree / "root")
    for number in range(20):
        hard_linked(root / f"closed{number}", 2)
        (root / f"closed{number}").chmod(0o700)
    flag = config(f"path: {root}, name: r", scan="scan: {interval: 1h}\n")
    with exporter.daemon(flag, command=[binary], **options) as daemon:
        lines = [line for line in daemon.log().splitlines() if " permission=" in line]
    assert len(lines) == 1, lines
    assert re.search(r"\b20\b", lines[0])


def test_a_root_that_may_not_be_read_is_down(tree, config, as_nobody):
    binary, options = as_nobody
    root = snapshots(tree / "root")
    flag = config(f"path: {root}, name: r")
    root.chmod(0o700)
    with exporter.daemon(flag, ready=False, command=[binary], **options) as daemon:
        daemon.eventually(is_down, "down")
        assert "Permission denied" in daemon.root("r")["error"]


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_names_that_come_and_go_during_a_census_are_no_failure(ext4, engine):
    root = snapshots(ext4 / "root", names=5)
    numbers = itertools.count()

    def come_and_go():
        directory = root / "snap.0" / f"d{next(numbers) % 50}"
        hard_linked(directory, 3)
        for name in directory.iterdir():
            name.unlink()
        directory.rmdir()

    with processes.again_and_again(come_and_go):
        for _ in range(5000):
            shown = exporter.scan_root("--engine", engine, root)
            assert shown["up"] is True
            assert shown["complete"] is True
            assert shown["hot_inodes"][0]["links"] == 10
            assert shown["extractions_remaining"] == (65000 - 10) // 5
            if shown["census"]["errors"]["vanished"] > 0:
                break
        else:
            pytest.fail("nothing has vanished during any census")


# Filesystems that hang or never end


def test_a_hung_mount_times_out_and_leaves_other_roots_and_scrapes_alone(tree, config):
    good = snapshots(tree / "good", names=5)
    scan = "scan: {interval: 1s, watch_interval: 1s, timeout: 6s, max_duty: 100%}\n"
    with fusetree.endless() as hung:
        hung.hang()
        flag = config(f"path: {hung.path}, name: hung", f"path: {good}, name: good", scan=scan)
        with exporter.daemon(flag, ready=False) as daemon:
            daemon.eventually(
                lambda now: now.get("hardlink_censuses_total", root="hung", result="timeout"),
                "a timeout",
            )
            assert daemon.value("hardlink_up", root="hung") == 0
            assert "tim" in daemon.root("hung")["error"]
            assert is_up_root(daemon.next_census("good"), "good")
            assert is_up_root(daemon.next_census("good"), "good")
            assert threads_stuck_in_fuse(daemon.process.pid) == 1, "a second worker on it"


def is_up_root(samples, root):
    return samples.value("hardlink_up", root=root) == 1


def threads_stuck_in_fuse(pid):
    waiting, stuck = {"request_wait_answer", "fuse_get_req"}, 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError, PermissionError):
            with open(f"/proc/{pid}/task/{thread}/wchan", encoding="ascii") as wchan:
                stuck += wchan.read() in waiting
    return stuck


def test_a_census_that_takes_too_long_times_out(tree, config):
    scan = "scan: {interval: 1s, timeout: 1s, max_duty: 100%}\n"
    with fusetree.endless() as slow:
        with exporter.daemon(config(f"path: {slow.path}, name: slow", scan=scan), ready=False) as (
            daemon
        ):
            daemon.eventually(
                lambda now: (now.get("hardlink_censuses_total", result="timeout") or 0) >= 2,
                "two timeouts: the next census is tried",
            )
            assert daemon.value("hardlink_up") == 0


@pytest.mark.parametrize("hang", [False, True], ids=["reading", "stuck"])
def test_sigterm_ends_it_in_the_middle_of_a_census(config, hang):
    with fusetree.endless() as slow:
        if hang:
            slow.hang()
        with exporter.daemon(config(f"path: {slow.path}, name: slow"), ready=False) as daemon:
            daemon.eventually(
                lambda now: now.get("hardlink_census_in_progress") == 1, "a census under way"
            )
            daemon.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_scan_can_be_interrupted(tree, number):
    with fusetree.endless() as slow:
        output = tree / "out.json"
        process = processes.start(
            [exporter.binary(), "scan", "--format=json", f"--output={output}", slow.path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        processes.eventually(lambda: threads_of(process.pid) > 1, lambda: "a census under way")
        process.send_signal(number)
        process.communicate(timeout=30)
        assert process.returncode != 0
        assert os.listdir(tree) == []


def threads_of(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


# Docker's metadata


def test_layers_and_margins_are_right_without_dockers_metadata(tree):
    overlay = tree / "docker" / "overlay"
    for layer in ("aaaa", "bbbb"):
        hard_linked(overlay / layer / "root", 7)
    metadata = tree / "docker" / "image" / "overlay"
    metadata.mkdir(parents=True)
    (metadata / "repositories.json").write_text('{"Repositories": {"a')
    root = exporter.scan_root("--link-limit=100", overlay)
    assert (root["layout"], root["layers"]) == ("docker-overlay", 2)
    assert root["extractions_remaining"] == (100 - 7) // 7
    assert root["images"] == []
