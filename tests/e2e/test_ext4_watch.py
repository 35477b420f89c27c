"""What the daemon reads between censuses with the ext4 engine, and what it then knows of the root."""

import contextlib
import os
import pathlib

import pytest

import exporter
import loopmount
import processes
from trees import copy_links, hard_linked

CONFIG = """
roots:
  - path: {path}
    name: r
    engine: ext4
scan:
  interval: 1h
  watch_interval: 1s
  max_duty: 100%
"""

WATCH = "hardlink_watch_last_success_timestamp_seconds"


@pytest.fixture
def watched(tmp_path):
    """Starts a daemon whose next census is due in an hour."""

    def start(path):
        config = tmp_path / "hardlink_exporter.yml"
        config.write_text(CONFIG.format(path=path))
        return exporter.daemon(f"--config.file={config}")

    return start


def empty_files(directory, count):
    directory.mkdir(parents=True)
    for number in range(count):
        (directory / str(number)).touch()


def bytes_read(daemon):
    """The bytes that the daemon has read so far, from the page cache or from a device."""
    lines = pathlib.Path(f"/proc/{daemon.process.pid}/io").read_text(encoding="ascii").splitlines()
    (line,) = [line for line in lines if line.startswith("rchar:")]
    return int(line.split()[1])


def bytes_of_watches(daemon, watches):
    """The bytes that the daemon reads during so many watches at least."""
    before = bytes_read(daemon)
    last = daemon.value(WATCH)
    for _ in range(watches):
        last = daemon.eventually(lambda now: now.value(WATCH) > last, "a watch").value(WATCH)
    return bytes_read(daemon) - before


@contextlib.contextmanager
def used_tables(scratch, fill):
    """A mounted ext4 with 400,000 inode slots (102 MB), all once in use by what its descriptors say, and the tree that
    `fill(mount)` makes."""
    image = scratch / "image"
    mount = scratch / "mnt"
    mount.mkdir()
    with open(image, "wb") as sparse:
        sparse.truncate(4 << 30)
    processes.run([processes.program("mkfs.ext4"), "-q", "-N", "400000", str(image)])
    with loopmount.mounted(["-o", "loop", str(image)], mount):
        fill(mount)
    commands = scratch / "commands"
    with open(commands, "w", encoding="ascii") as out:
        for group in range(32):  # 128 MiB each
            out.write(f"set_bg {group} flags 0x4\n")  # none but EXT2_BG_INODE_ZEROED
            out.write(f"set_bg {group} itable_unused 0\n")
            out.write(f"set_bg {group} checksum calc\n")
    processes.run([processes.program("debugfs"), "-w", "-f", str(commands), str(image)])
    with loopmount.mounted(["-o", "loop", str(image)], mount):
        yield mount


def test_what_a_watch_reads_follows_the_root_and_not_the_filesystem(tmp_path, watched):
    loopmount.need_mounts()

    def thousand_names(mount):
        empty_files(mount / "r" / "snap.0", 500)
        copy_links(mount / "r" / "snap.0", mount / "r" / "snap.1")

    with used_tables(tmp_path, thousand_names) as mount, watched(mount / "r") as daemon:
        tables = 400000 * 256
        assert bytes_read(daemon) > tables  # the census
        # A page for each inode, and what answering the scrapes reads.
        watches = 5
        assert bytes_of_watches(daemon, watches) < tables / 10
        for number in range(90):
            os.link(mount / "r" / "snap.0" / "7", mount / "r" / f"more-{number}")
        now = daemon.eventually(lambda now: now.value("hardlink_max_links") == 92, "the new links")
        assert now.value("hardlink_inode_links_bucket", le="2.0") == 499


@pytest.fixture(scope="module")
def page_for_each():
    """A filesystem with one inode on each page of the device."""
    with loopmount.filesystem("ext4", 1024, ["-I", "4096", "-N", "24000"]) as mount:
        yield mount


def test_where_all_inodes_are_too_many_bytes_the_hottest_and_those_next_to_them_are_watched(
    page_for_each, watched
):
    top = page_for_each / "r"
    first = top / "snap.0"
    for number in range(10):
        hard_linked(first / "hot", 10, prefix=f"{number}-")
    warm = hard_linked(first / "warm", 3)
    empty_files(first / "many", 17000)  # 70 MB
    copy_links(first, top / "snap.1")
    elsewhere = page_for_each / "elsewhere"
    elsewhere.mkdir()
    with watched(top) as daemon:
        before = daemon.classic()
        assert before.value("hardlink_max_links") == 20
        assert "snap.0/warm/0" not in before.labels("hardlink_hot_inode_links", "path")
        assert bytes_of_watches(daemon, 3) < 3 * (17000 * 4096) / 4

        for number in range(80):
            os.link(first / "hot" / "3-0", elsewhere / f"hot-{number}")
        after = daemon.eventually(
            lambda now: now.value("hardlink_max_links") == 100, "links of the hottest"
        )
        census = "hardlink_census_last_success_timestamp_seconds"
        histogram = "hardlink_inode_links_bucket"
        assert after.value(census) == before.value(census)
        assert after.all(histogram) == before.all(histogram)

        for number in range(500):
            os.link(warm, elsewhere / f"warm-{number}")
        daemon.eventually(
            lambda now: now.value("hardlink_max_links") == 506, "links of one that overtakes"
        )
        daemon.eventually(
            lambda now: now.get("hardlink_hot_inode_links", path="snap.0/warm/0") == 506,
            "its name, by a census",
        )
