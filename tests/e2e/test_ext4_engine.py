"""The ext4 engine in the daemon: the changes that it sees between censuses, and when `auto` chooses it or the walk."""

import os

import pytest

import exporter
import loopmount
import processes
from trees import copy_links, hard_linked, snapshots

CONFIG = """
roots:
  - path: {path}
    name: r
    engine: {engine}
scan:
  interval: 1h
  watch_interval: 1s
  max_duty: 100%
"""


@pytest.fixture(scope="module")
def ext4():
    with loopmount.filesystem("ext4", 1024) as mount:
        yield mount


@pytest.fixture
def watched(tmp_path):
    """Starts a daemon whose next census is due in an hour."""

    def start(path, engine="ext4"):
        config = tmp_path / "hardlink_exporter.yml"
        config.write_text(CONFIG.format(path=path, engine=engine))
        return exporter.daemon(f"--config.file={config}")

    return start


def test_the_inode_tables_keep_the_histogram_fresh_between_censuses(ext4, watched):
    top = snapshots(ext4 / "fresh", names=5)
    outside = ext4 / "outside"
    outside.mkdir()
    with watched(top) as daemon:
        before = daemon.classic()
        assert before.labels("hardlink_root_info", "engine") == ["ext4"]
        assert before.value("hardlink_inode_links_bucket", le="10.0") == 1
        for number in range(90):
            os.link(top / "snap.0" / "0", outside / str(number))
        after = daemon.eventually(
            lambda now: now.value("hardlink_max_links") == 100, "the new links"
        )
        assert after.value("hardlink_inode_links_bucket", le="10.0") == 0
        assert after.value("hardlink_inode_links_bucket", le="100.0") == 1
        assert after.value("hardlink_inode_links_gsum") == 100
        assert after.value("hardlink_headroom_links") == 64900
        census = "hardlink_census_last_success_timestamp_seconds"
        assert after.value(census) == before.value(census)


def test_a_file_that_becomes_hot_between_censuses_is_found_and_named(ext4, watched):
    top = snapshots(ext4 / "becomes", names=20)
    for number in range(15):
        hard_linked(top / "snap.0" / "warm", 4, prefix=f"{number}-")
    cold = hard_linked(top / "snap.0" / "cold", 1)
    with watched(top) as daemon:
        assert daemon.value("hardlink_max_links") == 40
        assert "snap.0/cold/0" not in daemon.classic().labels("hardlink_hot_inode_links", "path")
        hot = ext4 / "hot"
        hot.mkdir()
        for number in range(500):
            os.link(cold, hot / str(number))
        daemon.eventually(lambda now: now.value("hardlink_max_links") == 501, "the new links")
        daemon.eventually(
            lambda now: now.get("hardlink_hot_inode_links", path="snap.0/cold/0") == 501,
            "its name",
        )


READ = "hardlink_census_directories_read"


@pytest.fixture(params=["ext4", "walk"])
def refreshing(tmp_path, request):
    """Starts a daemon that counts a root each second, and reads everything every so often."""

    def start(path, full_interval):
        config = tmp_path / "hardlink_exporter.yml"
        config.write_text(
            f"roots: [{{path: {path}, name: r, engine: {request.param}}}]\n"
            f"scan: {{interval: 1s, full_interval: {full_interval}, watch_interval: 1h, max_duty: 100%}}\n"
        )
        return exporter.daemon(f"--config.file={config}")

    return start


def test_a_census_reads_only_the_snapshots_that_have_changed(ext4, tmp_path, refreshing):
    top = snapshots(ext4 / tmp_path.name, names=20)
    for number in range(2, 6):
        copy_links(top / "snap.0", top / f"snap.{number}")
    with refreshing(top, "1h") as daemon:
        daemon.eventually(lambda now: now.value(READ) == 1, "a refresh that reads the root alone")
        census = daemon.root("r")["census"]
        assert (census["directories_read"], census["directories_unchanged"]) == (1, 6)
        os.link(top / "snap.3" / "0", top / "snap.3" / "new")
        after = daemon.eventually(lambda now: now.value("hardlink_names") == 121, "the new link")
        assert after.value("hardlink_max_links") == 121
        daemon.eventually(lambda now: now.value(READ) == 1, "a refresh after it")
        copy_links(top / "snap.3", top / "snap.6")
        daemon.eventually(lambda now: now.value("hardlink_layers") == 7, "the new snapshot")
        assert daemon.value("hardlink_max_links") == 142
        assert daemon.value("hardlink_refresh_mismatches_total") == 0


def test_a_full_census_reads_everything_all_the_same_and_agrees(ext4, tmp_path, refreshing):
    top = snapshots(ext4 / tmp_path.name, names=20)
    with refreshing(top, "3s") as daemon:
        for _ in range(2):
            daemon.eventually(lambda now: now.value(READ) == 1, "a refresh")
            daemon.eventually(lambda now: now.value(READ) == 3, "a full census")
        assert daemon.value("hardlink_refresh_mismatches_total") == 0
        assert daemon.root("r")["census"]["refresh_mismatches"] == 0


def test_a_small_tree_on_the_filesystem_is_walked_and_a_large_one_is_not(ext4):
    small = snapshots(ext4 / "small", names=2)
    # `auto` gives up a walk that takes too long; on a busy machine that happens even with the smallest tree.
    root = processes.eventually(
        lambda: next(
            (
                root
                for root in [exporter.scan_root("--engine=auto", small)]
                if root["engine"] == "walk"
            ),
            None,
        ),
        lambda: "the small tree was never walked",
    )
    assert "quicker" in root["engine_reason"]

    large = ext4 / "large"
    first = large / "snap.0"
    for directory in range(300):
        hard_linked(first / str(directory), 60)
    for number in range(1, 40):
        copy_links(first, large / f"snap.{number}")
    root = exporter.scan_root("--engine=auto", large)
    assert root["engine"] == "ext4", root["engine_reason"]
    assert root["max_links"] == 40 * 60


def test_where_the_device_may_not_be_read_the_root_is_walked_and_says_so(ext4, tree):
    top = snapshots(ext4 / "denied", names=3)
    ext4.parent.chmod(0o755)
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    binary = exporter.copy_for_everybody(tree)
    root = exporter.scan_root("--engine=ext4", top, binary=binary, **nobody)
    assert root["engine"] == "walk"
    assert "/dev/" in root["engine_reason"]
    assert "Permission denied" in root["engine_reason"]
    assert root["max_links"] == 6
