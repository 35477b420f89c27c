"""Figures follow changes of the tree before the next census is due."""

import os

import pytest

import exporter
from trees import copy_links, snapshots

CONFIG = """
roots:
  - path: {path}
    name: r
scan:
  interval: 1h
  watch_interval: {watch}
  max_duty: 100%
"""


@pytest.fixture
def watched(tree):
    """Starts a daemon whose next census is due in an hour."""

    def start(path, watch="1h"):
        config = tree / "hardlink_exporter.yml"
        config.write_text(CONFIG.format(path=path, watch=watch))
        return exporter.daemon(f"--config.file={config}")

    return start


def test_a_layer_that_appears_or_goes_starts_a_census(tree, watched):
    top = snapshots(tree / "backups", names=5)
    with watched(top) as daemon:
        assert daemon.value("hardlink_layers") == 2
        copy_links(top / "snap.1", top / "snap.2")
        daemon.eventually(
            lambda now: now.value("hardlink_layers") == 3
            and now.value("hardlink_max_links") == 15,
            "the new layer",
        )
        for name in (top / "snap.0").iterdir():
            name.unlink()
        (top / "snap.0").rmdir()
        daemon.eventually(
            lambda now: now.value("hardlink_layers") == 2
            and now.value("hardlink_max_links") == 10,
            "the layer gone",
        )


def test_the_watch_sees_new_links_between_censuses(tree, watched):
    top = snapshots(tree / "backups", names=5)
    with watched(top, watch="1s") as daemon:
        before = daemon.classic()
        assert before.value("hardlink_max_links") == 10
        for number in range(100):
            os.link(top / "snap.0" / "0", tree / str(number))
        after = daemon.eventually(
            lambda now: now.value("hardlink_max_links") == 110, "the new links"
        )
        same = {"hardlink_census_last_success_timestamp_seconds", "hardlink_layers"}
        assert {after.value(name) == before.value(name) for name in same} == {True}
        headroom = "hardlink_headroom_links"
        assert after.value(headroom) == before.value(headroom) - 100
        watch = "hardlink_watch_last_success_timestamp_seconds"
        assert after.value(watch) > before.value(watch)


def test_a_scrape_reads_no_filesystem(tree, watched):
    top = snapshots(tree / "backups", names=5)
    with watched(top) as daemon:
        status = os.stat(top / "snap.0" / "0")
        before = daemon.classic().without_clock()
        os.link(top / "snap.0" / "0", tree / "one more")
        for _ in range(10):
            assert daemon.classic().without_clock() == before
        assert os.stat(top / "snap.0" / "0").st_nlink == status.st_nlink + 1
