"""The verdict of preflight on an image, compared with a real Docker that loads it."""

import collections
import os

import pytest

import census
import exporter
import images
import ocilayout
import random_images
from preflights import (  # noqa: F401  (fixtures)
    NAMES, YUMDB, check_against_docker, empty_docker, load, preflight, remove_all, running, the_image, yum_base,
)

LIMIT = 65000


FILLED = {"app:1": 120, "app:2": 120, "app:3": 60}


@pytest.fixture
def filled(running):
    """301 layers on one base, as 121 + 120 + 60, with room for 28 more. Loading them takes long, so they stay for the
    next test."""
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

    # Once the image is loaded, none of its layers is new. An image that shares half of its layers has no room.
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

    # An image that shares no layer has the whole limit.
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
    # Docker applies the whiteout after linking everything, so this layer takes links as any other.
    dropping = images.Layer().removal("var").file("etc/issue", b"small").built()
    images.write(archive, "small:1", [base, dropping, *images.thin("small", margin + 10)])
    image = the_image(check_against_docker(docker, archive))
    assert image["fitting_layers"] == margin + 11

    # The layer replaces the names one by one and links them to the new file.
    swapped = images.Layer().hard_linked(YUMDB, NAMES // 2).built()
    images.write(archive, "swap:1", [base, swapped, *images.thin("swap", 50)])
    check_against_docker(docker, archive)

    # An opaque directory keeps the files that its own layer has unpacked before it.
    opaque = images.Layer().file(f"{YUMDB}/kept").file(f"{YUMDB}/.wh..wh..opq")
    images.write(archive, "opaque:1", [base, opaque.built(), *images.thin("opaque", 60)])
    check_against_docker(docker, archive)


def test_links_to_a_file_of_a_layer_below_count(filled, tmp_path):
    docker, base, _ = filled
    archive = tmp_path / "image.tar"
    # 200 more names of the inode that is nearly full: each layer above takes 397 links.
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
    """Corner cases of Docker's unpacker: each image must load exactly if preflight says so."""
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


# So low that links end before inodes and space, and yet more than any random image has.
RANDOM_LIMIT = 2000


def same_margin(said, by_links):
    """Whether the margin is the one by links or, if no file binds a layer, any that is larger than the limit."""
    return said > RANDOM_LIMIT if by_links is None else said == by_links


def check_random_image(docker, archive, layers):
    """Compares the verdict with Docker, and the margins with the layers that Docker then has."""
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
    """Hundreds of layers in which entries collide, alone and on top of others. Environment variables set the number of
    images and the seed."""
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
    """The part of the answer that does not depend on the image's form. `docker load` unpacks the archive, a pull does
    not, so inodes and bytes differ."""
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


def test_the_table_has_one_verdict_line(filled, tmp_path):
    docker, base, margin = filled
    archive = images.write(tmp_path / "a.tar", "app:9", [base, *images.thin("9", margin)])
    done = exporter.run("preflight", archive, docker.overlay)
    assert done.returncode == 0
    assert "29 in all, 1 there already" in done.stdout
    assert f"{margin} more layers fit on top of what is there; afterwards 0" in done.stdout
    assert f"  Verdict   yes: {margin} new layers, which all fit\n" in done.stdout
