"""The margin, compared with real `rsync --link-dest` snapshots on a real ext4."""

import os
import pathlib

import pytest

import census
import exporter
import processes
import trees

LIMIT = 65000
NAMES = 50

CONFIG = """
roots:
  - path: {path}
    name: backups
    link_limit: {limit}
scan:
  interval: 1s
  watch_interval: 1s
  max_duty: 100%
"""


class Backups:
    """A source tree and its snapshots, `snap.0` and on."""

    def __init__(self, filesystem, names):
        self.source = filesystem / "source"
        self.path = filesystem / "backups"
        self._elsewhere = filesystem / "elsewhere"
        self._number = 0
        for directory in (self.source, self.path, self._elsewhere):
            directory.mkdir()
        trees.backup_source(self.source, names)
        self.copy()

    @property
    def newest(self):
        return self.path / f"snap.{self._number - 1}"

    def status(self):
        return (self.newest / "000").stat()

    def copy(self, check=True):
        """Makes one more snapshot, linked to the one before."""
        link = [f"--link-dest=../{self.newest.name}"] if self._number else []
        target = self.path / f"snap.{self._number}"
        rsync = processes.program("rsync")
        done = processes.run([rsync, "-aH", *link, f"{self.source}/", f"{target}/"], check=check)
        self._number += 1
        return done

    def link_elsewhere(self, links):
        """Raises the link count to `links` by names outside the snapshots."""
        name = self.newest / "000"
        for number in range(links - name.stat().st_nlink):
            os.link(name, self._elsewhere / f"{number:06}")
        assert name.stat().st_nlink == links


@pytest.fixture
def watched(tmp_path):
    def start(backups, limit="auto"):
        config = pathlib.Path(tmp_path, "hardlink_exporter.yml")
        config.write_text(CONFIG.format(path=backups.path, limit=limit))
        return exporter.daemon(f"--config.file={config}")

    return start


def margin(samples):
    return samples.get("hardlink_extractions_remaining", root="backups")


def test_the_margin_is_exactly_how_many_snapshots_rsync_can_still_link(ext4, watched):
    backups = Backups(ext4, NAMES)
    backups.copy()
    backups.link_elsewhere(LIMIT - 3 * NAMES - 20)
    inode = backups.status().st_ino
    with watched(backups) as daemon:
        samples = daemon.eventually(lambda now: margin(now) == 3, "a margin of 3")
        assert samples.value("hardlink_headroom_links") == 3 * NAMES + 20
        assert samples.value("hardlink_links_outside_root") >= LIMIT - 6 * NAMES
        assert samples.value("hardlink_root_info", layout="snapshots") == 1
        for remaining in (2, 1, 0):
            backups.copy()
            assert backups.status().st_ino == inode
            daemon.eventually(lambda now, n=remaining: margin(now) == n, f"a margin of {remaining}")
        assert backups.status().st_nlink == LIMIT - 20

        refused = backups.copy(check=False)
        assert refused.returncode != 0
        assert "Too many links" in refused.stderr
        assert os.stat(backups.path / "snap.0" / "000").st_nlink == LIMIT
        full = daemon.eventually(
            lambda now: now.value("hardlink_headroom_links") == 0, "no headroom"
        )
        assert margin(full) == 0


def test_rsync_silently_copies_a_file_with_one_name_beyond_the_margin(ext4, watched):
    backups = Backups(ext4, 1)
    backups.copy()
    backups.link_elsewhere(LIMIT - 1)
    inode = backups.status().st_ino
    with watched(backups) as daemon:
        daemon.eventually(lambda now: margin(now) == 1, "a margin of 1")
        backups.copy()
        assert (backups.status().st_ino, backups.status().st_nlink) == (inode, LIMIT)
        daemon.eventually(lambda now: margin(now) == 0, "a margin of 0")
        backups.copy()
        assert (backups.status().st_ino == inode, backups.status().st_nlink) == (False, 1)


def test_a_link_limit_in_the_configuration_overrides_the_filesystems(ext4, watched):
    backups = Backups(ext4, NAMES)
    backups.copy()
    links = backups.status().st_nlink
    assert links == 2 * NAMES
    with watched(backups, limit=500) as daemon:
        samples = daemon.classic()
        assert samples.value("hardlink_link_limit") == 500
        assert samples.value("hardlink_root_info", limit_source="config") == 1
        assert margin(samples) == (500 - links) // NAMES == 8


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_both_engines_count_the_snapshots_as_the_system_calls_do(ext4, engine):
    backups = Backups(ext4, NAMES)
    for _ in range(4):
        backups.copy()
    backups.link_elsewhere(2000)
    root = exporter.scan_root("--engine", engine, backups.path)
    assert (root["engine"], root["layout"]) == (engine, "snapshots")
    census.check(root, census.count(backups.path, census.snapshots(backups.path)), LIMIT)
