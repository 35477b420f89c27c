"""Stores made by the real programs: how they are recognised, and what happens at the limit."""

import contextlib
import functools
import itertools
import json
import os
import pathlib
import tarfile

import pytest

import exporter
import loopmount
import processes
from stores import LIMIT, Program, files, fill, fullest, judged, write

PNPM = pathlib.Path(__file__).parents[2] / "build/deps/pnpm/node_modules/.bin/pnpm"


@pytest.fixture(scope="module")
def ext4():
    with loopmount.filesystem("ext4", 1024) as filesystem:
        yield filesystem


@pytest.fixture
def place(ext4, request):
    """A directory on ext4 for one test."""
    path = ext4 / request.node.name
    path.mkdir()
    return path


# ostree


def repository(place, mode):
    """A repository with one commit, and two checkouts of it beside it."""
    content = write(place / "content", hot="hot", warm="warm", cold="cold")
    top = place / "top"
    top.mkdir()
    ostree = Program(place, "ostree")
    repo = f"--repo={top}/repo"
    ostree("init", repo, f"--mode={mode}")
    ostree("commit", repo, "--branch=main", f"--tree=dir={content}")
    checkout = functools.partial(ostree, "checkout", repo)
    for name in ("blue", "green"):
        checkout("-UH" if mode == "bare-user" else "-H", "main", top / name)
    return top, checkout


@pytest.mark.parametrize("mode", ["bare", "bare-user"])
def test_checkouts_of_ostree_are_layers_and_its_repository_is_none(place, mode):
    top, _ = repository(place, mode)
    root = judged("ostree", top, layers=2, extractions_remaining=LIMIT - 3)
    assert "mode " + mode in root["layout_reason"]
    assert [layer["layer"] for layer in root["tightest_layers"]] != ["repo"]
    assert "repo" not in {layer["layer"] for layer in root["tightest_layers"]}
    assert judged("ostree", top / "repo")["advice"] == root["advice"]


def test_ostree_copies_a_full_object_unless_it_is_told_to_link(place):
    top, checkout = repository(place, "bare-user")
    fill(top / "blue" / "hot", place / "elsewhere")
    failed = checkout("-UH", "main", top / "red", check=False)
    assert failed.returncode != 0 and "Too many links" in failed.stderr
    checkout("-U", "main", top / "pink")
    assert (top / "pink" / "hot").stat().st_nlink == 1
    assert (top / "pink" / "warm").stat().st_nlink > 3


def test_an_archive_of_ostree_has_no_links_to_its_checkouts(place):
    content = write(place / "content", a="a", b="b")
    ostree = Program(place, "ostree")
    repo = f"--repo={place}/repo"
    ostree("init", repo, "--mode=archive")
    ostree("commit", repo, "--branch=main", f"--tree=dir={content}")
    ostree("checkout", repo, "-U", "main", place / "one")
    assert exporter.scan_root(place)["tool"] == "none"


def test_deployments_of_ostree_are_layers(place):
    """Two deployments of an operating system, at the paths of `ostree admin`."""
    ostree = Program(place, "ostree")
    sysroot = place / "sysroot"
    sysroot.mkdir()
    ostree("admin", "init-fs", sysroot)
    ostree("admin", "os-init", f"--sysroot={sysroot}", "test")
    repo = f"--repo={sysroot}/ostree/repo"
    deploy = sysroot / "ostree" / "deploy" / "test" / "deploy"
    for text in ("one", "two"):
        content = write(place / text, a="a", b="b", c="c", changed=text)
        ostree("commit", repo, "--branch=test", f"--tree=dir={content}")
        commit = ostree("rev-parse", repo, "test").stdout.strip()
        deploy.mkdir(exist_ok=True)
        ostree("checkout", repo, commit, deploy / f"{commit}.0")
    judged("ostree", sysroot, layers=2)


# flatpak


class Flatpak:
    def __init__(self, place):
        self.user = place / "user"
        self._place = place
        self._run = Program(place, "flatpak", FLATPAK_USER_DIR=str(self.user))
        self._arch = self._run("--default-arch").stdout.strip()
        (self.user).mkdir()
        self._export("Platform", "runtime", "usr", "--runtime", shared="shared", own="runtime")
        for app in ("One", "Two"):
            self._export(app, "app", "files", shared="shared", again="shared", own=app)
        self._run("build-update-repo", place / "remote")
        remote = f"file://{place}/remote"
        self._run("--user", "remote-add", "--no-gpg-verify", "local", remote)

    def _export(self, name, kind, directory, *flags, **contents):
        source = write(self._place / name / directory, **contents).parent
        (source / "files").mkdir(exist_ok=True)
        (source / "export").mkdir()
        runtime = f"org.test.Platform/{self._arch}/1"
        title = "Runtime" if kind == "runtime" else "Application"
        (source / "metadata").write_text(
            f"[{title}]\nname=org.test.{name}\nruntime={runtime}\nsdk={runtime}\n"
        )
        self._run("build-export", *flags, self._place / "remote", source, "1")

    def install(self, app):
        self._run("--user", "install", "-y", "--noninteractive", "local", f"org.test.{app}")

    def uninstall(self, app):
        self._run("--user", "uninstall", "-y", "--noninteractive", f"org.test.{app}")
        self._run("--user", "uninstall", "-y", "--noninteractive", "--unused")


def test_flatpaks_apps_use_its_repository_and_a_full_object_is_copied(place):
    flatpak = Flatpak(place)
    flatpak.install("One")
    # The file has two names in the app, one in the runtime, and one in the repository.
    root = judged("flatpak", flatpak.user, links_per_user=2, max_links=4)
    assert root["advice"] == "flatpak uninstall --unused"
    hot = fullest(flatpak.user)
    fill(hot, place / "elsewhere")
    flatpak.install("Two")
    apart = [path for path in files(flatpak.user / "app" / "org.test.Two") if path.name in ("shared", "again")]
    assert [path.stat().st_nlink for path in apart] == [1, 1]
    for path in (place / "elsewhere").iterdir():
        path.unlink()
    flatpak.uninstall("Two")
    flatpak.uninstall("One")
    assert exporter.scan_root(flatpak.user)["max_links"] < 4


# Nix


class Nix:
    def __init__(self, place):
        write(place / "etc")
        store = ["--store", f"local?root={place}/root", "--option", "build-users-group", ""]
        environment = {"NIX_CONF_DIR": str(place / "etc")}
        self._place = place
        self._store = Program(place, "nix-store", *store, **environment)
        self._collect = Program(place, "nix-collect-garbage", *store, **environment)
        self.path = place / "root" / "nix" / "store"

    def add(self, name, **contents):
        self._store("--add", write(self._place / name, **contents))

    def optimise(self):
        return self._store("--optimise")

    def collect(self):
        self._collect()


SIX = {f"icon{number}": "icon" for number in range(6)}


def test_a_store_of_nix_leaves_a_file_apart_at_the_limit(place):
    nix = Nix(place)
    for name in ("one", "two", "three"):
        nix.add(name, **SIX, own=name)
    nix.optimise()
    for root in (nix.path, nix.path.parent, place / "root"):
        root = judged("nix", root, links_per_user=6, max_links=19)
        assert "nix-collect-garbage" in root["advice"]
    hot = fullest(nix.path / ".links")
    fill(hot, place / "elsewhere", room=2)
    nix.add("four", **SIX)
    assert "maximum number of links" in nix.optimise().stderr
    assert hot.stat().st_nlink == LIMIT
    (four,) = nix.path.glob("*-four")
    assert sorted(path.stat().st_nlink for path in files(four)) == [1] * 4 + [LIMIT] * 2
    nix.collect()
    assert hot.stat().st_nlink < LIMIT - 19


# pnpm


class Pnpm:
    """Projects that need one package, in which nine files have the same content."""

    def __init__(self, place):
        if not PNPM.exists():
            processes.skip("pnpm is not there: `scripts/deps.sh --tests e2e.farms_stores` installs it")
        self._place = place
        self.path = place / "tree"
        contents = {f"f{number}.js": "same" for number in range(9)}
        package = json.dumps({"name": "twins", "version": "1.0.0"})
        write(place / "package", **contents, **{"package.json": package})
        self._tarball = place / "twins-1.0.0.tgz"
        with tarfile.open(self._tarball, "w:gz") as tarball:
            tarball.add(place / "package", "package")

    def install(self, name):
        needs = {"dependencies": {"twins": f"file:{self._tarball}"}}
        project = write(self.path / name, **{"package.json": json.dumps(needs)})
        pnpm = Program(project, str(PNPM))
        pnpm("install", "--offline", "--store-dir", self.path / ".pnpm-store")
        return project


def test_projects_use_the_store_of_pnpm_and_a_full_file_is_copied(place):
    pnpm = Pnpm(place)
    pnpm.install("one")
    two = pnpm.install("two")
    root = judged("pnpm", pnpm.path, links_per_user=9, max_links=19)
    assert root["advice"] == "pnpm store prune"
    fill(fullest(pnpm.path), place / "elsewhere", room=4)
    three = pnpm.install("three")
    same = [path.stat().st_nlink for path in files(three) if path.suffix == ".js"]
    assert sorted(same) == [1] * 5 + [LIMIT] * 4
    # Projects name their store by an absolute path. Only its last two components must match, so that a moved tree
    # is recognised.
    moved = pnpm.path.rename(place / "moved")
    root = exporter.scan_root(moved)
    assert (root["tool"], root["links_per_user"]) == ("pnpm", 9)
    assert two.name in os.listdir(moved)


# containers-storage


def test_buildahs_layers_are_a_store(place):
    """Its overlay driver mounts layers on top of each other, so no file has names in two layers."""
    config = place / "storage.conf"
    config.write_text(
        f'[storage]\ndriver="overlay"\ngraphroot="{place}/storage"\nrunroot="{place}/run"\n'
    )
    content = write(place / "content", a="a", b="b")
    os.link(content / "a", content / "again")
    buildah = Program(place, "buildah", CONTAINERS_STORAGE_CONF=str(config))
    container = buildah("from", "scratch").stdout.strip()
    buildah("add", container, content, "/")
    buildah("commit", "--rm", container, "image")
    root = judged("containers-storage", place / "storage", max_links=2)
    assert root["advice"] == "podman image prune"
    assert judged("containers-storage", place)["max_links"] == 2


# GlusterFS


@contextlib.contextmanager
def volume(brick, directory):
    """A mounted volume with one brick: GlusterFS's storage translator and its FUSE bridge."""
    if not os.path.exists("/dev/fuse"):
        processes.skip("needs /dev/fuse")
    volfile = directory / "brick.vol"
    volfile.write_text(
        f"volume brick\n  type storage/posix\n  option directory {brick}\nend-volume\n"
    )
    target = directory / "mnt"
    target.mkdir()
    glusterfs = processes.start([
        processes.program("glusterfs"), "--no-daemon", f"--volfile={volfile}",
        f"--log-file={directory}/log", str(target),
    ])  # fmt: skip
    try:
        processes.eventually(lambda: os.path.ismount(target), "GlusterFS is mounted")
        yield target
    finally:
        loopmount.unmount(target)
        processes.terminate(glusterfs)


def test_a_brick_of_glusterfs_has_the_limit_of_its_volume(tmp_path):
    # On ext4, an inode of 256 bytes has room for the attributes of about fifty links only.
    with loopmount.filesystem("xfs", 512) as filesystem:
        brick = filesystem / "brick"
        brick.mkdir()
        with volume(brick, tmp_path) as mounted:
            write(mounted / "a", file="x")
            file = mounted / "a" / "file"
            for number in range(49):
                os.link(file, mounted / "a" / str(number))
            root = judged("glusterfs", brick, max_links=51, headroom_links=50)
            assert root["filesystem"]["link_limit"] == 101
            assert root["filesystem"]["link_limit_source"] == "tool"
            path = fullest(brick)
            explained = json.loads(exporter.run(
                "explain", "--format=json", f"--root={brick}", path).stdout)  # fmt: skip
            assert explained["file"]["headroom_links"] == 50
            assert explained["filesystem"]["link_limit"] == 101
            assert explained["filesystem"]["link_limit_source"] == "tool"
            with pytest.raises(OSError, match="Too many links"):
                for number in itertools.count(49):
                    os.link(file, mounted / "a" / str(number))
            assert file.stat().st_nlink == 100
            judged("glusterfs", brick, max_links=101, headroom_links=0)


# Git


def test_clones_of_git_share_their_packs_and_have_no_layers(place):
    git = Program(place, "git", "-c", "user.name=x", "-c", "user.email=x", "-c", "gc.auto=0")
    top = place / "top"
    write(top / "first", a="a", b="b")
    git("init", "-q", top / "first")
    git("-C", top / "first", "add", ".")
    git("-C", top / "first", "commit", "-qm", "x")
    git("clone", "-q", top / "first", top / "second")
    git("clone", "-q", "--bare", top / "first", top / "bare.git")
    judged("git", top, "none", max_links=3)
    git("-C", top / "first", "repack", "-qad")
    git("clone", "-q", "--bare", top / "first", top / "third.git")
    for path in (top / "third.git", top / "first"):
        judged("git", path, "none", max_links=2)
    fill(fullest(top / "first" / ".git" / "objects" / "pack"), place / "elsewhere")
    git("clone", "-q", top / "first", top / "fourth")
    assert max(path.stat().st_nlink for path in files(top / "fourth")) < LIMIT
    failed = git("clone", "-q", "--local", top / "first", top / "fifth", check=False)
    assert failed.returncode != 0 and "Too many links" in failed.stderr


def test_a_repository_of_git_that_shares_nothing_is_no_farm(place):
    git = Program(place, "git", "-c", "user.name=x", "-c", "user.email=x")
    write(place / "one", a="a")
    git("init", "-q", place / "one")
    git("-C", place / "one", "add", ".")
    git("-C", place / "one", "commit", "-qm", "x")
    git("clone", "-q", "--no-hardlinks", place / "one", place / "two")
    assert exporter.scan_root(place)["tool"] == "none"
