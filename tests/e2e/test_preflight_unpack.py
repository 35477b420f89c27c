"""`preflight --unpack=DIR`: what it says of a layer is what happens when tar or Podman unpacks the layer there."""

import contextlib
import gzip
import json
import os
import subprocess

import pytest

import exporter
import images
import loopmount
import ocilayout
import processes
import random_images

FITS = {0: True, 1: False, 3: None}
HOT = "ostree/repo/objects"


def unpack(archive, directory, *flags, **options):
    """The JSON answer; its verdict must agree with the exit code."""
    done = exporter.run(
        "preflight", "--format=json", f"--unpack={directory}", *flags, archive, **options
    )
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout)
    assert answer["fits"] is FITS[done.returncode], answer["verdict"]
    word = {True: "yes: ", False: "no: ", None: "cannot be told: "}[answer["fits"]]
    assert answer["verdict"].startswith(word)
    return answer


def extracted(layer, directory):
    """What tar makes of a layer's tar in a new directory, which is returned, and what tar complains about."""
    target = directory / "by-tar"
    target.mkdir()
    (directory / "layer.tar").write_bytes(layer.tar)
    command = [processes.program("tar"), "-xf", directory / "layer.tar", "-C", target]
    done = processes.run(command, check=False)
    assert (done.returncode == 0) == (not done.stderr)
    return target, done.stderr


def names_of(file):
    return sum(1 for each in file.parent.iterdir() if each.samefile(file))


@pytest.fixture(scope="module")
def hot(tmp_path_factory):
    """An image whose second layer has 66,000 names of one file."""
    layer = images.Layer().hard_linked(HOT, 66000).built()
    layers = [*images.thin("below", 1), layer, *images.thin("above", 1)]
    archive = images.write(tmp_path_factory.mktemp("hot") / "image.tar", "bootc:1", layers)
    return archive, layer


# mkfs.xfs makes none below 300 MiB.
@pytest.mark.parametrize("kind, megabytes, mkfs, limit", [
    ("ext4", 256, ["-q"], 65000),
    ("btrfs", 256, ["-q"], 65535),
    ("xfs", 320, ["-q"], None),
])
def test_66000_names_of_one_file_fit_exactly_where_tar_can_make_them(hot, kind, megabytes, mkfs, limit):
    archive, layer = hot
    with loopmount.filesystem(kind, megabytes, mkfs) as directory:
        answer = unpack(archive, directory)
        target, complaints = extracted(layer, directory)
        made = names_of(target / HOT / "000000")
        assert answer["fits"] == (not complaints) == (limit is None)
        assert answer["filesystem"]["type"] == kind
        assert [each["fits"] for each in answer["layers"]] == [True, limit is None, True]
        assert answer["layers"][1]["most_links"] == 66000
        assert answer["layers"][1]["most_links_path"] == f"{HOT}/000000"
        if limit is None:
            assert made == 66000 and answer["layers"][1]["failure"] is None
            return
        assert made == limit
        assert f"{limit:06}" in complaints.splitlines()[0] and "Too many links" in complaints
        assert answer["layers"][1]["failure"] == {
            "path": f"{HOT}/000000", "limit": "links", "needed": 66000, "left": limit
        }
        assert answer["verdict"] == (
            f"no: layer 2 of 3 has 66,000 names of one file, {limit:,} are allowed on {kind}: "
            f"{HOT}/000000"
        )


def test_names_in_one_directory_of_a_btrfs_without_extended_references(tree):
    layer = images.Layer().hard_linked("d", 1100).built()
    # Each directory has names of its own; none has too many.
    first = images.Layer().hard_linked("a", 700)
    spread = first.more_links("b", "a/000000", range(700)).built()
    full = images.write(tree / "full.tar", "full:1", [layer])
    fits = images.write(tree / "fits.tar", "fits:1", [spread])
    with loopmount.filesystem("btrfs", 128, ["-q", "-O", "^extref"]) as directory:
        assert unpack(fits, directory)["fits"] is True
        assert extracted(spread, directory)[1] == ""
        answer = unpack(full, directory)
        (directory / "by-tar").rename(directory / "before")
        target, complaints = extracted(layer, directory)
        assert "Too many links" in complaints
        failure = answer["layers"][0]["failure"]
        assert (failure["limit"], failure["path"]) == ("names_per_directory", "d")
        # Each name has 6 bytes.
        assert names_of(target / "d" / "000000") == failure["left"] // 16
        assert failure["needed"] == 1100 * 16


def varied_layer():
    """A layer of many kinds of files: parents that are missing, long symlinks, files of all sizes, a large directory."""
    layer = images.Layer().hard_linked("var/yum", 300).fifo("run/p").symlink("s", "t")
    layer.symlink("long", "x" * 200).file("etc/empty").file("etc/one", b"1").file("big", b"b" * 300_000)
    for number in range(2000):
        layer.file(f"usr/share/{number % 40}/{number:04}-with-a-longer-name", b"c" * number)
    return layer.built()


@pytest.mark.parametrize("kind, megabytes, mkfs", [("ext4", 256, ["-q"]), ("xfs", 320, ["-q"])])
def test_a_layer_takes_the_inodes_and_at_most_the_space_that_are_said(tree, kind, megabytes, mkfs):
    layer = varied_layer()
    archive = images.write(tree / "image.tar", "a:1", [layer])
    with loopmount.filesystem(kind, megabytes, mkfs) as directory:
        (told,) = unpack(archive, directory)["layers"]
        (directory / "layer.tar").write_bytes(layer.tar)

        def used():
            os.sync()
            now = os.statvfs(directory)
            return now.f_files - now.f_ffree, (now.f_blocks - now.f_bfree) * now.f_frsize

        before = used()
        extracted(layer, directory)
        taken = [after - first for first, after in zip(before, used())]
        if kind == "ext4":
            assert taken[0] == told["inodes"]
        assert told["content_bytes"] <= taken[1] <= told["bytes"]


def test_too_few_inodes_are_a_no_for_one_layer_and_unknown_for_several(tree):
    many = images.Layer()
    for number in range(600):
        many.file(f"d/{number}")
    large = images.write(tree / "large.tar", "large:1", [many.built()])
    several = images.write(tree / "several.tar", "several:1", images.thin("several", 300))
    with loopmount.filesystem("ext4", 16, ["-q", "-N", "512"]) as directory:
        free = os.statvfs(directory).f_ffree
        answer = unpack(large, directory)
        assert answer["verdict"] == f"no: layer 1 of 1 takes 602 inodes, {free} are free"
        assert (answer["layers"][0]["failure"]["limit"], answer["inodes_needed"]) == ("inodes", 602)
        answer = unpack(several, directory)
        assert answer["fits"] is None and all(layer["fits"] for layer in answer["layers"])
        assert f"take 600 inodes, {free} are free" in answer["verdict"]
        assert "only if some of them are there already" in answer["verdict"]
        assert extracted(images.of_bytes(many.built().tar), directory)[1] != ""


def test_too_little_space_is_a_no_for_one_layer_and_unknown_for_several(tree):
    layers = [images.Layer().file(f"{n}", bytes([n]) * (9 << 20)).built() for n in range(2)]
    two = images.write(tree / "two.tar", "two:1", layers)
    one = images.write(tree / "one.tar", "one:1", [images.Layer().file("big", b"x" * (20 << 20)).built()])
    with loopmount.filesystem("ext4", 16, ["-q"]) as directory:
        answer = unpack(one, directory)
        assert (answer["fits"], answer["layers"][0]["failure"]["limit"]) == (False, "space")
        assert answer["verdict"].startswith("no: the files of layer 1 of 1 take 20 MiB, ")
        answer = unpack(two, directory)
        assert answer["fits"] is None and answer["bytes_needed"] > answer["bytes_left"]


def test_the_answer_does_not_depend_on_how_the_image_is_stored(tree):
    layers = [images.Layer().hard_linked("srv", 40).built(), *images.thin("a", 2)]
    plain = images.write(tree / "plain.tar", "a:1", layers)
    with loopmount.filesystem("ext4", 16, ["-q"]) as directory:
        flag = "--link-limit=39"
        expected = unpack(plain, directory, flag)

        def of_layers(answer):
            return answer["fits"], answer["verdict"], [
                {key: value for key, value in layer.items() if key != "image"}
                for layer in answer["layers"]
            ]

        assert expected["fits"] is False
        for path in ocilayout.all_ways(plain, layers, tree):
            assert of_layers(unpack(path, directory, flag)) == of_layers(expected), path
        command = [exporter.binary(), "preflight", "--format=json", f"--unpack={directory}", flag, "-"]
        for content in (plain.read_bytes(), gzip.compress(plain.read_bytes())):
            done = subprocess.run(command, input=content, capture_output=True, check=False)
            assert done.returncode == 1, done.stderr
            assert of_layers(json.loads(done.stdout)) == of_layers(expected)


def test_layers_that_several_images_share_are_counted_once(tree):
    base = images.thin("base", 2)
    archive = images.write_all(
        tree / "image.tar", {"a:1": [*base, *images.thin("a", 1)], "b:1": [*base, *images.thin("b", 2)]}
    )
    layers = unpack(archive, tree)["layers"]
    assert [(each["image"], each["layer"]) for each in layers] == [
        ("a:1", 1), ("a:1", 2), ("a:1", 3), ("b:1", 3), ("b:1", 4)
    ]
    done = exporter.run("preflight", f"--unpack={tree}", archive)
    assert done.returncode == 0
    assert "yes: each of the 5 layers can be unpacked\n" in done.stdout


def test_without_a_link_limit_the_answer_is_unknown_unless_no_file_has_two_names(tree):
    single = images.write(tree / "single.tar", "a:1", images.thin("a", 2))
    linked = images.write(tree / "linked.tar", "b:1", [images.Layer().hard_linked("b", 2).built()])
    assert unpack(single, "/proc")["fits"] is True
    answer = unpack(linked, "/proc")
    assert answer["fits"] is None and "the link limit of proc is not known" in answer["verdict"]
    assert unpack(linked, "/proc", "--link-limit=2")["fits"] is True
    assert unpack(linked, "/proc", "--link-limit=1")["fits"] is False


def test_wrong_usage_is_2_and_what_cannot_be_read_is_3(tree):
    archive = images.write(tree / "image.tar", "a:1", images.thin("a", 2))
    content = archive.read_bytes()
    (tree / "cut.tar").write_bytes(content[: len(content) // 2])
    for code, said, *arguments in [
        (2, "No such file or directory", f"--unpack={tree}/missing", archive),
        (2, "Not a directory", f"--unpack={archive}", archive),
        (2, "--unpack", f"--unpack={tree}", archive, tree),
        (2, "--unpack", "--unpack=", archive),
        (2, "IMAGE is required", f"--unpack={tree}"),
        (3, "cannot be told: image ", f"--unpack={tree}", tree / "missing.tar"),
        (3, "truncated", f"--unpack={tree}", tree / "cut.tar"),
    ]:
        done = exporter.run("preflight", *arguments)
        assert (done.returncode, done.stdout) == (code, ""), (arguments, done.stderr)
        assert said in done.stderr and done.stderr.count("\n") == 1


class Podman:
    """A Podman whose storage is in `directory`."""

    def __init__(self, directory):
        self._storage = directory / "storage"
        self._flags = [
            f"--root={self._storage}", f"--runroot={directory / 'run'}", "--storage-driver=overlay"
        ]
        self._program = processes.program("podman")

    def run(self, *arguments, check=True):
        environment = {**processes.environment(), "TMPDIR": str(self._storage.parent)}
        return processes.run(
            [self._program, *self._flags, *arguments], check=check, env=environment
        )

    def load(self, archive):
        """What Podman complains about; empty if it has loaded the image."""
        done = self.run("load", "--quiet", "--input", str(archive), check=False)
        return "" if done.returncode == 0 else done.stderr

    def save(self, image, form):
        target = self._storage.parent / f"{form}.tar"
        self.run("save", "--quiet", f"--format={form}", "--output", str(target), image)
        return target

    def inodes(self):
        """Inodes in the directories of all layers."""
        found = set()
        for layer in (self._storage / "overlay").glob("*/diff"):
            for directory, below, files in os.walk(layer):
                found.update(os.lstat(os.path.join(directory, each)).st_ino for each in (".", *below, *files))
        return len(found)


@contextlib.contextmanager
def running_podman(directory):
    """Podman mounts its storage on itself, which keeps the filesystem busy."""
    podman = Podman(directory)
    try:
        yield podman
    finally:
        loopmount.unmount(directory / "storage" / "overlay")


def test_podman_loads_exactly_what_fits(hot, tree):
    archive, _ = hot
    with loopmount.filesystem("ext4", 512, ["-q"]) as directory, running_podman(directory) as podman:
        assert unpack(archive, directory)["fits"] is False
        assert "too many links" in podman.load(archive)

        layer = images.Layer().hard_linked(HOT, 65000).symlink("s", "t").removal("own-0").built()
        fits = images.write(tree / "fits.tar", "fits:1", [*images.thin("own", 1), layer])
        answer = unpack(fits, directory)
        assert answer["fits"] is True
        before = podman.inodes()
        assert podman.load(fits) == ""
        assert podman.inodes() - before == answer["inodes_needed"]
        for form in ("docker-archive", "oci-archive"):
            saved = unpack(podman.save("localhost/fits:1", form), directory)
            assert saved["verdict"] == answer["verdict"]
            assert [each["diff_id"] for each in saved["layers"]] == [
                each["diff_id"] for each in answer["layers"]
            ]


def test_what_podman_refuses_cannot_be_told(tree):
    doubtful = {
        "no such file": [images.Layer().file("a"), images.Layer().link("b", "a")],
        "duplicates of file paths": [images.Layer().file("a").file("a", b"1")],
        "file exists": [images.Layer().file("a").removal("a")],
        "not a directory": [images.Layer().file("a").file("a/b")],
    }
    with loopmount.filesystem("ext4", 512, ["-q"]) as directory, running_podman(directory) as podman:
        for said, layers in doubtful.items():
            built = [layer.built() for layer in layers]
            archive = images.write(tree / "image.tar", "a:1", built)
            answer = unpack(archive, directory)
            assert answer["fits"] is None and "not every engine unpacks" in answer["verdict"]
            assert said in podman.load(archive)


def test_podman_loads_the_random_images_that_fit(tree):
    """Most have something on which engines differ."""
    loaded = 0
    with loopmount.filesystem("ext4", 512, ["-q"]) as directory, running_podman(directory) as podman:
        for number in range(300):
            layers = random_images.Generator(f"unpack-{number}").layers()
            built = [random_images.built(each, f"{number}-{n}") for n, each in enumerate(layers)]
            archive = images.write(tree / "image.tar", f"random:{number}", built)
            answer = unpack(archive, directory)
            assert answer["fits"] is not False
            if answer["fits"]:
                before = podman.inodes()
                assert podman.load(archive) == "", (number, layers)
                # Some layers replace what they have made.
                assert podman.inodes() - before <= answer["inodes_needed"], (number, layers)
                loaded += 1
    assert loaded > 15
