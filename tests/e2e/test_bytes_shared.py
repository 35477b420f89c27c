"""What the bytes of a census count, and what comes back when a snapshot is removed: less than is said where files share
blocks or are compressed, and never less where they do not."""

import json
import os
import random
import shutil

import pytest

import exporter
import loopmount
import processes
from plans import plan, run, shell

MIB = 1 << 20
# mkfs.xfs makes none below 300 MiB.
SIZES = {"ext4": 256, "xfs": 320, "btrfs": 256}
REFLINKS = {"xfs": ["-q", "-m", "reflink=1"], "btrfs": ["-q"]}


@pytest.fixture(params=SIZES)
def disk(request):
    with loopmount.filesystem(request.param, SIZES[request.param], ["-q"]) as path:
        yield path


@pytest.fixture(params=REFLINKS)
def reflinking(request):
    with loopmount.filesystem(request.param, SIZES[request.param], REFLINKS[request.param]) as path:
        yield path


@pytest.fixture
def btrfs():
    with loopmount.filesystem("btrfs", SIZES["btrfs"], REFLINKS["btrfs"]) as path:
        yield path


def snapshots(path):
    """Makes two directories; the snapshot `1` is to be removed, and `2` stays."""
    for name in ("1", "2"):
        (path / "top" / name).mkdir(parents=True)
    return path / "top"


def sync(path):
    processes.run([processes.program("sync"), "--file-system", str(path)])


class Stored:
    """What `scan` says of the bytes below `top`, with each engine that can read it."""

    def __init__(self, top):
        sync(top)
        root = exporter.scan_root("--engine=walk", "--layers=*", top)
        if root["filesystem"]["type"] == "ext4":
            other = exporter.scan_root("--engine=ext4", "--layers=*", top)
            for key in ("allocated_bytes", "referenced_bytes", "tightest_layers"):
                assert root[key] == other[key]
        self.allocated = root["allocated_bytes"]
        self.referenced = root["referenced_bytes"]
        self.alone = {each["layer"]: each["exclusive_bytes"] for each in root["tightest_layers"]}


def blocks(*paths):
    return sum(os.lstat(path).st_blocks * 512 for path in paths)


def free(path):
    """The free bytes of the filesystem. XFS frees the blocks of removed files later; to freeze it waits for that."""
    fsfreeze = processes.program("fsfreeze")
    (mounted,) = [each for each in (path, *path.parents) if os.path.ismount(each)][:1]
    for action in ("--freeze", "--unfreeze"):
        processes.run([fsfreeze, action, str(mounted)])
    now = os.statvfs(path)
    return now.f_bfree * now.f_frsize


def freed_by_removal(path):
    """The bytes that the filesystem has more once the tree at `path` is gone."""
    before = free(path.parent)
    shutil.rmtree(path)
    return free(path.parent) - before


def test_own_content_is_freed_as_said(disk):
    top = snapshots(disk)
    (top / "1" / "own").write_bytes(os.urandom(3 * MIB))
    (top / "1" / "big").write_bytes(os.urandom(4 * MIB))
    os.link(top / "1" / "big", top / "2" / "big")
    stored = Stored(top)
    assert (stored.allocated, stored.referenced) == (7 * MIB, 11 * MIB)
    assert stored.alone == {"1": 3 * MIB, "2": 0}
    assert 3 * MIB <= freed_by_removal(top / "1") < 4 * MIB


def test_holes_do_not_count_and_reserved_blocks_do(disk):
    top = snapshots(disk)
    with open(top / "1" / "sparse", "wb") as file:
        file.write(os.urandom(MIB))
        file.seek(1 << 30)
        file.write(os.urandom(MIB))
    sync(top)
    assert os.stat(top / "1" / "sparse").st_size > 1 << 30
    fallocate = processes.program("fallocate")
    reserved = top / "1" / "reserved"
    reserved.touch()
    processes.run([fallocate, "--keep-size", "--length=5M", str(reserved)])
    assert reserved.stat().st_size == 0
    stored = Stored(top)
    assert stored.allocated == blocks(top / "1" / "sparse", reserved)
    assert 7 * MIB <= stored.allocated < 8 * MIB
    assert stored.alone["1"] == stored.allocated
    assert freed_by_removal(top / "1") >= stored.alone["1"]


def test_directories_do_not_count(disk):
    top = snapshots(disk)
    for number in range(300):
        directory = top / "1" / f"{number:03}"
        directory.mkdir()
        os.mkfifo(directory / "fifo")
        (directory / "empty").touch()
        (directory / ("long name" * 20)).mkdir()
    stored = Stored(top)
    assert (stored.allocated, stored.referenced, stored.alone["1"]) == (0, 0, 0)
    assert freed_by_removal(top / "1") >= 0


def test_a_name_outside_keeps_an_inode(disk):
    top = snapshots(disk)
    (top / "1" / "kept").write_bytes(os.urandom(2 * MIB))
    os.link(top / "1" / "kept", top / "1" / "again")
    os.link(top / "1" / "kept", disk / "outside")
    stored = Stored(top)
    assert (stored.allocated, stored.referenced) == (2 * MIB, 4 * MIB)
    assert stored.alone["1"] == 0
    assert freed_by_removal(top / "1") < MIB


def test_reflinked_content_counts_in_each_file_and_frees_less(reflinking):
    top = snapshots(reflinking)
    (top / "1" / "file").write_bytes(os.urandom(8 * MIB))
    (top / "1" / "own").write_bytes(os.urandom(2 * MIB))
    cp = processes.program("cp")
    for copy in (top / "1" / "copy", top / "2" / "copy"):
        processes.run([cp, "--reflink=always", str(top / "1" / "file"), str(copy)])
    stored = Stored(top)
    assert stored.allocated == stored.referenced == 26 * MIB
    assert stored.alone == {"1": 18 * MIB, "2": 8 * MIB}
    # The copy in 2 keeps the content; what is not shared is freed.
    assert 2 * MIB <= freed_by_removal(top / "1") < 3 * MIB
    assert Stored(top).alone == {"2": 8 * MIB}
    assert 8 * MIB <= freed_by_removal(top / "2") < 9 * MIB


def test_a_changed_part_of_a_reflinked_file_is_its_own(reflinking):
    top = snapshots(reflinking)
    (top / "1" / "file").write_bytes(os.urandom(8 * MIB))
    cp = processes.program("cp")
    processes.run([cp, "--reflink=always", str(top / "1" / "file"), str(top / "2" / "file")])
    sync(top)
    with open(top / "1" / "file", "r+b") as file:
        file.seek(4 * MIB)
        file.write(os.urandom(MIB))
    stored = Stored(top)
    assert stored.alone == {"1": blocks(top / "1" / "file"), "2": 8 * MIB}
    assert MIB <= freed_by_removal(top / "1") < 2 * MIB


def test_a_snapshot_of_a_btrfs_keeps_what_a_removal_frees(btrfs):
    program = processes.program("btrfs")
    processes.run([program, "subvolume", "create", str(btrfs / "data")])
    top = snapshots(btrfs / "data")
    (top / "1" / "own").write_bytes(os.urandom(8 * MIB))
    sync(btrfs)
    processes.run([program, "subvolume", "snapshot", "-r", str(btrfs / "data"), str(btrfs / "s")])
    assert Stored(top).alone == {"1": 8 * MIB, "2": 0}
    assert freed_by_removal(top / "1") < MIB


def test_compressed_content_counts_as_it_was_and_frees_less(btrfs):
    mount = processes.program("mount")
    processes.run([mount, "-o", "remount,compress-force=zstd", str(btrfs)])
    top = snapshots(btrfs)
    (top / "1" / "text").write_bytes(b"the same again\n" * (8 * MIB // 15) + b"x" * (8 * MIB % 15))
    stored = Stored(top)
    assert stored.allocated == stored.alone["1"] == 8 * MIB
    assert freed_by_removal(top / "1") < MIB


def test_small_files_and_symlinks_of_a_btrfs_count_a_block_each_and_free_less(btrfs):
    top = snapshots(btrfs)
    for number in range(100):
        (top / "1" / f"{number:03}").write_bytes(os.urandom(100))
        (top / "1" / f"symlink-{number:03}").symlink_to("target")
    stored = Stored(top)
    assert stored.allocated == stored.alone["1"] == 200 * 4096
    assert freed_by_removal(top / "1") < 200 * 4096


def test_content_in_the_inode_counts_0():
    with loopmount.filesystem("ext4", 256, ["-q", "-b", "4096", "-O", "inline_data"]) as disk:
        top = snapshots(disk)
        for size in (0, 1, 59, 60, 100):
            (top / "1" / f"{size}").write_bytes(os.urandom(size))
        for size in (1, 59):
            (top / "1" / f"symlink-{size}").symlink_to("t" * size)
        # stat counts such content in sectors, as if it were beside the inode.
        assert blocks(*(top / "1").iterdir()) > 0
        assert Stored(top).allocated == 0
        (top / "1" / "block").write_bytes(os.urandom(200))
        (top / "1" / "symlink").symlink_to("t" * 60)
        stored = Stored(top)
        assert stored.allocated == stored.alone["1"] == 2 * 4096
        assert freed_by_removal(top / "1") >= 2 * 4096


def test_a_block_of_attributes_counts_in_each_inode_and_frees_less(ext4):
    top = snapshots(ext4)
    shared = random.Random(1).randbytes(600)
    before = free(ext4)
    for name, count in (("1", 8), ("2", 1)):
        for number in range(count):
            file = top / name / f"{number}"
            file.write_bytes(b"x")
            os.setxattr(file, "user.shared", shared)
    taken = before - free(ext4)
    assert taken == 10 * 4096, "nine blocks of content and one of attributes"
    stored = Stored(top)
    assert stored.allocated == 18 * 4096
    assert stored.alone == {"1": 16 * 4096, "2": 2 * 4096}
    # The directory of one block is freed on top.
    assert freed_by_removal(top / "1") == 9 * 4096
    assert freed_by_removal(top / "2") == 3 * 4096


def test_explain_and_plan_count_as_the_census_does(reflinking):
    top = snapshots(reflinking)
    file = top / "1" / "file"
    file.write_bytes(os.urandom(2 * MIB))
    os.link(file, top / "1" / "again")
    (top / "1" / "both").touch()
    os.link(top / "1" / "both", top / "2" / "both")
    processes.run([processes.program("cp"), "--reflink=always", str(file), str(top / "2" / "copy")])
    os.utime(top / "1", (0, 0))
    stored = Stored(top)
    assert (stored.allocated, stored.referenced) == (4 * MIB, 6 * MIB)
    explained = json.loads(exporter.run("explain", "--format=json", file).stdout)["file"]
    assert (explained["allocated_bytes"], explained["bytes_as_copies"]) == (2 * MIB, 4 * MIB)
    planned = plan("--free=2M", top)
    assert [step["bytes_freed"] for step in planned["steps"]] == [stored.alone["1"]] == [2 * MIB]
    # The table says that this is too much here.
    assert "files that share blocks (reflinks)" in run("--free=2M", top).stdout
    before = free(reflinking)
    shell(planned["steps"][0]["commands"][0])
    assert free(reflinking) - before < MIB
