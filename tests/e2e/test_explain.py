"""explain on trees made by the real tools, compared with stat, find and system calls."""

import json
import os
import pathlib
import re
import subprocess
import time

import pytest

import census
import dockerd
import exporter
import images
import loopmount
import processes
import trees

YUMDB = "var/lib/yum/yumdb"
CHECKSUM_TYPE = f"{YUMDB}/000000"
NAMES = 197


def explain(*arguments, **options):
    """Runs `explain --format=json`, which must succeed; returns the parsed answer."""
    done = exporter.run("explain", "--format=json", *arguments, **options)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)


def refused(*arguments, code=1):
    """The one-line message with which explain fails."""
    done = exporter.run("explain", *arguments)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def listed(path):
    """Inode and link count by `ls -li`."""
    fields = processes.run(["/bin/ls", "-lid", str(path)]).stdout.split()
    return int(fields[0]), int(fields[2])


def found(directory, inode):
    """The number of names of an inode, by `find DIRECTORY -xdev -inum N`."""
    command = ["/usr/bin/find", str(directory), "-xdev", "-inum", str(inode), "-printf", "."]
    return len(processes.run(command).stdout)


def check_against_find(answer, path):
    """Compares an answer that counts all names of a file with stat and find."""
    inode, links = listed(path)
    assert answer["file"]["inode"] == inode
    assert answer["file"]["links"] == links
    names = answer["names"]
    root = answer["root"]
    assert names["in_root"] == found(root, inode)
    assert names["outside_root"] == links - names["in_root"]
    places = ("in_layers", "in_unfinished_layers", "elsewhere_in_root")
    assert sum(names[place] for place in places) == names["in_root"]
    return names


def groups(names):
    return {(group["layers"], group["names"]) for group in names["groups"]}


# Docker


@pytest.fixture(scope="module")
def docker():
    with loopmount.filesystem("ext4", 1024, mkfs=["-N", "200000"]) as data_root:
        with dockerd.running(data_root) as running:
            base = images.Layer().hard_linked(YUMDB, NAMES).file("etc/motd", b"hello").built()
            more = images.Layer().more_links("srv", CHECKSUM_TYPE, range(3)).built()
            running.load("app:1", [base, *images.thin("one", 20)])
            running.load("app:2", [base, *images.thin("two", 10), more])
            yield running


@pytest.fixture
def layers(docker):
    return census.docker_layers(docker.overlay)


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_one_call_explains_dockers_file_as_ls_and_find_do(docker, layers, engine):
    path = next(iter(layers.values())) / CHECKSUM_TYPE
    answer = explain("--engine", engine, path)
    assert answer["file"]["kind"] == "regular file"
    assert answer["filesystem"]["link_limit"] == 65000
    assert answer["root"] == str(docker.overlay)
    names = check_against_find(answer, path)
    assert (names["layout"], names["engine"]) == ("docker-overlay", engine)
    assert names["layers"] == names["all_layers"] == len(layers) == 32
    assert groups(names) == {(31, NAMES), (1, NAMES + 3)}
    links = answer["file"]["links"]
    assert answer["file"]["headroom_links"] == 65000 - links
    assert names["tightest"]["links_per_extraction"] == NAMES + 3
    assert names["tightest"]["extractions_remaining"] == (65000 - links) // (NAMES + 3)


def test_images_and_containers_behind_the_layers_are_named(docker, layers):
    container = docker.command("create", "--name=web", "app:2", "/bin/true").stdout.strip()
    try:
        names = explain(next(iter(layers.values())) / CHECKSUM_TYPE)["names"]
        held = {tag: (image["layers"], image["links"]) for image in names["images"] for tag in image["tags"]}
        assert held == {"app:1": (21, 21 * NAMES), "app:2": (12, 12 * NAMES + 3)}
        (web,) = [entry for entry in names["containers"] if entry["id"] == container]
        assert (web["name"], web["state"], web["image"]) == ("web", "created", "app:2")
        text = exporter.run("explain", next(iter(layers.values())) / CHECKSUM_TYPE).stdout
        assert re.search(r"app:1\n", text)
        assert re.search(r"created +web +app:2\n", text)
    finally:
        docker.command("rm", "web")


def test_names_in_a_container_are_in_the_root_and_in_no_layer(docker, layers):
    path = next(iter(layers.values())) / CHECKSUM_TYPE
    upper = docker.overlay / "feed" / "upper"
    upper.mkdir(parents=True)
    outside = docker.overlay.parent / "outside"
    os.link(path, upper / "kept")
    os.link(path, outside)
    try:
        names = check_against_find(explain(path), path)
        assert (names["elsewhere_in_root"], names["outside_root"]) == (1, 1)
        for root in (docker.overlay, docker.overlay.parent):
            answer = explain("--root", root, outside)
            assert answer["root"] == str(docker.overlay)
            assert answer["names"]["in_root"] == names["in_root"]
    finally:
        (upper / "kept").unlink()
        upper.rmdir()
        upper.parent.rmdir()
        outside.unlink()


def unfinished(overlay):
    return [str(path.relative_to(overlay)) for path in overlay.glob("*/tmproot*")]


def test_a_killed_docker_load_leaves_a_directory_that_is_no_layer():
    with loopmount.filesystem("ext4", 1024, mkfs=["-N", "200000"]) as data_root:
        base = images.Layer().hard_linked(YUMDB, NAMES)
        # So large that the test can kill Docker while it extracts the layers above.
        for number in range(3000):
            base.file(f"usr/{number}", b"x")
        base = base.built()
        with dockerd.running(data_root) as docker:
            docker.load("app:1", [base])
            before = census.docker_layers(docker.overlay)
            docker.kill_while_loading(
                "app:2",
                [base, *images.thin("two", 40)],
                lambda: any(
                    pathlib.Path(path, CHECKSUM_TYPE).exists()
                    for path in docker.overlay.glob("*/tmproot*")
                ),
            )
            left = unfinished(docker.overlay)
            assert left, "nothing was left over"
            path = next(iter(before.values())) / CHECKSUM_TYPE
            answer = explain(path)
            names = check_against_find(answer, path)
            inode = answer["file"]["inode"]
            assert names["unfinished_layers"] == left
            assert names["in_unfinished_layers"] == sum(
                found(docker.overlay / each, inode) for each in left
            )
            assert names["in_unfinished_layers"] > 0
            assert names["all_layers"] == len(census.docker_layers(docker.overlay))
            text = exporter.run("explain", path).stdout
            assert "in layers that are being made or were left over by a failure" in text


# Snapshots, by the tools that make them


@pytest.fixture
def rsnapshot(ext4):
    """rsnapshot's tree after four rotations of a source that has hard links itself."""
    program = processes.program("rsnapshot")
    source = ext4 / "source"
    (source / "etc").mkdir(parents=True)
    (source / "etc/passwd").write_bytes(b"root")
    for number in range(4):
        os.link(source / "etc/passwd", source / f"etc/passwd.{number}")
    config = ext4 / "rsnapshot.conf"
    lines = [
        ["config_version", "1.2"],
        ["snapshot_root", f"{ext4}/snapshots/"],
        ["cmd_cp", "/bin/cp"],
        ["cmd_rm", "/bin/rm"],
        ["cmd_rsync", processes.program("rsync")],
        ["link_dest", "1"],
        ["rsync_short_args", "-aH"],
        ["retain", "daily", "7"],
        ["lockfile", f"{ext4}/rsnapshot.pid"],
        ["backup", f"{source}/", "localhost/"],
    ]
    config.write_text("".join("\t".join(line) + "\n" for line in lines))
    for _ in range(4):
        processes.run([program, "-c", str(config), "daily"])
    return ext4 / "snapshots"


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_rsnapshots_tree_is_recognised_and_its_layers_are_called_snapshots(rsnapshot, engine):
    (path,) = (rsnapshot / "daily.0").rglob("passwd")
    answer = explain("--engine", engine, path)
    assert answer["root"] == str(rsnapshot)
    names = check_against_find(answer, path)
    assert names["layout"] == "snapshots"
    assert groups(names) == {(4, 5)}
    assert names["outside_root"] == 0
    assert len(names["paths"]) == 10
    assert len(explain("--paths=99", path)["names"]["paths"]) == 20
    text = exporter.run("explain", path).stdout
    assert "20 in 4 snapshots of 4" in text
    assert "takes 5 more links of this file" in text
    assert "more layer" not in text


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_ostree_checkouts_share_files_with_their_repository(ext4, engine):
    program = processes.program("ostree")
    content = ext4 / "content/usr/bin"
    content.mkdir(parents=True)
    (content / "tool").write_bytes(b"#!/bin/sh\n")
    repo = ext4 / "repo"

    def ostree(*words):
        environment = {**processes.environment(), "HOME": str(ext4)}
        processes.run([program, f"--repo={repo}", *map(str, words)], env=environment)

    ostree("init", "--mode=bare")
    ostree("commit", "--branch=main", f"--tree=dir={ext4}/content")
    deploy = ext4 / "deploy"
    deploy.mkdir()
    for number in range(3):
        ostree("checkout", "-H", "main", deploy / f"{number}")
    path = deploy / "0/usr/bin/tool"
    assert path.stat().st_nlink == 4
    answer = explain("--engine", engine, path)
    assert answer["root"] == str(deploy)
    names = check_against_find(answer, path)
    assert groups(names) == {(3, 1)}
    assert names["outside_root"] == 1
    stored = explain("--engine", engine, "--root", repo / "objects", path)["names"]
    assert (stored["in_root"], stored["outside_root"]) == (1, 3)


# Any file


def test_a_file_with_one_name_is_explained_without_a_count(tree):
    (tree / "alone").write_bytes(b"x")
    answer = explain(tree / "alone")
    assert answer["file"]["links"] == 1
    assert (answer["root"], answer["names"]) == (None, None)


def test_names_anywhere_on_the_filesystem_are_found(ext4):
    (ext4 / "a/b").mkdir(parents=True)
    (ext4 / "a/b/file").write_bytes(b"x")
    os.link(ext4 / "a/b/file", ext4 / "elsewhere")
    answer = explain(ext4 / "a/b/file")
    assert answer["root"] == str(ext4)
    assert answer["names"]["layout"] == "none"
    assert answer["names"]["paths"] == ["elsewhere", "a/b/file"]
    assert check_against_find(answer, ext4 / "a/b/file")["elsewhere_in_root"] == 2


def test_a_symbolic_link_is_explained_itself(ext4):
    (ext4 / "file").write_bytes(b"x")
    os.symlink("file", ext4 / "link")
    os.link(ext4 / "link", ext4 / "same", follow_symlinks=False)
    answer = explain(ext4 / "link")
    assert (answer["file"]["kind"], answer["file"]["target"]) == ("symbolic link", "file")
    assert check_against_find(answer, ext4 / "link")["in_root"] == 2
    assert answer["names"]["tightest"] is None


def test_a_directory_is_explained_by_its_subdirectories(ext4):
    for number in range(3):
        (ext4 / f"d/{number}").mkdir(parents=True)
    answer = explain(ext4 / "d")
    assert answer["file"]["kind"] == "directory"
    assert answer["file"]["subdirectories"] == 3
    assert answer["file"]["headroom_links"] is None


def test_a_name_with_control_characters_does_not_move_the_cursor(ext4):
    weird = os.fsencode(ext4) + b"/\x1b[31m\n\xff"
    with open(weird, "wb"):
        pass
    os.link(weird, ext4 / "plain")
    done = exporter.run("explain", os.fsdecode(weird))
    assert done.returncode == 0
    assert r"\x1b[31m\n\xff" in done.stdout
    assert "\x1b" not in done.stdout
    assert r"\xff" in explain(ext4 / "plain")["names"]["paths"][0]


def test_a_relative_path_through_a_link_to_a_directory_works(ext4):
    (ext4 / "real").mkdir()
    (ext4 / "real/file").write_bytes(b"x")
    os.link(ext4 / "real/file", ext4 / "other")
    os.symlink("real", ext4 / "through")
    answer = explain("through/file", cwd=ext4)
    assert answer["file"]["path"] == str(ext4 / "real/file")
    assert answer["names"]["in_root"] == 2


def test_a_file_seen_through_a_bind_mount_has_its_names_below_that(ext4, tree):
    (ext4 / "shared/deep").mkdir(parents=True)
    (ext4 / "shared/deep/file").write_bytes(b"x")
    os.link(ext4 / "shared/deep/file", ext4 / "shared/other")
    os.link(ext4 / "shared/deep/file", ext4 / "not-mounted")
    seen = tree / "seen"
    seen.mkdir()
    with loopmount.mounted(["--bind", str(ext4 / "shared")], seen):
        answer = explain(seen / "deep/file")
        assert answer["root"] == str(seen)
        assert check_against_find(answer, seen / "deep/file")["outside_root"] == 1


def test_a_file_on_an_overlay_is_explained_on_the_filesystem_below(ext4, tree):
    for name in ("lower", "upper", "work"):
        (ext4 / name).mkdir()
    (ext4 / "upper/file").write_bytes(b"x")
    os.link(ext4 / "upper/file", ext4 / "upper/same")
    options = f"lowerdir={ext4}/lower,upperdir={ext4}/upper,workdir={ext4}/work"
    merged = tree / "merged"
    merged.mkdir()
    with loopmount.mounted(["-t", "overlay", "-o", options, "overlay"], merged):
        answer = explain(merged / "file")
        assert answer["root"] == str(merged)
        below = explain(ext4 / "upper/file")["filesystem"]
        assert answer["filesystem"]["link_limit"] == below["link_limit"]
        assert check_against_find(answer, merged / "file")["in_root"] == 2


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_names_that_change_during_explain_are_no_error(ext4, engine):
    first = trees.hard_linked(ext4 / "root/quiet", 2000)
    busy = ext4 / "root/busy"
    busy.mkdir()

    def come_and_go():
        for number in range(200):
            os.link(first, busy / str(number))
        for number in range(200):
            (busy / str(number)).unlink()

    with processes.again_and_again(come_and_go):
        for _ in range(5):
            answer = explain(f"--engine={engine}", first)
            names = answer["names"]
            assert 2000 <= names["in_root"] <= 2200
            assert names["elsewhere_in_root"] + names["in_layers"] == names["in_root"]


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_a_file_removed_during_explain_is_explained_or_missing(ext4, engine):
    trees.hard_linked(ext4 / "root/quiet", 20000)
    first = ext4 / "root/first"
    ends = []
    for _ in range(5):
        first.write_bytes(b"x")
        os.link(first, ext4 / "root/second")
        with subprocess.Popen(
            [exporter.binary(), "explain", f"--engine={engine}", first],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=processes.environment(),
        ) as process:
            time.sleep(0.002 * len(ends))
            first.unlink()
            (ext4 / "root/second").unlink()
            output, errors = process.communicate(timeout=60)
        ends.append(process.returncode)
        if process.returncode != 0:
            assert (process.returncode, output) == (1, "")
            assert errors.count("\n") == 1 and "No such file" in errors, errors
    assert set(ends) <= {0, 1}


def test_explain_prints_one_line_for_a_file_it_cannot_explain(ext4, tree):
    assert "No such file" in refused(ext4 / "missing")
    assert "No such file" in refused(ext4 / "missing/file")
    (ext4 / "file").write_bytes(b"x")
    os.link(ext4 / "file", ext4 / "same")
    assert "No such file" in refused("--root", ext4 / "missing", ext4 / "file", code=2)
    assert "is not on the filesystem of" in refused("--root", "/proc", ext4 / "file")
