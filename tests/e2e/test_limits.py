"""Which limit ends first, on real filesystems: real programs make copies until one fails. At least as many fit as
announced. With directories of one block, the surplus is at most 5 % or 3, whichever is more."""

import contextlib
import datetime
import errno
import os
import pathlib
import shutil

import exporter
import loopmount
import processes
import pytest
import trees

LONG = "x" * 60  # target of a symlink that takes a block of its own on ext4
DIRECTORIES = 30


def source(top):
    """Directories of one block each, with files, short and long symlinks, and a FIFO in each."""
    for number in range(DIRECTORIES - 1):
        directory = top / f"d{number}"
        directory.mkdir(parents=True)
        (directory / "file").write_bytes(b"content")
        (directory / "short").symlink_to("file")
        (directory / "long").symlink_to(LONG)
        os.mkfifo(directory / "fifo")
    return top


def cp(previous, target, _):
    """Links everything except directories."""
    return processes.run([processes.program("cp"), "-al", previous, target], check=False).returncode


def rsync(previous, target, original):
    """Also links everything except directories, as long as nothing has changed."""
    command = [processes.program("rsync"), "-a", f"--link-dest={previous}"]
    return processes.run([*command, f"{original}/", f"{target}/"], check=False).returncode


def own(previous, target, _):
    """Links files, and makes symlinks and FIFOs anew."""
    try:
        for directory, _, names in os.walk(previous):
            copy = target / os.path.relpath(directory, previous)
            copy.mkdir(exist_ok=True)
            for name in names:
                old, new = pathlib.Path(directory, name), copy / name
                if old.is_symlink():
                    new.symlink_to(old.readlink())
                elif old.is_fifo():
                    os.mkfifo(new)
                else:
                    os.link(old, new)
    except OSError as error:
        assert error.errno == errno.ENOSPC
        return 1
    return 0


class Series:
    """Snapshots that are called by dates."""

    def __init__(self, top, make, original):
        self.top = top
        self._make = make
        self._original = original
        self._number = 1
        top.mkdir(parents=True)
        processes.run([processes.program("cp"), "-a", original, self._path(0)])
        assert self.one_more()

    def _path(self, number):
        return self.top / str(datetime.date(2024, 1, 1) + datetime.timedelta(days=number))

    def one_more(self):
        """Whether one more snapshot can be made. Removes an unfinished one."""
        target = self._path(self._number)
        if self._make(self._path(self._number - 1), target, self._original) != 0:
            shutil.rmtree(target, ignore_errors=True)
            return False
        self._number += 1
        return True

    def until_one_fails(self):
        made = 0
        while self.one_more():
            made += 1
        return made


def limit_of(root, name):
    """The entry of one limit, or None if it is unknown."""
    return next((limit for limit in root["limits"] if limit["limit"] == name), None)


def agreed(path, *flags):
    """The report of a root. Checks that both engines agree on all limits."""
    walk, ext4 = (exporter.scan_root(f"--engine={each}", *flags, path) for each in exporter.ENGINES)
    assert (walk["engine"], ext4["engine"]) == ("walk", "ext4")
    for figure in ["limits", "first_limit", "extractions_remaining", "fullest_directory"]:
        assert walk[figure] == ext4[figure]
    return walk


def assert_announced(root, made):
    announced = root["extractions_remaining"]
    assert announced <= made <= announced + max(announced // 20, 3), root["limits"]


@pytest.fixture(name="original", scope="module")
def original_tree(tmp_path_factory):
    return source(tmp_path_factory.mktemp("limits") / "original")


MAKERS = pytest.mark.parametrize("make", [cp, rsync, own])


@MAKERS
def test_snapshots_until_inodes_end(original, make):
    with loopmount.filesystem("ext4", 32, ["-b", "4096", "-N", "1536"]) as top:
        series = Series(top / "backups", make, original)
        root = agreed(series.top)
        assert root["first_limit"] == "inodes"
        inodes = limit_of(root, "inodes")
        status = os.statvfs(top)
        assert inodes["remaining"] == status.f_favail
        assert inodes["of"] == status.f_files == inodes["used"] + inodes["remaining"]
        made_anew = 4 * DIRECTORIES - 3 if make is own else DIRECTORIES
        assert inodes["per_extraction"] == made_anew
        assert not inodes["path"]
        assert_announced(root, series.until_one_fails())
        root = agreed(series.top)
        assert (root["first_limit"], root["extractions_remaining"]) == ("inodes", 0)


@MAKERS
@pytest.mark.parametrize("reserved", [0, 5])
def test_snapshots_until_space_ends(original, make, reserved):
    mkfs = ["-b", "4096", "-N", "8192", "-m", str(reserved), "-J", "size=4"]
    with loopmount.filesystem("ext4", 16, mkfs) as top:
        series = Series(top / "backups", make, original)
        root = agreed(series.top)
        assert root["first_limit"] == "space"
        space = limit_of(root, "space")
        blocks = 2 * DIRECTORIES - 1 if make is own else DIRECTORIES
        assert space["per_extraction"] >= 4096 * blocks
        assert not space["path"]
        assert_announced(root, series.until_one_fails())


def test_on_tmpfs_every_name_takes_an_inode(original, tmp_path):
    with loopmount.mounted(["-t", "tmpfs", "-o", "nr_inodes=2000,size=64m", "none"], tmp_path):
        series = Series(tmp_path / "backups", cp, original)
        root = exporter.scan_root(series.top)
        assert root["first_limit"] == "inodes"
        assert limit_of(root, "inodes")["per_extraction"] == 5 * DIRECTORIES - 4
        assert_announced(root, series.until_one_fails())


@pytest.mark.parametrize(("length", "names"), [(8, 903), (100, 147), (250, 62)])
def test_names_in_one_directory_of_a_btrfs_without_extended_iref(length, names):
    with loopmount.filesystem("btrfs", 128, ["-q", "-O", "^extref"]) as top:
        (top / "full").mkdir()
        (top / "other").mkdir()
        first = top / "full" / f"{0:0{length}}"
        first.touch()
        made = 1
        with pytest.raises(OSError) as failure:
            while True:
                os.link(first, top / "full" / f"{made:0{length}}")
                made += 1
        assert failure.value.errno == errno.EMLINK
        assert made == names
        limit = limit_of(exporter.scan_root(top), "names_per_directory")
        assert limit["used"] == names * (10 + length)
        assert limit["of"] == 16384 - 126 == limit["used"] + limit["remaining"]
        assert limit["remaining"] < 10 + length
        assert limit["path"].split("/")[0] == "full"
        assert limit["extractions_remaining"] is None
        os.link(first, top / "other" / "name")

        # The runbook's advice.
        uuid = processes.run([processes.program("findmnt"), "-no", "UUID", top]).stdout.strip()
        pathlib.Path(f"/sys/fs/btrfs/{uuid}/features/extended_iref").write_text("1")
        os.link(first, top / "full" / "more")
        assert limit_of(exporter.scan_root(top), "names_per_directory") is None


@contextlib.contextmanager
def image(tmp_path, *mkfs):
    """An ext4 in a file, and the arguments that mount it."""
    loopmount.need_mounts()
    file = tmp_path / "image"
    file.touch()
    os.truncate(file, 400 << 20)
    processes.run([processes.program("mke2fs"), "-q", "-t", "ext4", *mkfs, file])
    target = tmp_path / "mnt"
    target.mkdir()
    yield file, lambda: loopmount.mounted(["-o", "loop", file], target)


def optimise(file):
    """e2fsck -D, which gives each directory of more than one block an index. It ends with 0 or 1."""
    done = processes.run([processes.program("e2fsck"), "-fyD", file], check=False)
    assert done.returncode in (0, 1), done.stdout


def make_directories(directory, until):
    """Makes directories until there are `until`. False if mkdir(2) fails before that."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for number in range(len(os.listdir(descriptor)), until):
            os.mkdir(str(number), dir_fd=descriptor)
    except OSError as error:
        assert error.errno == errno.EMLINK
        return False
    finally:
        os.close(descriptor)
    return True


def fullest(subdirectories, limit, path="holder"):
    return {"path": path, "subdirectories": subdirectories, "limit": limit}


def test_subdirectories_of_a_directory_are_limited_by_features_and_its_index(tmp_path):
    def quick(top):
        """Uses the ext4 engine: after a mount, a walk would read 65,000 directories one by one."""
        return exporter.scan_root("--engine=ext4", top)

    features = "^dir_nlink,^metadata_csum"
    with image(tmp_path, "-b", "1024", "-N", "70000", "-O", features) as (file, mounted):
        with mounted() as top:
            (top / "holder").mkdir()
            assert not make_directories(top / "holder", 65000)
            assert agreed(top)["fullest_directory"] == fullest(64998, 64998)
        processes.run([processes.program("tune2fs"), "-O", "dir_nlink", file])
        with mounted() as top:
            assert quick(top)["fullest_directory"] == fullest(64998, None)
        processes.run([processes.program("tune2fs"), "-O", "^dir_index", file])
        with mounted() as top:
            assert quick(top)["fullest_directory"] == fullest(64998, 64998)
            assert not make_directories(top / "holder", 65000)
        # The feature alone does not give an index to existing directories.
        processes.run([processes.program("tune2fs"), "-O", "dir_index", file])
        optimise(file)
        with mounted() as top:
            assert quick(top)["fullest_directory"] == fullest(64998, None)
            assert make_directories(top / "holder", 65000)
            assert (top / "holder").stat().st_nlink == 1
            assert agreed(top)["fullest_directory"] == fullest(65000, None)


def test_a_directory_that_mke2fs_makes_has_no_index_and_so_a_limit(tmp_path):
    make = tmp_path / "source" / "holder"
    make.mkdir(parents=True)
    assert make_directories(make, 600)
    (tmp_path / "source" / "small" / "one").mkdir(parents=True)
    with image(tmp_path, "-d", tmp_path / "source") as (file, mounted):
        with mounted() as top:
            assert agreed(top)["fullest_directory"] == fullest(600, 64998)
            assert agreed(top / "small")["fullest_directory"] == fullest(1, None, ".")
        optimise(file)
        with mounted() as top:
            assert agreed(top)["fullest_directory"] == fullest(600, None)


def test_snapshots_until_their_directory_is_full(original, tmp_path):
    mkfs = ["-b", "1024", "-N", "70000", "-O", "^dir_nlink"]
    with image(tmp_path, *mkfs) as (_, mounted), mounted() as top:
        series = Series(top / "hosts" / "a", cp, original)
        assert make_directories(series.top, 64990)
        root = agreed(top / "hosts", "--layers=a/2024-*")
        assert (root["first_limit"], root["extractions_remaining"]) == ("subdirectories", 8)
        limit = limit_of(root, "subdirectories")
        assert limit == {**limit, "used": 64990, "of": 64998, "remaining": 8, "path": "a"}
        assert limit["per_extraction"] == 1
        assert series.until_one_fails() == 8


# Trees from the reports of operators


def test_a_check_counts_what_a_copy_takes_of_inodes():
    with loopmount.filesystem("ext4", 8, ["-q", "-b", "1024", "-N", "128"]) as top:
        backups = top / "s"
        for number in range(1, 21):
            (backups / "01" / f"d{number}").mkdir(parents=True)
            (backups / "01" / f"d{number}" / "f").touch()
        for name in ["02", "03"]:
            assert cp(backups / "01", backups / name, None) == 0
        root = agreed(backups)
        assert (root["first_limit"], root["extractions_remaining"]) == ("inodes", 1)
        inodes = limit_of(root, "inodes")
        assert (inodes["per_extraction"], inodes["remaining"]) == (21, 33)
        done = exporter.run("check", backups)
        assert done.returncode == 2
        assert "1 snapshot left" in done.stdout and "inodes end first" in done.stdout
        assert cp(backups / "03", backups / "04", None) == 0
        assert cp(backups / "04", backups / "05", None) != 0


def test_the_fullest_directory_is_named_in_table_json_and_metrics(tree):
    (tree / ".runs" / "r").mkdir(parents=True)
    assert make_directories(tree / ".runs" / "r", 300)
    directory = exporter.scan_root(tree)["fullest_directory"]
    assert (directory["path"], directory["subdirectories"]) == (".runs/r", 300)
    table = exporter.run("scan", tree).stdout
    assert ".runs/r" in table and "300" in table
    metrics = exporter.run("scan", "--format=prometheus", tree).stdout
    labels = f'root="{tree}",path=".runs/r"'
    assert f"hardlink_hot_directory_subdirectories{{{labels}}} 300\n" in metrics


def test_full_files_of_a_store_are_critical(tree):
    for number, links in enumerate([50, 50, 50, 23]):
        first = trees.hard_linked(tree, links, prefix=f"c{number}_")
        assert first.stat().st_nlink == links
    done = exporter.run("check", "--link-limit=50", tree)
    assert (done.returncode, "CRITICAL" in done.stdout) == (2, True)
    assert "3 " in done.stdout
    root = exporter.scan_root("--link-limit=50", tree)
    assert root["saturated_inodes"] == 3
    assert root["saturated_bytes"] == 512 * sum(
        (tree / f"c{number}_0").stat().st_blocks for number in range(3)
    )


def test_full_files_without_a_byte_are_counted_and_no_alarm(tree):
    first = tree / "0"
    first.touch()
    for number in range(1, 50):
        os.link(first, tree / str(number))
    root = exporter.scan_root("--link-limit=50", tree)
    assert (root["saturated_inodes"], root["saturated_bytes"]) == (1, 0)


def test_a_limit_above_that_of_the_filesystem_is_a_warning(ext4):
    trees.hard_linked(ext4 / "tree", 2)
    done = exporter.run("scan", "--link-limit=100000", ext4 / "tree")
    assert done.returncode == 0
    assert "100000" in done.stderr.replace(",", "") and "65" in done.stderr
    root = exporter.scan_root("--link-limit=100000", ext4 / "tree")
    assert root["filesystem"]["link_limit"] == 65000
