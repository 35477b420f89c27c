"""Which directories are layers, compared with an independent walk of real trees on a real ext4."""

import os

import pytest

import census
import exporter
import exposition
import loopmount
import processes
from trees import copy_links, hard_linked

LIMIT = 65000


@pytest.fixture
def docker_like(ext4):
    """Three layers, the directory of a container on top of them, and an unfinished layer."""
    overlay = ext4 / "overlay"
    base = overlay / "aaaa" / "root"
    hard_linked(base / "yumdb", 197)
    hard_linked(base / "etc", 1, "motd")
    (base / "link").symlink_to("etc/motd0")
    os.mkfifo(base / "fifo")
    copy_links(base, overlay / "bbbb" / "root")
    hard_linked(overlay / "bbbb" / "root" / "own", 300)
    copy_links(overlay / "bbbb" / "root", overlay / "cccc" / "root")
    container = overlay / "dddd-container"
    for name in ("upper", "work", "merged"):
        (container / name).mkdir(parents=True)
    (container / "lower-id").write_text("cccc")
    return overlay


def counted(overlay):
    return census.count(overlay, census.docker_layers(overlay))


def root_of(path, engine="auto"):
    return exporter.scan_root("--engine", engine, path)


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_docker_layers_are_the_directories_with_a_root(docker_like, engine):
    root = root_of(docker_like, engine)
    assert (root["layout"], root["engine"]) == ("docker-overlay", engine)
    assert sorted(layer["layer"] for layer in root["tightest_layers"]) == ["aaaa", "bbbb", "cccc"]
    expected = counted(docker_like)
    assert expected.extractions_remaining(LIMIT) == (LIMIT - 2 * 300) // 300
    census.check(root, expected, LIMIT)


def test_each_layer_has_a_histogram_of_its_own_inodes(docker_like):
    expected = counted(docker_like)
    with exporter.daemon(docker_like) as daemon:
        samples = daemon.openmetrics()
        for layer in expected.layers:
            counts = exposition.bucket_counts(
                samples, "hardlink_layer_inode_links", layer=layer.name
            )
            assert list(counts.values()) == [
                bucket["count"] for bucket in census.histogram(layer.links.values())
            ]
            total = samples.value("hardlink_layer_inode_links_gsum", layer=layer.name)
            assert total == sum(layer.links.values())


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_only_regular_files_weigh_on_the_margin(docker_like, engine):
    base = docker_like / "aaaa" / "root"
    for number in range(1000):
        os.link(base / "link", base / f"link{number}", follow_symlinks=False)
        os.link(base / "fifo", base / f"fifo{number}")
    # Docker copies these files, so each name takes an inode: below this limit the links end first.
    limit = 2000
    root = exporter.scan_root("--engine", engine, f"--link-limit={limit}", docker_like)
    assert root["max_links"] == 1000 + 3
    assert (root["first_limit"], root["extractions_remaining"]) == ("links", (limit - 2 * 300) // 300)
    census.check(root, counted(docker_like), limit)


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_a_layer_being_made_takes_links_but_is_no_layer(docker_like, engine):
    before = root_of(docker_like, engine)
    copy_links(docker_like / "cccc" / "root", docker_like / "eeee" / "tmproot123456789")
    after = root_of(docker_like, engine)
    assert after["layers"] == before["layers"] == 3
    assert after["max_links"] == before["max_links"] + 300
    assert after["extractions_remaining"] == before["extractions_remaining"] - 1
    census.check(after, counted(docker_like), LIMIT)


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_a_containers_files_count_but_are_no_layer(docker_like, engine):
    hard_linked(docker_like / "dddd-container" / "upper", 400)
    root = root_of(docker_like, engine)
    assert root["max_links"] == 2 * 300
    assert root["layers"] == 3
    census.check(root, counted(docker_like), LIMIT)


@pytest.mark.parametrize("engine", exporter.ENGINES)
@pytest.mark.parametrize("kind", ["overlay", "bind"])
def test_a_merged_mount_is_never_entered(docker_like, engine, kind):
    container = docker_like / "dddd-container"
    expected = counted(docker_like)
    with loopmount.mounted(
        mount_arguments(kind, docker_like / "cccc" / "root", container), container / "merged"
    ):
        assert (container / "merged" / "own").is_dir()
        expected.directories += len(os.listdir(container / "work"))  # overlayfs' own
        root = root_of(docker_like, engine)
        census.check(root, expected, LIMIT)


def mount_arguments(kind, lower, container):
    if kind == "bind":
        return ["--bind", str(lower)]
    upper, work = container / "upper", container / "work"
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    return ["-t", "overlay", "overlay", "-o", options]


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_children_that_share_inodes_are_snapshots(ext4, engine):
    top = ext4 / "backups"
    hard_linked(top / "daily.0", 3)
    hard_linked(top / "daily.0" / "below", 7)
    copy_links(top / "daily.0", top / "daily.1")
    hard_linked(top / "daily.1", 1, "new")
    root = root_of(top, engine)
    assert root["layout"] == "snapshots"
    census.check(root, census.count(top, census.snapshots(top)), LIMIT)
    assert root["extractions_remaining"] == (LIMIT - 14) // 7


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_children_that_share_nothing_are_no_layers_and_there_is_no_margin(ext4, engine):
    top = ext4 / "store"
    for child in ("a", "b", "c"):
        hard_linked(top / child, 5)
    root = root_of(top, engine)
    assert root["layout"] == "none"
    assert root["extractions_remaining"] is None
    assert root["headroom_links"] == LIMIT - 5
    census.check(root, census.count(top, {}), LIMIT)


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_a_glob_names_the_layers_whatever_the_layout(ext4, engine):
    top = ext4 / "deploy"
    hard_linked(top / "os" / "deploy-1", 4)
    copy_links(top / "os" / "deploy-1", top / "os" / "deploy-2")
    hard_linked(top / "os" / "other", 9)
    root = exporter.scan_root("--layers=*/deploy-*", "--engine", engine, top)
    layers = {f"os/{name}": top / "os" / name for name in ("deploy-1", "deploy-2")}
    assert sorted(layer["layer"] for layer in root["tightest_layers"]) == sorted(layers)
    census.check(root, census.count(top, layers), LIMIT)


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_names_outside_the_root_are_counted_apart(ext4, engine):
    top = ext4 / "backups"
    first = hard_linked(top / "daily.0", 2)
    copy_links(top / "daily.0", top / "daily.1")
    elsewhere = ext4 / "elsewhere"
    elsewhere.mkdir()
    for number in range(40):
        os.link(first, elsewhere / str(number))
    root = root_of(top, engine)
    (hot,) = root["hot_inodes"]
    assert hot["inode"] == first.stat().st_ino
    assert (hot["links"], hot["names_in_root"], hot["links_outside_root"]) == (44, 4, 40)
    census.check(root, census.count(top, census.snapshots(top)), LIMIT)


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_the_same_path_represents_a_hot_inode_from_census_to_census(docker_like, engine, tree):
    def paths():
        return {hot["inode"]: hot["path"] for hot in daemon.root("docker")["hot_inodes"]}

    config = tree / "hardlink_exporter.yml"
    config.write_text(
        f"roots: [{{path: {docker_like}, name: docker, engine: {engine}}}]\n"
        "scan: {interval: 1s, max_duty: 100%}\n"
    )
    with exporter.daemon(f"--config.file={config}") as daemon:
        before = paths()
        assert len(before) == 6
        for inode, path in before.items():
            assert (docker_like / path).lstat().st_ino == inode
        for layer in ("ffff", "0000"):
            copy_links(docker_like / "cccc" / "root", docker_like / layer / "root")
        daemon.next_census("docker")
        assert daemon.value("hardlink_layers") == 5
        assert paths() == before


def test_a_roots_name_is_the_label_and_its_path_where_it_has_none(docker_like, tree):
    config = tree / "hardlink_exporter.yml"
    hard_linked(tree / "plain", 3)
    config.write_text(
        f"roots: [{{path: {docker_like}, name: docker}}, {{path: {tree / 'plain'}}}]\n"
    )
    with exporter.daemon(f"--config.file={config}") as daemon:
        samples = daemon.classic()
        assert samples.labels("hardlink_up", "root") == ["docker", str(tree / "plain")]
        (info, _), *none = samples.all("hardlink_root_info", root="docker")
        assert none == []
        assert info["path"] == str(docker_like)
        assert info["layout"] == "docker-overlay"
        assert info["fstype"] == "ext4"
        assert info["mountpoint"] == str(docker_like.parent)
        assert info["limit_source"] == "kernel"
        assert samples.value("hardlink_layers", root="docker") == 3


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_an_excluded_directory_is_not_entered(docker_like, engine, tree):
    expected = counted(docker_like)
    hard_linked(docker_like / "eeee" / "root", 500)
    config = tree / "hardlink_exporter.yml"
    config.write_text(
        f"roots: [{{path: {docker_like}, name: docker, engine: {engine}, exclude: [eeee]}}]\n"
    )
    with exporter.daemon(f"--config.file={config}") as daemon:
        root = daemon.root("docker")
        assert root["engine"] == engine
        assert root["max_links"] == expected.max_links
        assert root["layers"] == 3
        assert root["names"] == expected.names.total()


# What ends first


def snapshots_of_directories(top):
    """Three snapshots of twenty directories with a file each, on a filesystem of 128 inodes."""
    for number in range(1, 21):
        (top / "01" / f"d{number}").mkdir(parents=True)
        (top / "01" / f"d{number}" / "f").touch()
    for name in ("02", "03"):
        copy(top / "01", top / name)


def copy(source, target, **options):
    return processes.run([processes.program("cp"), "-al", str(source), str(target)], **options)


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_snapshots_end_with_the_inodes_where_those_end_first(engine):
    with loopmount.filesystem("ext4", 8, ["-q", "-b", "1024", "-N", "128"]) as filesystem:
        top = filesystem / "s"
        snapshots_of_directories(top)
        free = os.statvfs(top).f_favail
        root = root_of(top, engine)
        assert (root["first_limit"], root["extractions_remaining"]) == ("inodes", free // 21)
        (inodes,) = [each for each in root["limits"] if each["limit"] == "inodes"]
        assert (inodes["of"], inodes["remaining"], inodes["per_extraction"]) == (128, free, 21)
        assert (inodes["layer"], inodes["path"]) == ("03", None)
        assert root["note"] == (
            f"inodes end first: {128 - free} of 128 used, one more snapshot takes 21")
        line = exporter.run("check", "--engine", engine, top).stdout
        assert f"{free // 21} snapshot left" in line and ", inodes end first" in line
        copy(top / "03", top / "04")
        assert root_of(top, engine)["extractions_remaining"] == 0
        assert copy(top / "04", top / "05", check=False).returncode != 0


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_the_fullest_directory_is_named(ext4, engine):
    top = ext4 / f"fullest-{engine}"
    for number in range(300):
        (top / ".runs" / "r" / f"r{number}").mkdir(parents=True)
    root = root_of(top, engine)
    fullest = root["fullest_directory"]
    assert (fullest["path"], fullest["subdirectories"]) == (".runs/r", 300)
    assert root["hot_directories"][0] == fullest
    assert root["filesystem"]["subdirectory_limit"] == fullest["limit"]
    assert ".runs/r: 300 " in exporter.run("scan", "--engine", engine, top).stdout
    with exporter.daemon(top) as daemon:
        samples = daemon.classic()
        assert samples.value("hardlink_max_subdirectories") == 300
        assert samples.value("hardlink_hot_directory_subdirectories", path=".runs/r") == 300


def test_a_directory_of_btrfs_takes_no_more_names_of_one_file():
    with loopmount.filesystem("btrfs", 256, ["-q", "-f", "-O", "^extref"]) as filesystem:
        directory = filesystem / "d"
        directory.mkdir()
        first = directory / "0000xxxx"
        first.touch()
        with pytest.raises(OSError, match="Too many links"):
            for number in range(1, 65535):
                os.link(first, directory / f"{number:04}xxxx")
        links = first.stat().st_nlink
        root = root_of(filesystem)
        (names,) = [each for each in root["limits"] if each["limit"] == "names_per_directory"]
        assert (names["path"], names["used"], names["of"]) == ("d", links * 18, 16384 - 126)
        assert names["remaining"] < names["per_name"] == 18
        assert root["level"] == "critical"
        assert root["note"].startswith("no more names of one file fit in d")
        os.link(first, filesystem / "elsewhere")


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_what_is_stored_and_what_a_removal_alone_frees_is_the_same_everywhere(ext4, engine):
    top = ext4 / "top"
    for name in ["1", "2"]:
        (top / name).mkdir(parents=True)
    (top / "1" / "big").write_bytes(os.urandom(4 << 20))
    os.link(top / "1" / "big", top / "2" / "big")
    (top / "1" / "own").write_bytes(os.urandom(1 << 20))
    os.sync()
    flags = ["--engine", engine, "--layers=*", top]
    root = exporter.scan_root(*flags)
    assert (root["allocated_bytes"], root["referenced_bytes"]) == (5 << 20, 9 << 20)
    alone = {layer["layer"]: layer["exclusive_bytes"] for layer in root["tightest_layers"]}
    assert alone == {"1": 1 << 20, "2": 0}
    text = exporter.run("scan", "--format=prometheus", *flags).stdout
    samples = exposition.classic(text.encode())
    assert samples.value("hardlink_allocated_bytes") == 5 << 20
    assert samples.value("hardlink_referenced_bytes") == 9 << 20
    for layer, freed in alone.items():
        assert samples.value("hardlink_layer_exclusive_bytes", layer=layer) == freed
    table = exporter.run("scan", *flags).stdout
    assert "  5 MiB stored, 9 MiB as copies: links save 4 MiB\n" in table
    assert "1 holds the most alone: 1 MiB\n" in table
