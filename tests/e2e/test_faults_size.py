"""Trees of extreme size: memory and the size of answers stay bounded. HARDLINK_LONG_TESTS=1 makes the trees in full
size; without it they are small enough for continuous integration. docs/performance.md has the time of a census."""

import os
import pathlib

import pytest

import exporter
import loopmount
from faults import check_served, ended
from trees import hard_linked

LONG = os.environ.get("HARDLINK_LONG_TESTS") == "1"
NAMES = 5_000_000 if LONG else 500_000
FILES = 10_000_000 if LONG else 500_000
LAYERS = 100_000 if LONG else 20_000
DEPTH = 10_000

ENGINES = pytest.mark.parametrize("engine", exporter.ENGINES)
MIB = 1 << 20


def peak_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


SCAN = "scan: {interval: 1s, watch_interval: 1h, timeout: 20m, max_duty: 100%}\n"


def serving(config, root, engine, layout, *flags):
    written = config(f"path: {root}, name: r, engine: {engine}, layout: {layout}", scan=SCAN)
    return exporter.daemon(written, *flags, ready=False)


def counted(daemon, times=1):
    """Waits for so many censuses; they may take as long as they need."""
    return daemon.eventually(
        lambda now: ended(now, "success") >= times, f"{times} censuses", seconds=1200
    )


@pytest.fixture(scope="module")
def wide():
    """A directory with so many names, of inodes with 50,000 links each."""
    with loopmount.filesystem("ext4", 2048, mkfs=("-N", "150000")) as mounted:
        root = mounted / "root"
        (root / "wide").mkdir(parents=True)
        directory = os.open(root / "wide", os.O_RDONLY | os.O_DIRECTORY)
        for number in range(NAMES):
            if number % 50_000 == 0:
                first = f"{number:07d}"
                os.close(os.open(first, os.O_WRONLY | os.O_CREAT, dir_fd=directory))
            else:
                os.link(first, f"{number:07d}", src_dir_fd=directory, dst_dir_fd=directory)
        os.close(directory)
        yield root


@ENGINES
def test_memory_does_not_grow_with_the_names_of_a_directory(wide, config, engine):
    with serving(config, wide, engine, "none") as daemon:
        samples = counted(daemon)
        assert samples.value("hardlink_names") == NAMES
        assert samples.value("hardlink_inodes") == NAMES // 50_000
        assert samples.value("hardlink_max_links") == 50_000
        assert samples.value("hardlink_headroom_links") == 15_000
        check_served(daemon)
        # The walk needs a buffer; ext4 needs the numbers of the blocks and 2 bytes for each inode slot.
        assert peak_bytes(daemon.process.pid) < 100 * MIB


@pytest.fixture(scope="module")
def unshared():
    """So many files with one link each, 1,000 in a directory."""
    with loopmount.filesystem("ext4", 8192, mkfs=("-N", str(FILES + FILES // 20))) as mounted:
        for number in range(FILES // 1000):
            (mounted / "root" / f"{number:05d}").mkdir(parents=True)
            directory = os.open(mounted / "root" / f"{number:05d}", os.O_RDONLY | os.O_DIRECTORY)
            for name in range(1000):
                os.mknod(f"{name:03d}", dir_fd=directory)
            os.close(directory)
        yield mounted / "root"


@ENGINES
def test_memory_follows_the_files_that_share_inodes(unshared, config, engine):
    with serving(config, unshared, engine, "none") as daemon:
        samples = counted(daemon)
        assert samples.value("hardlink_names") == FILES
        assert samples.value("hardlink_inodes") == FILES
        assert samples.value("hardlink_max_links") == 1
        check_served(daemon)
        # 2 bytes for each inode slot with ext4.
        assert peak_bytes(daemon.process.pid) < 40 * MIB + 3 * FILES


@pytest.fixture(scope="module")
def deep():
    """A chain of directories with a file of two names at its end. Every other one holds a second directory."""
    with loopmount.filesystem("ext4", 256) as mounted:
        (mounted / "root").mkdir()
        descriptor = os.open(mounted / "root", os.O_RDONLY | os.O_DIRECTORY)
        for level in range(DEPTH):
            os.mkdir("down", dir_fd=descriptor)
            if level % 2 == 0:
                os.mkdir("beside", dir_fd=descriptor)
            below = os.open("down", os.O_RDONLY | os.O_DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        os.close(os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor))
        os.link("file", "again", src_dir_fd=descriptor, dst_dir_fd=descriptor)
        os.close(descriptor)
        yield mounted / "root"


@ENGINES
def test_a_tree_of_ten_thousand_levels_is_counted_to_its_end(deep, config, engine):
    # Landlock makes the kernel go up to the top of the tree for every directory that is opened, which takes long.
    flags = [] if LONG else ["--sandbox.landlock=off"]
    with serving(config, deep, engine, "none", *flags) as daemon:
        samples = counted(daemon)
        assert samples.value("hardlink_census_complete") == 1
        assert samples.value("hardlink_directories") == DEPTH + DEPTH // 2
        assert (samples.value("hardlink_names"), samples.value("hardlink_max_links")) == (2, 2)
        shown = daemon.root("r")
        assert shown["hot_inodes"][0]["path"] == "down/" * DEPTH + "again"
        check_served(daemon)
        assert peak_bytes(daemon.process.pid) < 150 * MIB


@pytest.fixture(scope="module")
def layered():
    """So many layers of Docker. 20,000 layers share one file, and every hundred layers share another one."""
    with loopmount.filesystem("ext4", 2048, mkfs=("-N", "400000")) as mounted:
        root = mounted / "overlay"
        for number in range(LAYERS):
            layer = root / f"{number:064x}" / "root"
            layer.mkdir(parents=True)
            if number % 20_000 == 0:
                base = hard_linked(layer, 3, prefix="base")
            else:
                for name in range(3):
                    os.link(base, layer / f"base{name}")
            if number % 100 == 0:
                own = hard_linked(layer, 1, prefix="own")
            else:
                os.link(own, layer / "own0")
        yield root


@ENGINES
def test_tens_of_thousands_of_layers_are_judged_and_a_few_are_served(layered, config, engine):
    with serving(config, layered, engine, "docker-overlay") as daemon:
        samples = counted(daemon, times=2)
        links = 3 * min(LAYERS, 20_000)
        assert samples.value("hardlink_layers") == LAYERS
        assert samples.value("hardlink_names") == 4 * LAYERS
        assert samples.value("hardlink_max_links") == links
        assert samples.value("hardlink_extractions_remaining") == (65000 - links) // 3
        assert samples.value("hardlink_layer_links_gcount") == LAYERS
        assert len(samples.all("hardlink_layer_extractions_remaining")) == 20
        assert len(daemon.root("r")["tightest_layers"]) == 20
        check_served(daemon)
        for route in ("/", "/metrics", "/api/v1/report"):
            assert len(daemon.get(route).body) < MIB, route
        # 1 KB for each layer, held twice while a census replaces the one before.
        assert peak_bytes(daemon.process.pid) < 100 * MIB + LAYERS * 2048
