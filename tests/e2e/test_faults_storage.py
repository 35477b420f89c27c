"""Storage that is unmounted, breaks, disappears or becomes slow under a running daemon. The disk is a real block device
whose reads can fail (fusedisk). Both engines read it: the walk through the kernel's filesystem, ext4 from the device.
docs/reliability.md says how a census behaves."""

import pytest

import exporter
import fusedisk
import fusetree
import loopmount
import processes
from faults import (
    LAST_SUCCESS,
    check_kept,
    check_served,
    ended,
    is_down,
    is_up,
    lines,
    said_once,
    several_more,
    stopped_between_censuses,
)
from trees import copy_links, hard_linked, snapshots

ENGINES = pytest.mark.parametrize("engine", exporter.ENGINES)
UMOUNT = processes.program("umount")


@pytest.fixture
def disk():
    with fusedisk.ext4() as disk:
        yield disk


@pytest.fixture
def root(disk):
    """Two snapshots on the disk. Each has eight directories with 60 names of one inode, which fill a block."""
    first = disk.path / "root" / "snap.0"
    for number in range(8):
        hard_linked(first / f"dir{number}", 60, prefix="x" * 40)
    copy_links(first, disk.path / "root" / "snap.1")
    return disk.path / "root"


NAMES = 2 * 8 * 60


def named(root, engine):
    return f"path: {root}, name: r, layout: snapshots, engine: {engine}"


def in_census(daemon, disk):
    """Makes the disk slow and waits until a census reads it."""
    disk.forget()
    disk.slow(0.3)
    processes.eventually(lambda: reads_disk(daemon, disk), daemon.log)


def reads_disk(daemon, disk):
    return disk.is_read() and daemon.value("hardlink_census_in_progress", root="r") == 1


@ENGINES
def test_umount_during_a_census_is_refused_and_the_census_succeeds(disk, root, often, engine):
    with exporter.daemon(often(named(root, engine))) as daemon:
        in_census(daemon, disk)
        refused = processes.run([UMOUNT, str(disk.path)], check=False)
        assert refused.returncode != 0 and "busy" in refused.stderr
        disk.mend()
        samples = several_more(daemon, "success")
        assert ended(samples, "failed") == 0
        assert samples.value("hardlink_names") == NAMES


@ENGINES
def test_a_root_unmounted_lazily_in_a_census_is_down_until_it_is_mounted_again(
    disk, root, often, engine
):
    with exporter.daemon(often(named(root, engine))) as daemon:
        before = daemon.classic()
        in_census(daemon, disk)
        processes.run([UMOUNT, "--lazy", str(disk.path)])
        check_served(daemon)
        disk.mend()
        down = daemon.eventually(is_down(), "down")
        assert down.value("hardlink_names") == NAMES
        later = several_more(daemon, "failed")
        assert later.value(LAST_SUCCESS) >= before.value(LAST_SUCCESS)
        assert later.value("hardlink_names") == NAMES
        assert 1 <= len(lines(daemon, "census failed")) <= 2, "said again and again"

        with loopmount.mounted([disk.device], disk.path):
            back = daemon.eventually(is_up(), "up")
            assert back.value(LAST_SUCCESS) > later.value(LAST_SUCCESS)
            assert back.value("hardlink_names") == NAMES


@ENGINES
def test_a_broken_block_costs_its_directory_and_no_other(disk, root, often, engine):
    with exporter.daemon(often(named(root, engine))) as daemon:
        disk.break_blocks_of(root / "snap.0" / "dir3")
        samples = daemon.eventually(
            lambda now: now.value("hardlink_census_complete", root="r") == 0, "incomplete"
        )
        assert is_up()(samples)
        assert samples.value("hardlink_names") == NAMES - 60
        assert samples.value("hardlink_max_links") == 120
        shown = daemon.root("r")
        assert shown["census"]["errors"]["io"] == 1
        assert shown["engine"] == engine
        check_served(daemon)
        later = several_more(daemon, "success")
        incomplete = lines(daemon, "census incomplete")
        assert len(incomplete) <= ended(later, "success"), "more than one line for a census"
        assert all("directories=1 " in line for line in incomplete)
        disk.mend()
        whole = daemon.eventually(
            lambda now: now.value("hardlink_census_complete", root="r") == 1, "complete"
        )
        assert whole.value("hardlink_names") == NAMES


def test_with_unreadable_inode_tables_the_root_is_walked_with_one_log_line(
    disk, root, often
):
    with exporter.daemon(often(named(root, "ext4"))) as daemon:
        disk.break_inode_tables()
        daemon.eventually(
            lambda now: now.labels("hardlink_root_info", "engine") == ["walk"], "walked"
        )
        samples = several_more(daemon, "success")
        assert ended(samples, "failed") == 0
        assert samples.value("hardlink_names") == NAMES
        assert "Input/output error" in daemon.root("r")["engine_reason"]
        assert len(lines(daemon, "walking instead")) == 1
        disk.mend()
        daemon.eventually(
            lambda now: now.labels("hardlink_root_info", "engine") == ["ext4"], "ext4 again"
        )


@ENGINES
def test_a_removed_device_leaves_the_last_figures_and_one_line(disk, root, often, engine):
    with exporter.daemon(often(named(root, engine))) as daemon:
        before = daemon.classic()
        with stopped_between_censuses(daemon, root):
            disk.forget()
            disk.remove()
        daemon.eventually(is_down(), "down")
        check_served(daemon)
        later = several_more(daemon, "failed")
        assert later.value("hardlink_names") == NAMES
        assert later.value("hardlink_max_links") == 120
        assert later.value(LAST_SUCCESS) >= before.value(LAST_SUCCESS)
        assert "Input/output error" in daemon.root("r")["error"]
        assert said_once(daemon, "census failed")


@ENGINES
def test_the_device_of_an_unmounted_root_is_closed(tree, config, engine):
    with loopmount.filesystem("ext4") as mounted:
        root = snapshots(mounted / "root", names=5)
        device = device_of(mounted)
        rarely = "scan: {interval: 1h, watch_interval: 1h}\n"
        with exporter.daemon(config(named(root, engine), scan=rarely)) as daemon:
            # A loop device that mount made is detached when it is closed.
            processes.run([UMOUNT, str(mounted)])
            daemon.eventually(is_down(), "down")
            processes.eventually(lambda: not is_loop_in_use(device), daemon.log)
            check_served(daemon)


def device_of(mounted):
    findmnt = [processes.program("findmnt"), "--noheadings", "--output=SOURCE", str(mounted)]
    return processes.run(findmnt).stdout.strip()


def is_loop_in_use(device):
    listed = processes.run([processes.program("losetup"), "--noheadings", "--output=NAME"]).stdout
    return device in listed.split()


@ENGINES
def test_a_slow_disk_delays_only_its_own_root(disk, root, tree, often, engine):
    good = snapshots(tree / "good", names=5)
    flag = often(named(root, engine), f"path: {good}, name: good")
    with exporter.daemon(flag) as daemon:
        in_census(daemon, disk)
        before = daemon.classic()
        check_served(daemon)
        assert is_up()(several_more(daemon, "success", root="good"))
        disk.mend()
        after = several_more(daemon, "success")
        assert ended(after, "failed") == ended(before, "failed") == 0
        assert after.value("hardlink_names", root="r") == NAMES


@pytest.mark.parametrize("reading", [True, False], ids=["reading", "waiting"])
def test_a_mount_whose_server_dies_is_down_and_says_so_once(tree, often, reading):
    good = snapshots(tree / "good", names=5)
    with fusetree.endless() as mount:
        # With all directories excluded, a census ends at once, and the server dies between two of them.
        exclude = "[]" if reading else '["[0-9]*"]'
        bad = f"path: {mount.path}, name: r, exclude: {exclude}"
        with exporter.daemon(often(bad, f"path: {good}, name: good"), ready=False) as daemon:
            if reading:
                daemon.eventually(
                    lambda now: now.get("hardlink_census_in_progress", root="r") == 1, "a census"
                )
            else:
                before = daemon.eventually(is_up(), "up")
            mount.die()
            daemon.eventually(is_down(), "down")
            later = several_more(daemon, "failed")
            assert "Transport endpoint is not connected" in daemon.root("r")["error"]
            assert 1 <= len(lines(daemon, "census failed")) <= 2
            if not reading:
                check_kept(later, before)
            assert is_up("good")(several_more(daemon, "success", root="good"))
            check_served(daemon)
