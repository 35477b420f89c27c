"""The verdict of preflight on an image, compared with a real Docker that loads it."""

import collections
import gzip
import io
import json
import os
import re
import tarfile

import pytest

import census
import dockerd
import exporter
import images
import loopmount
import ocilayout
import processes
import random_images

LIMIT = 65000
YUMDB = "var/lib/yum/yumdb"
NAMES = 197


@pytest.fixture(scope="module")
def running():
    # More inodes than mkfs would give: each directory of each layer is one.
    with loopmount.filesystem("ext4", 2048, mkfs=["-N", "400000"]) as data_root:
        with dockerd.running(data_root) as docker:
            yield docker


def remove_all(running, but=()):
    for tag in running.tags() - set(but):
        running.remove(tag)


@pytest.fixture
def docker(running):
    """A Docker without images."""
    remove_all(running)
    yield running
    remove_all(running)


def preflight(archive, where, *flags):
    """The JSON answer, with the exit code that goes with it."""
    done = exporter.run("preflight", "--format=json", *flags, archive, where)
    assert done.returncode in (0, 1) and done.stdout, done.stderr
    answer = json.loads(done.stdout)
    assert answer["fits"] == (done.returncode == 0)
    return answer


def the_image(answer):
    (image,) = answer["images"]
    return image


def load(docker, archive, check=True):
    return docker.command("load", "--quiet", "--input", str(archive), check=check)


def check_against_docker(docker, archive):
    """Asks for a verdict and then loads the archive: both must say the same, down to the name that
    fails. Returns the answer."""
    answer = preflight(archive, docker.overlay)
    loaded = load(docker, archive, check=False)
    assert answer["fits"] == (loaded.returncode == 0), (answer["verdict"], loaded.stderr)
    failure = answer["images"][-1]["failure"]
    if failure and failure["links_needed"]:
        assert "too many links" in loaded.stderr
        assert f"/{failure['path']}:" in loaded.stderr
    if answer["fits"]:
        root = exporter.scan_root(docker.overlay)
        after = answer["root_extractions_remaining_after"]
        margin = root["extractions_remaining"]
        # What Docker's own files will take of inodes and space is known to a few blocks.
        assert abs(margin - after) <= (0 if root["first_limit"] == "links" else margin * 0.01)
    return answer


def yum_base():
    return images.Layer().hard_linked(YUMDB, NAMES).file("etc/motd", b"hello").built()


FILLED = {"app:1": 120, "app:2": 120, "app:3": 60}


@pytest.fixture
def filled(running):
    """301 layers on one base, as 121 + 120 + 60: room for 28 more. They take long to load, and stay
    for the next test."""
    base = yum_base()
    for tag in FILLED.keys() - running.tags():
        running.load(tag, [base, *images.thin(tag[-1], FILLED[tag])])
    yield running, base, (LIMIT - 301 * NAMES) // NAMES
    remove_all(running, but=FILLED)


def test_the_verdict_is_dockers_at_the_boundary(filled, tmp_path):
    docker, base, margin = filled
    assert margin == 28
    archive = tmp_path / "image.tar"

    images.write(archive, "app:4", [base, *images.thin("4", margin + 1)])
    refused = check_against_docker(docker, archive)
    image = the_image(refused)
    assert (image["layers"], image["present_layers"], image["new_layers"]) == (30, 1, 29)
    assert image["extractions_remaining_before"] == margin
    assert image["fitting_layers"] == margin
    left = LIMIT - (301 + margin) * NAMES
    assert image["failure"]["links_needed"] == NAMES
    assert image["failure"]["links_left"] == left
    assert refused["verdict"].startswith(
        f"no: layer 29 of 29 new ones would need {NAMES} links of root/{YUMDB}/"
    )

    images.write(archive, "app:5", [base, *images.thin("5", margin)])
    accepted = check_against_docker(docker, archive)
    assert the_image(accepted)["extractions_remaining_after"] == 0
    assert accepted["root_extractions_remaining_after"] == 0

    # Once it is there, nothing of it is new; for what shares its layers half-way down, no room.
    again = preflight(archive, docker.overlay)
    assert again["verdict"] == "yes: all its layers are there already"
    half = images.write(
        tmp_path / "half.tar",
        "app:6",
        [base, *images.thin("5", margin)[:14], *images.thin("6", 1)],
    )
    image = the_image(check_against_docker(docker, half))
    assert (image["present_layers"], image["new_layers"], image["fitting_layers"]) == (15, 1, 0)
    deepest = docker.overlay / image["deepest_present"] / "root"
    assert (deepest / "5-13").exists() and not (deepest / "5-14").exists()

    # An image that shares nothing has the whole of the limit.
    other = images.write(
        tmp_path / "other.tar",
        "other:1",
        [images.Layer().hard_linked("srv", 500).built(), *images.thin("other", 20)],
    )
    image = the_image(check_against_docker(docker, other))
    assert (image["present_layers"], image["extractions_remaining_before"]) == (0, None)
    assert image["extractions_remaining_after"] == (LIMIT - 21 * 500) // 500


def test_layers_that_remove_or_replace_the_hot_file_make_room_for_more(filled, tmp_path):
    docker, base, margin = filled
    archive = tmp_path / "image.tar"
    # The whiteout is applied after all has been linked: it takes the links of one more layer.
    dropping = images.Layer().removal("var").file("etc/issue", b"small").built()
    images.write(archive, "small:1", [base, dropping, *images.thin("small", margin + 10)])
    image = the_image(check_against_docker(docker, archive))
    assert image["fitting_layers"] == margin + 11

    # Replaced name by name, with what is linked again to the file that replaced it.
    swapped = images.Layer().hard_linked(YUMDB, NAMES // 2).built()
    images.write(archive, "swap:1", [base, swapped, *images.thin("swap", 50)])
    check_against_docker(docker, archive)

    # An opaque directory keeps what its own layer has unpacked before it.
    opaque = images.Layer().file(f"{YUMDB}/kept").file(f"{YUMDB}/.wh..wh..opq")
    images.write(archive, "opaque:1", [base, opaque.built(), *images.thin("opaque", 60)])
    check_against_docker(docker, archive)


def test_links_to_a_file_of_a_layer_below_count(filled, tmp_path):
    docker, base, _ = filled
    archive = tmp_path / "image.tar"
    # 200 names more of the inode whose links are nearly used up, and then layers of 397.
    more = images.Layer().more_links("srv", f"{YUMDB}/000000", range(200)).built()
    images.write(archive, "more:1", [base, more, *images.thin("more", 20)])
    image = the_image(check_against_docker(docker, archive))
    assert image["failure"]["links_needed"] == NAMES + 200
    images.write(archive, "more:2", [base, more, *images.thin("more", 10)])
    check_against_docker(docker, archive)


def test_an_image_can_exhaust_a_file_by_itself(docker, tmp_path):
    archive = tmp_path / "image.tar"
    images.write(archive, "huge:1", [images.Layer().hard_linked("srv", LIMIT + 5).built()])
    failure = the_image(check_against_docker(docker, archive))["failure"]
    assert failure["path"] == f"srv/{LIMIT:06}"

    base = images.Layer().hard_linked("srv", 700).built()
    images.write(archive, "tall:1", [base, *images.thin("tall", 92)])
    image = the_image(check_against_docker(docker, archive))
    assert (image["present_layers"], image["fitting_layers"]) == (0, 92)
    images.write(archive, "tall:2", [base, *images.thin("tall", 91)])
    image = the_image(check_against_docker(docker, archive))
    assert image["extractions_remaining_after"] == 0


def test_docker_makes_no_more_than_125_layers_of_an_image(docker, tmp_path):
    archive = tmp_path / "image.tar"
    layers = images.thin("deep", 126)
    images.write(archive, "deep:1", layers)
    assert "125" in check_against_docker(docker, archive)["verdict"]
    images.write(archive, "deep:2", layers[:125])
    check_against_docker(docker, archive)


def test_two_images_in_one_archive_are_loaded_one_after_the_other(filled, tmp_path):
    docker, base, margin = filled
    first = [base, *images.thin("first", margin - 8)]
    fork = [*first[:5], *images.thin("second", 9)]
    answer = check_against_docker(
        docker, images.write_all(tmp_path / "no.tar", {"first:1": first, "second:1": fork})
    )
    assert [image["fits"] for image in answer["images"]] == [True, False]
    assert answer["images"][1]["shared_layers"] == 4
    assert answer["images"][1]["fitting_layers"] == 8
    # Docker keeps the first one.
    docker.remove("first:1")
    answer = check_against_docker(
        docker, images.write_all(tmp_path / "yes.tar", {"first:1": first, "second:1": fork[:-1]})
    )
    assert answer["images"][1]["extractions_remaining_before"] == 8


def test_names_that_lead_through_symlinks_and_links_to_special_files(docker, tmp_path):
    """What the unpacker does in corners: each image must load exactly if the answer says so."""
    corners = {
        "through": images.Layer().symlink("lib", "usr/lib").file("usr/lib/a").file("lib/b"),
        "dangling": images.Layer().symlink("lib", "usr/lib").file("lib/b"),
        "missing-target": images.Layer().file("a").link("b", "c"),
        "up": images.Layer().file("../../etc/x").link("y", "../etc/x"),
        "file-as-directory": images.Layer().file("a").file("a/b"),
        "fifos": images.Layer().fifo("p").link("q", "p").symlink("s", "t").link("u", "s"),
        "whiteout-of-nothing": images.Layer().removal("not/there").file("not/here"),
        "unicode": images.Layer().file("a/grüße").link("a/\udcff", "a/grüße").link("b", "a/\udcff"),
        "aufs": images.Layer().file(".wh..wh.plnk/1.2").file(".wh..wh.aufs").link(
            "a", ".wh..wh.plnk/1.2"
        ),
    }
    fits = {}
    for name, layer in corners.items():
        above = images.Layer().file("lib/c").removal("a").built()
        archive = images.write(tmp_path / "image.tar", f"{name}:1", [layer.built(), above])
        fits[name] = check_against_docker(docker, archive)["fits"]
    refused = {name for name, fit in fits.items() if not fit}
    assert refused == {"dangling", "missing-target", "file-as-directory"}


def two_files():
    """A tar of two files of 700 bytes, without its end; and where the content of the second ends."""
    layer = images.Layer().file("a", b"x" * 700).file("b", b"y" * 700)
    return layer.built().tar[: 2 * (512 + 1024)], 512 + 1024 + 512 + 700


def endings():
    """{name: (bytes of a layer's tar as stored, decompressed)}: ways in which tars end."""
    whole, content_end = two_files()
    zeros = bytes(512)
    plain = {
        "no-zeros": whole,
        "one-block-of-zeros": whole + zeros,
        "half-a-block-of-zeros": whole + zeros[:256],
        "no-padding": whole[:content_end],
        "part-of-the-padding": whole[: content_end + 100],
        "part-of-the-content": whole[: content_end - 1],
        "part-of-a-header": whole[: 512 + 1024 + 300],
        "something-behind": whole + 2 * zeros + b"anything",
        "something-without-zeros": whole + b"anything" * 100,
        "one-block-of-zeros-between": whole[: 512 + 1024] + zeros + whole[512 + 1024 :],
        "nothing": b"",
    }
    ways = {name: (tar, tar) for name, tar in plain.items()}
    for name in ("no-zeros", "no-padding", "part-of-the-content"):
        ways[f"gzip-{name}"] = (gzip.compress(plain[name]), plain[name])
    packed = gzip.compress(whole)
    ways["gzip-members"] = (gzip.compress(whole[:900]) + gzip.compress(whole[900:]), whole)
    ways["gzip-zeros-behind"] = (packed + zeros, whole)
    ways["gzip-something-behind"] = (packed + b"anything", whole)
    ways["gzip-cut"] = (packed[:-4], whole)
    return ways


def test_a_layers_tar_may_end_where_docker_accepts_it_and_no_sooner(docker, tmp_path):
    fits = {}
    for name, (stored, tar) in endings().items():
        layer = images.BuiltLayer(stored, images.of_bytes(tar).digest)
        archive = images.write(tmp_path / "image.tar", "ending:1", [layer])
        done = exporter.run("preflight", archive, docker.overlay)
        loaded = load(docker, archive, check=False)
        assert (done.returncode == 0) == (loaded.returncode == 0), (name, done, loaded.stderr)
        fits[name] = done.returncode == 0
        remove_all(docker)
    assert {name for name, fit in fits.items() if fit} == {
        "no-zeros", "one-block-of-zeros", "no-padding", "part-of-the-padding", "something-behind",
        "nothing", "gzip-no-zeros", "gzip-no-padding", "gzip-members",
    }


def test_an_archive_may_end_where_docker_accepts_it_and_no_sooner(docker, tmp_path):
    archive = images.write(tmp_path / "image.tar", "whole:1", images.thin("whole", 2))
    whole = archive.read_bytes()
    with tarfile.open(archive) as tar:
        last = tar.getmembers()[-1]
    content_end = last.offset_data + last.size
    for name, (content, fits) in {
        "no-padding": (whole[:content_end], True),
        "part-of-the-content": (whole[: content_end - 1], False),
        "gzip-no-padding": (gzip.compress(whole[:content_end]), True),
        "gzip-part-of-the-content": (gzip.compress(whole[: content_end - 1]), False),
        "gzip-zeros-behind": (gzip.compress(whole) + bytes(512), False),
    }.items():
        archive.write_bytes(content)
        done = exporter.run("preflight", archive, docker.overlay)
        assert (done.returncode == 0) == fits, (name, done)
        assert (load(docker, archive, check=False).returncode == 0) == fits, name
        remove_all(docker)


def umoci_image(directory):
    """An OCI layout with a layer that umoci has written: a tar without the padding of its last
    file, compressed. Returns the layout, and the layer."""
    umoci = processes.program("umoci")
    (directory / "motd").write_text("hello\n")
    layout = directory / "oci"
    processes.run([umoci, "init", "--layout", layout])
    processes.run([umoci, "new", "--image", f"{layout}:tag"])
    processes.run([umoci, "insert", "--image", f"{layout}:tag", directory / "motd", "/etc/motd"])

    def blob(digest):
        return layout / "blobs" / digest.replace(":", "/")

    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(blob(index["manifests"][0]["digest"]).read_text())
    (layer,) = manifest["layers"]
    return layout, blob(layer["digest"])


def test_a_layer_that_umoci_has_inserted_fits(docker, tmp_path):
    layout, stored = umoci_image(tmp_path)
    tar = gzip.decompress(stored.read_bytes())
    assert len(tar) % 512 != 0
    answer = preflight(layout, docker.overlay)
    assert (answer["format"], answer["fits"]) == ("oci-layout", True)
    # Docker 20.10 loads no layout, but the same layer in an archive of its own.
    layer = images.BuiltLayer(stored.read_bytes(), images.of_bytes(tar).digest)
    answer = check_against_docker(
        docker, images.write(tmp_path / "image.tar", "umoci:1", [layer])
    )
    assert answer["fits"]
    docker.remove("umoci:1")
    stored.write_bytes(gzip.compress(tar[:-1]))
    assert "truncated tar archive" in complaint(layout, docker.overlay)


# So low that links end before inodes and space do, and no random image has as many.
RANDOM_LIMIT = 2000


def same_margin(said, by_links):
    """Whether that is the margin by links, or any larger one where no file binds a layer."""
    return said > RANDOM_LIMIT if by_links is None else said == by_links


def check_random_image(docker, archive, layers):
    """Verdict and margins of an image, against Docker and what the layers then really hold."""
    answer = preflight(archive, docker.overlay, f"--link-limit={RANDOM_LIMIT}")
    loaded = load(docker, archive, check=False)
    assert answer["fits"] == (loaded.returncode == 0), (answer["verdict"], loaded.stderr)
    if answer["fits"]:
        root = census.count(docker.overlay, census.docker_layers(docker.overlay))
        after = answer["root_extractions_remaining_after"]
        assert same_margin(after, root.extractions_remaining(RANDOM_LIMIT))
        top = root.layer(docker.top_layer(layers)).extractions_remaining(RANDOM_LIMIT)
        assert same_margin(the_image(answer)["extractions_remaining_after"], top)
    return answer


def test_random_images_fit_exactly_if_docker_loads_them(docker, tmp_path):
    """Hundreds of layers in which entries get in each other's way, alone and on top of others. The
    environment can ask for more of them, and for others."""
    seed = int(os.environ.get("HARDLINK_RANDOM_SEED", "1"))
    fits = collections.Counter()
    kept = {}
    for number in range(int(os.environ.get("HARDLINK_RANDOM_IMAGES", "100"))):
        generator = random_images.Generator(f"{seed}-{number}")
        below, written = [], []
        if kept and generator.chance(0.4):
            below, written = generator.choice(list(kept.values()))
        entries = generator.layers()
        own = [random_images.built(each, f"{seed}-{number}-{n}") for n, each in enumerate(entries)]
        layers = [*below, *own]
        tag = f"random:{number}"
        archive = images.write(tmp_path / "image.tar", tag, layers)
        try:
            answer = check_random_image(docker, archive, layers)
        except AssertionError:
            print(f"image {number} of seed {seed}:", *written, *entries, sep="\n")
            raise
        fits[answer["fits"]] += 1
        if answer["fits"]:
            kept[tag] = layers, [*written, *entries]
        if len(kept) > 4:
            gone = generator.choice(list(kept))
            docker.remove(gone)
            del kept[gone]
    assert min(fits[True], fits[False]) > fits.total() / 10, fits


def without_place(answer):
    """What does not depend on how an image is stored. A load unpacks the archive, a pull does not."""
    image = the_image(answer)
    stored = ("image", "tags", "inodes_needed", "bytes_needed")
    return {key: image[key] for key in image if key not in stored}


def test_the_answer_does_not_depend_on_how_the_image_is_stored(filled, tmp_path):
    docker, base, margin = filled
    layers = [base, *images.thin("stored", margin + 1)]
    plain = images.write(tmp_path / "plain.tar", "stored:1", layers)
    expected = preflight(plain, docker.overlay)
    assert not expected["fits"]
    stored = ocilayout.all_ways(plain, layers, tmp_path)
    assert len(stored) == 8
    for path in stored:
        answer = preflight(path, docker.overlay)
        assert without_place(answer) == without_place(expected), path
        assert answer["format"] == ("oci-layout" if "oci" in path.name else "docker-save")
    for where in (docker.overlay.parent, f"{docker.overlay}/"):
        assert without_place(preflight(plain, where)) == without_place(expected)


def test_on_an_empty_host_an_image_fits_unless_it_exhausts_a_file_itself(tree):
    (tree / "overlay").mkdir()
    (tree / "image" / "overlay" / "layerdb").mkdir(parents=True)
    archive = images.write(tree / "image.tar", "a:1", [yum_base(), *images.thin("a", 3)])
    image = the_image(preflight(archive, tree / "overlay", "--link-limit=65000"))
    assert (image["present_layers"], image["new_layers"], image["failure"]) == (0, 4, None)
    image = the_image(preflight(archive, tree, f"--link-limit={3 * NAMES + 196}"))
    assert (image["fitting_layers"], image["failure"]["links_left"]) == (3, 196)


def complaint(*arguments, code=1):
    done = exporter.run("preflight", *arguments)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert re.fullmatch(r"hardlink_exporter: [^\n]+\n", done.stderr)
    return done.stderr


def test_a_file_that_is_no_image_is_refused(tree):
    (tree / "overlay").mkdir()
    (tree / "image" / "overlay" / "layerdb").mkdir(parents=True)
    good = images.write(tree / "good.tar", "a:1", [yum_base(), *images.thin("a", 3)])
    content = good.read_bytes()
    (tree / "text").write_text("this is not a tar")
    (tree / "truncated.tar").write_bytes(content[: len(content) // 2])
    (tree / "truncated.tar.gz").write_bytes(gzip.compress(content)[:-4000])
    with tarfile.open(tree / "rootfs.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("etc/passwd"))
    limit = "--link-limit=65000"
    for name, said in {
        "missing.tar": "No such file or directory",
        "text": "not a tar archive",
        "truncated.tar": "runcated",
        "truncated.tar.gz": "runcated",
        "rootfs.tar": "neither a docker-save archive",
        "overlay": "neither a docker-save archive",
    }.items():
        assert said in complaint(limit, tree / name, tree)
    assert "neither a file nor a directory" in complaint(limit, "/dev/null", tree)
    assert "2 diff_ids" in complaint(limit, damaged(good, tree, drop_diff_ids=2), tree)
    assert "missing in the image" in complaint(limit, damaged(good, tree, drop_layer=True), tree)


def damaged(archive, tree, drop_diff_ids=0, drop_layer=False):
    """A copy of an archive with something left out."""
    target = tree / "damaged.tar"
    with tarfile.open(archive) as source, tarfile.open(target, "w") as copy:
        for entry in source:
            content = source.extractfile(entry).read()
            if drop_layer and entry.name.endswith("layer.tar"):
                drop_layer = False
                continue
            if drop_diff_ids and entry.name.endswith(".json") and entry.name != "manifest.json":
                config = json.loads(content)
                del config["rootfs"]["diff_ids"][drop_diff_ids:]
                content = json.dumps(config).encode()
                entry.size = len(content)
            copy.addfile(entry, io.BytesIO(content))
    return target


def test_an_uncertain_answer_says_why_and_promises_nothing(tree):
    archive = images.write(tree / "image.tar", "a:1", [yum_base()])
    (tree / "data" / "pictures").mkdir(parents=True)
    (tree / "data" / "pictures" / "cat").touch()
    assert "neither Docker's data root" in complaint(archive, tree / "data")
    assert "No such file" in complaint(archive, tree / "nowhere", code=2)
    # Layers, but no certain kind of tree.
    (tree / "overlay" / "0a1b" / "root").mkdir(parents=True)
    assert "cannot tell which layers" in complaint(archive, tree / "overlay")


def test_the_table_has_one_verdict_line(filled, tmp_path):
    docker, base, margin = filled
    archive = images.write(tmp_path / "a.tar", "app:9", [base, *images.thin("9", margin)])
    done = exporter.run("preflight", archive, docker.overlay)
    assert done.returncode == 0
    assert f"29 in all, 1 there already" in done.stdout
    assert f"{margin} more layers fit on top of what is there; afterwards 0" in done.stdout
    assert f"  Verdict   yes: {margin} new layers, which all fit\n" in done.stdout
