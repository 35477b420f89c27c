"""`plan --free=SIZE`, followed: after each step, the filesystem has at least as many bytes more as were announced, and
no more than the removed directories on top."""

import collections
import os
import random
import shlex
import stat

import pytest

import dockerd
import exporter
import images
import loopmount
import processes
import random_farms
import trees
from plans import plan, run, shell

FILESYSTEMS = {
    "4 KiB": ["-b", "4096"],
    "1 KiB": ["-b", "1024"],
    "inline_data": ["-b", "4096", "-O", "inline_data"],
    "bigalloc": ["-b", "4096", "-O", "bigalloc", "-C", "16384"],
}
SEEDS = [5, 10, 12, 15, 16]
MORE_THAN_ALL = 1 << 40
MIB = 1 << 20


class Disk(random_farms.Farm):
    """A random farm whose files take space, or none, in every way that ext4 has. Some have names outside of it."""

    def __init__(self, top, chance):
        super().__init__(top, chance)
        self.outside = top.parent / "outside"
        self.outside.mkdir()
        for number, path in enumerate(self.files()):
            if chance.random() < 0.1:
                self.link(path, self.outside / str(number))
            if stat.S_ISREG(os.lstat(path).st_mode):
                self.fill(path)
        for made in self.series.values():
            for place, snapshot in enumerate(made):
                when = random_farms.FIRST.timestamp() + place * random_farms.DAY
                os.utime(snapshot, (when, when))

    def files(self):
        """A name of each inode."""
        names = {}
        for directory, directories, files in os.walk(self.top):
            directories.sort()
            for name in sorted(files):
                path = os.path.join(directory, name)
                names.setdefault(os.lstat(path).st_ino, path)
        return list(names.values())

    def change(self, snapshot):
        for name in sorted(os.listdir(snapshot)):
            path = snapshot / name
            if not stat.S_ISDIR(os.lstat(path).st_mode) and self.random.random() < 0.4:
                path.unlink()
        super().change(snapshot)
        mark = f"{self.random.getrandbits(32):08x}"
        (snapshot / f"new-{mark}").write_text("new")
        (snapshot / f"twice-{mark}").write_text("twice")
        self.link(snapshot / f"twice-{mark}", snapshot / f"again-{mark}")
        (snapshot / f"short-{mark}").symlink_to("target")
        (snapshot / f"long-{mark}").symlink_to("x" * self.random.choice([59, 60, 200, 1000]))
        os.mkfifo(snapshot / f"fifo-{mark}")
        many = snapshot / f"many-{mark}"
        for number in range(self.random.choice([0, 0, 200])):
            many.mkdir(exist_ok=True)
            (many / f"{number:03} with a longer name").symlink_to("target")

    def fill(self, path):
        """Replaces the content of a file; its names stay."""
        chance = self.random
        size = chance.choice([0, chance.randint(1, 150), chance.randint(1, 20_000), chance.randint(1, 300_000)])
        with open(path, "wb") as file:
            file.write(chance.randbytes(size))
            for _ in range(chance.choice([0, 0, 0, 3, 12])):
                # Holes, and more extents than an inode has room for.
                file.seek(chance.randint(1, 60), os.SEEK_CUR)
                file.seek(chance.randint(10, 40) << 12, os.SEEK_CUR)
                file.write(b"x")
        if chance.random() < 0.1:
            processes.run([processes.program("fallocate"), "--keep-size", "--length=200K", path])
        if chance.random() < 0.2:
            # In a block of its own: no other file has the same.
            os.setxattr(path, "user.own", chance.randbytes(600))

    def oldest_first(self):
        """What may go: everything but the heads. Snapshots of one day go in the order of their paths."""
        places = [
            (place, self.name(snapshot))
            for made in self.series.values()
            for place, snapshot in enumerate(made[:-1])
        ]
        return [name for _, name in sorted(places)]


class Inodes:
    """What stat says of all inodes of a farm, and what the removal of snapshots frees."""

    def __init__(self, farm, names):
        block = os.statvfs(farm.top).f_bsize
        self.bytes = {}
        self.links = {}
        self.names = {name: collections.Counter() for name in names}
        self.directories = collections.Counter()
        for name in names:
            for directory, _, files in os.walk(farm.top / name):
                self.directories[name] += os.lstat(directory).st_blocks * 512
                for file in files:
                    status = os.lstat(os.path.join(directory, file))
                    taken = status.st_blocks * 512
                    # A remainder is content in the inode, which stat counts in sectors.
                    self.bytes[status.st_ino] = taken - taken % block
                    self.links[status.st_ino] = status.st_nlink
                    self.names[name][status.st_ino] += 1

    def gone_with(self, names):
        together = sum((self.names[name] for name in names), collections.Counter())
        return {i for i, count in together.items() if count == self.links[i] and self.bytes[i] > 0}

    def freed_by(self, names):
        return sum(self.bytes[inode] for inode in self.gone_with(names))

    def best(self, oldest_first, size):
        """As many of the oldest as free `size` bytes; then only those that hold some of these."""
        made = []
        for name in oldest_first:
            if self.freed_by(made) >= size:
                break
            made.append(name)
        freed = self.gone_with(made)
        return [name for name in made if freed & self.names[name].keys()]


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


def check_steps(planned, inodes):
    """Each step must free the inodes of which it removes the last name."""
    names = [step["snapshot"] for step in planned["steps"]]
    freed = [inodes.freed_by(names[:count]) for count in range(len(names) + 1)]
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
        made = Disk(place / "farm", random.Random(seed))
        free_bytes(disk)
        return made

    return make


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_for_bytes_frees_what_it_says(farm, seed):
    disk = farm(seed)
    oldest_first = disk.oldest_first()
    inodes = Inodes(disk, oldest_first)
    most = inodes.freed_by(oldest_first)
    assert most > 0
    some = [disk.random.randint(1, most) for _ in range(3)]
    for size in (MORE_THAN_ALL, most + 1, most, *some):
        planned = both_engines(f"--free={size}", disk.top, code=int(size > most))
        assert (planned["free"], planned["target"], planned["refused"]) == (size, None, None)
        assert [step["snapshot"] for step in planned["steps"]] == inodes.best(oldest_first, size)
        check_steps(planned, inodes)
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
    inodes = Inodes(disk, disk.oldest_first())
    limit = f"--link-limit={random_farms.highest(disk.top) + 1}"
    margin = exporter.scan_root(limit, disk.top)["extractions_remaining"]
    planned = both_engines(limit, f"--target={margin + 3}", disk.top, code=None)
    assert planned["free"] is None and planned["steps"]
    check_steps(planned, inodes)
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
        assert [step["snapshot"] for step in planned["steps"]] == ["1"]
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


def test_bytes_need_no_link_limit(tree):
    """squashfs has none: nobody can make links there."""
    mksquashfs = processes.program("mksquashfs")
    top = two_snapshots(tree / "top")
    processes.run([mksquashfs, str(top), str(tree / "image"), "-quiet"])
    (tree / "mnt").mkdir()
    with loopmount.mounted(["-o", "loop", str(tree / "image")], tree / "mnt") as mounted:
        assert exporter.scan_root(mounted)["filesystem"]["link_limit"] is None
        planned = plan("--free=1M", mounted)
        assert [step["snapshot"] for step in planned["steps"]] == ["1"]
        assert planned["bytes_freed"] == (mounted / "1" / "own").stat().st_blocks * 512
        (step,) = planned["steps"]
        assert (planned["margin_before"], planned["margin_after"]) == (None, None)
        assert step["margin_after"] is None
        table = run("--free=1M", mounted)
        assert (table.returncode, table.stderr) == (0, "")
        assert run("--target=1", mounted).returncode == 1


# Docker's images


@pytest.fixture(scope="module")
def docker():
    with loopmount.filesystem("ext4", 512, mkfs=["-q"]) as data_root:
        with dockerd.running(data_root) as running:
            yield running


def layer_of(mebibytes):
    return images.Layer().file(f"big-{mebibytes}", os.urandom(mebibytes * MIB)).built()


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
    before = free_bytes(docker.overlay)
    for step in planned["steps"]:
        assert step["commands"] == [f"docker rmi {step['image']}"]
        shell(step["commands"][0], DOCKER_HOST=docker.socket)
        after = free_bytes(docker.overlay)
        assert after - before >= step["bytes_freed"], step
        before = after


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
    assert done.stderr.startswith("hardlink_exporter: ")
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
