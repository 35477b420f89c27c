"""`plan --free=SIZE`, followed: after each step, the filesystem has at least as many bytes more as were announced, and
no more than the removed directories on top."""

import os
import random
import shlex

import pytest

import dockerd
import exporter
import images
import loopmount
import processes
import random_disks
import random_farms
import trees
from plans import plan, run, shell

FILESYSTEMS = {
    "4 KiB": ["-b", "4096"],
    "1 KiB": ["-b", "1024"],
    "inline_data": ["-b", "4096", "-O", "inline_data"],
    "bigalloc": ["-b", "4096", "-O", "bigalloc", "-C", "16384"],
}
SEEDS = [5, 10, 12, 16]
MORE_THAN_ALL = 1 << 40
MIB = 1 << 20


def snapshots_of(planned):
    return [step["snapshot"] for step in planned["steps"]]


def free_bytes(path):
    processes.run([processes.program("sync"), "--file-system", str(path)])
    now = os.statvfs(path)
    return now.f_bfree * now.f_frsize


def follow(top, planned):
    """Runs the printed commands, which must all be of the kind `rm -rf`, and checks what each frees."""
    before = free_bytes(top)
    for step in planned["steps"]:
        snapshot = top / step["snapshot"]
        directories = sum(os.lstat(path).st_blocks * 512 for path, _, _ in os.walk(snapshot))
        (command,) = step["commands"]
        assert shlex.split(command) == ["rm", "-rf", "--", str(snapshot)]
        shell(command)
        after = free_bytes(top)
        freed = after - before
        assert step["bytes_freed"] <= freed <= step["bytes_freed"] + directories, (step, directories)
        before = after


def both_engines(*arguments, code):
    """The plan, which must be the same with both engines."""
    walk, ext4 = (plan(f"--engine={engine}", *arguments, code=code) for engine in exporter.ENGINES)
    assert walk == ext4
    return walk


def check_steps(planned, names, freed_by):
    """Each step must free what all steps so far free, by `freed_by(names)`, less what those before it do."""
    freed = [freed_by(names[:count]) for count in range(len(names) + 1)]
    assert [step["bytes_freed"] for step in planned["steps"]] == [
        after - before for before, after in zip(freed, freed[1:])
    ]
    assert planned["bytes_freed"] == freed[-1]


@pytest.fixture(scope="module", params=FILESYSTEMS)
def disk(request):
    with loopmount.filesystem("ext4", 128, mkfs=["-q", *FILESYSTEMS[request.param]]) as path:
        yield path


@pytest.fixture
def farm(disk):
    """A function that makes the farm of a seed."""

    def make(seed):
        place = disk / f"{seed}"
        place.mkdir()
        made = random_disks.Disk(place / "farm", random.Random(seed))
        free_bytes(disk)
        return made

    return make


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_for_bytes_frees_what_it_says(farm, seed):
    disk = farm(seed)
    oldest_first = disk.oldest_first()
    inodes = random_disks.Inodes(disk.top, oldest_first)
    most = inodes.freed_by(oldest_first)
    assert most > 0
    some = [disk.random.randint(1, most) for _ in range(3)]
    for size in (MORE_THAN_ALL, most + 1, most, *some):
        planned = both_engines(f"--free={size}", disk.top, code=int(size > most))
        assert (planned["free"], planned["target"], planned["refused"]) == (size, None, None)
        assert snapshots_of(planned) == inodes.best(oldest_first, size)
        check_steps(planned, snapshots_of(planned), inodes.freed_by)
        assert planned["reached"] == (planned["bytes_freed"] >= size) == (size <= most)
    follow(disk.top, planned)
    rest = both_engines(f"--free={MORE_THAN_ALL}", disk.top, code=1)
    assert planned["bytes_freed"] + rest["bytes_freed"] <= most
    follow(disk.top, rest)
    for head in disk.heads():
        assert head.is_dir()


@pytest.mark.parametrize("seed", [100, 101])
def test_a_plan_for_room_frees_what_it_says(farm, seed):
    disk = farm(seed)
    inodes = random_disks.Inodes(disk.top, disk.oldest_first())
    limit = f"--link-limit={random_farms.highest(disk.top) + 1}"
    margin = exporter.scan_root(limit, disk.top)["extractions_remaining"]
    planned = both_engines(limit, f"--target={margin + 3}", disk.top, code=None)
    assert planned["free"] is None and planned["steps"]
    check_steps(planned, snapshots_of(planned), inodes.freed_by)
    follow(disk.top, planned)


def two_snapshots(top):
    """Makes `1` and `2` with a file of 4 MiB in both; the older one, `1`, has 1 MiB of its own."""
    for name in ("1", "2"):
        (top / name).mkdir(parents=True)
    (top / "1" / "big").write_bytes(os.urandom(4 * MIB))
    os.link(top / "1" / "big", top / "2" / "big")
    (top / "1" / "own").write_bytes(os.urandom(MIB))
    os.utime(top / "1", (0, random_farms.DAY))
    return top


def test_a_file_that_another_snapshot_has_too_is_not_freed(ext4):
    top = two_snapshots(ext4 / "top")
    free_bytes(ext4)
    for flags in (["--layers=*"], ["--layout=snapshots"], []):
        (step,) = both_engines("--free=1M", *flags, top, code=0)["steps"]
        assert (step["snapshot"], step["bytes_freed"]) == ("1", MIB)
        planned = both_engines("--free=5M", *flags, top, code=1)
        assert (planned["reached"], planned["bytes_freed"]) == (False, MIB)
        assert snapshots_of(planned) == ["1"]
    table = run("--free=1M", top).stdout
    assert "1 MiB can be freed: removing 1 snapshot frees 1 MiB" in table
    follow(top, planned)


def test_a_plan_that_frees_no_byte_has_no_steps(ext4):
    top = two_snapshots(ext4 / "top")
    (top / "1" / "own").unlink()
    os.utime(top / "1", (0, random_farms.DAY))
    free_bytes(ext4)
    planned = both_engines("--free=1", top, code=1)
    assert (planned["steps"], planned["bytes_freed"], planned["reached"]) == ([], 0, False)
    assert planned["refused"].endswith("other names keep every file")


def test_without_an_order_a_plan_says_what_each_would_free(ext4):
    top = ext4 / "top"
    sizes = {"2024-01-03": 3 * MIB, "2024-01-02": MIB, "2024-01-01": 2 * MIB}
    seed = ext4 / "seed"
    seed.touch()
    for name, size in sizes.items():
        (top / name).mkdir(parents=True)
        (top / name / "own").write_bytes(os.urandom(size))
        os.link(seed, top / name / "seed")
        trees.await_tick(top)
    free_bytes(ext4)
    planned = both_engines("--free=1M", top, code=1)
    assert (planned["steps"], planned["reached"], planned["bytes_freed"]) == ([], False, 0)
    assert "--order=name or --order=time decides" in planned["refused"]
    freed = {each["snapshot"]: each["bytes_freed"] for each in planned["would_free"]}
    assert list(freed.items()) == sorted(sizes.items(), key=lambda each: -each[1])
    by_name = both_engines("--free=1M", "--order=name", top, code=0)
    assert (snapshots_of(by_name), by_name["bytes_freed"]) == (["2024-01-01"], 2 * MIB)
    by_time = both_engines("--free=4M", "--order=time", top, code=0)
    assert snapshots_of(by_time) == ["2024-01-03", "2024-01-02"]
    follow(top, by_time)


def test_bytes_need_no_link_limit(tree):
    """squashfs has no link limit: it is read-only."""
    mksquashfs = processes.program("mksquashfs")
    top = two_snapshots(tree / "top")
    processes.run([mksquashfs, str(top), str(tree / "image"), "-quiet"])
    (tree / "mnt").mkdir()
    with loopmount.mounted(["-o", "loop", str(tree / "image")], tree / "mnt") as mounted:
        assert exporter.scan_root(mounted)["filesystem"]["link_limit"] is None
        planned = plan("--free=1M", mounted)
        assert snapshots_of(planned) == ["1"]
        assert planned["bytes_freed"] == (mounted / "1" / "own").stat().st_blocks * 512
        (step,) = planned["steps"]
        assert (planned["margin_before"], planned["margin_after"]) == (None, None)
        assert step["margin_after"] is None
        table = run("--free=1M", mounted)
        assert (table.returncode, table.stderr) == (0, "")
        assert run("--target=1", mounted).returncode == 1


# Docker's images


@pytest.fixture(scope="module")
def daemon():
    with loopmount.filesystem("ext4", 512, mkfs=["-q"]) as data_root:
        with dockerd.running(data_root) as running:
            yield running


@pytest.fixture
def docker(daemon):
    yield daemon
    for tag in daemon.tags():
        daemon.remove(tag)


def layer_of(mebibytes):
    return images.Layer().file(f"big-{mebibytes}", os.urandom(mebibytes * MIB)).built()


def follow_images(docker, planned):
    """Runs the printed commands; each must free what is said, with Docker's own files on top."""
    before = free_bytes(docker.overlay)
    for step in planned["steps"]:
        assert step["commands"] == [f"docker rmi {step['image']}"]
        shell(step["commands"][0], DOCKER_HOST=docker.socket)
        after = free_bytes(docker.overlay)
        assert after - before >= step["bytes_freed"], step
        before = after


def test_the_fewest_images_free_what_is_said(docker):
    base, shared = layer_of(2), layer_of(6)
    docker.load("eight:1", [base, layer_of(8)])
    docker.load("three:1", [base, layer_of(3)])
    docker.load("pair:1", [base, shared, layer_of(4)])
    docker.load("pair:2", [base, shared, layer_of(5)])
    free_bytes(docker.overlay)
    cases = [
        (6, {"eight:1"}, 8),
        (8, {"eight:1"}, 8),
        (13, {"eight:1", "pair:2"}, 13),
        (14, {"pair:1", "pair:2"}, 15),
        (15, {"pair:1", "pair:2"}, 15),
        (23, {"eight:1", "pair:1", "pair:2"}, 23),
        (24, {"eight:1", "three:1", "pair:1", "pair:2"}, 28),
        (29, {"eight:1", "three:1", "pair:1", "pair:2"}, 28),
    ]
    for size, expected, freed in cases:
        planned = both_engines(f"--free={size}M", docker.overlay.parent, code=int(size > freed))
        assert {step["image"] for step in planned["steps"]} == expected
        assert planned["bytes_freed"] == freed * MIB
        assert planned["reached"] == (size <= freed) and planned["fewest_proven"]
    follow_images(docker, planned)


@pytest.mark.parametrize("seed", range(2))
def test_no_other_choice_of_images_is_better(docker, seed):
    disk = random_disks.Images(docker, seed)
    free_bytes(docker.overlay)
    disk.read()
    most = disk.freed_by(disk.layers)
    for size in (1, most // 3, most // 2, most * 4 // 5, most, most + 1):
        planned = both_engines(f"--free={size}", docker.overlay.parent, code=int(size > most))
        tags = [step["image"] for step in planned["steps"]]
        lost = sum(len(step["layers"]) for step in planned["steps"])
        assert planned["fewest_proven"] and planned["least_lost_proven"]
        assert (len(tags), lost) == disk.best(min(size, most))
        check_steps(planned, tags, disk.freed_by)
    follow_images(docker, planned)


# Flags


@pytest.mark.parametrize(
    "flags",
    [
        ["--free=0"],
        ["--free=abc"],
        ["--free=-1"],
        ["--free=1.5G"],
        ["--free=1G5"],
        ["--free="],
        ["--free=18446744073709551616"],
        ["--free=99999999999E"],
        ["--free=1M", "--target=1"],
        ["--free=1M", "--free=2M"],
        [],
    ],
)
def test_a_wrong_size_is_refused_in_one_line(flags, tree):
    done = run(*flags, tree)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("hardlink_exporter: ") and "--free" in done.stderr
    assert done.stderr.index("\n") == len(done.stderr) - 1


@pytest.mark.parametrize(
    ("size", "bytes_"),
    [
        ("1", 1),
        ("1048576", 1 << 20),
        ("4k", 4096),
        ("500M", 500 << 20),
        ("500mb", 500 << 20),
        ("50G", 50 << 30),
        ("50GiB", 50 << 30),
        ("3T", 3 << 40),
    ],
)
def test_sizes_have_binary_units(size, bytes_, tree):
    trees.snapshots(tree / "top")
    assert plan(f"--free={size}", tree / "top", code=None)["free"] == bytes_
