"""The margin, compared with a real Docker on a real ext4: exactly as many layers fit as the exporter promises."""

import contextlib

import pytest

import census
import dockerd
import exporter
import images
import loopmount

LIMIT = 65000
YUMDB = "var/lib/yum/yumdb"
CHECKSUM_TYPE = f"{YUMDB}/000000"

CONFIG = """
roots:
  - path: {overlay}
    name: docker
    engine: {engine}
scan:
  interval: 2s
  watch_interval: 1s
  max_duty: 100%
"""


@pytest.fixture(scope="module")
def docker():
    # More inodes than the default of mkfs, because each directory of each layer takes one.
    with loopmount.filesystem("ext4", 2048, mkfs=["-N", "300000"]) as data_root:
        with dockerd.running(data_root) as running:
            yield running


@pytest.fixture(params=exporter.ENGINES)
def filled(docker, tmp_path, request):
    """A Docker to load images into, and a daemon with each engine that watches it."""
    with contextlib.ExitStack() as stack:
        config = tmp_path / "hardlink_exporter.yml"
        config.write_text(CONFIG.format(overlay=docker.overlay, engine=request.param))
        daemon = stack.enter_context(exporter.daemon(f"--config.file={config}"))
        yield docker, daemon, request.param
    for tag in docker.tags():
        docker.remove(tag)


def counted(docker):
    return census.count(docker.overlay, census.docker_layers(docker.overlay))


def counted_anew(daemon, margin, layers):
    """A scrape after a census that began after this call; it must have this margin and so many layers."""
    samples = daemon.next_census("docker")
    assert samples.value("hardlink_layers", root="docker") == layers
    assert samples.value("hardlink_extractions_remaining", root="docker") == margin
    return samples


def test_docker_extracts_exactly_as_many_layers_as_the_margin(filled):
    docker, daemon, engine = filled
    base = images.Layer().hard_linked(YUMDB, 197)
    for number in range(10):
        base.file(f"etc/{number}", b"x")
    base = base.built()
    for tag, layers in {"app:1": 120, "app:2": 120, "app:3": 60}.items():
        docker.load(tag, [base, *images.thin(tag[-1], layers)])

    any_layer = next(iter(census.docker_layers(docker.overlay).values()))
    links = (any_layer / CHECKSUM_TYPE).stat().st_nlink
    margin = (LIMIT - links) // 197
    assert (links, margin) == (301 * 197, 28)
    samples = counted_anew(daemon, margin, layers=301)
    assert samples.value("hardlink_link_limit") == LIMIT
    assert samples.value("hardlink_max_links") == links
    assert samples.value("hardlink_headroom_links") == LIMIT - links
    assert samples.labels("hardlink_root_info", "engine") == [engine]

    refused = docker.load("app:4", [base, *images.thin("4", margin + 1)], check=False)
    assert refused.returncode != 0
    assert "too many links" in refused.stderr
    assert docker.tags() == {"app:1", "app:2", "app:3"}
    counted_anew(daemon, margin, layers=301)

    docker.load("app:5", [base, *images.thin("5", margin)])
    full = counted_anew(daemon, 0, layers=301 + margin)
    assert full.value("hardlink_headroom_links") == LIMIT - (301 + margin) * 197

    # 60 layers of its own.
    docker.remove("app:3")
    counted_anew(daemon, 60, layers=301 + margin - 60)


def test_each_layer_has_the_margin_of_its_own_binding_inode(filled):
    docker, daemon, engine = filled
    base = images.Layer().hard_linked(YUMDB, 197).file("etc/motd", b"hello").built()
    # 2000 names of one more inode: layers on top of this one exhaust that inode first.
    store = images.Layer().hard_linked("srv/store", 2000).built()
    # More names for the base's inode: each layer on top of this one takes 397 links of it.
    grown = images.Layer().more_links("srv", CHECKSUM_TYPE, range(200)).built()
    # Without the base's inode: on top of this layer, only this layer's own files count.
    swapped = images.Layer().removal("var").hard_linked("opt/pool", 30).built()
    docker.load("plain:1", [base, *images.thin("plain", 3)])
    docker.load("store:1", [base, store, *images.thin("store", 9)])
    docker.load("grown:1", [base, grown, *images.thin("grown", 4)])
    docker.load("swapped:1", [base, swapped, *images.thin("swapped", 2)])

    expected = counted(docker)
    assert expected.max_links == 10 * 2000
    margin = (LIMIT - 10 * 2000) // 2000
    assert expected.extractions_remaining(LIMIT) == margin == 22
    samples = counted_anew(daemon, margin, layers=len(expected.layers))
    layers = samples.labels("hardlink_layer_extractions_remaining", "layer")
    assert len(layers) == 20, "the tightest 20 of 22"
    for name in layers:
        layer = expected.layer(name)
        own = {"root": "docker", "layer": name}
        assert samples.value(
            "hardlink_layer_extractions_remaining", **own
        ) == layer.extractions_remaining(LIMIT)
        assert samples.value(
            "hardlink_layer_links_per_extraction", **own
        ) in layer.links_per_extraction(LIMIT)
        assert samples.value("hardlink_layer_max_links", **own) == max(layer.links.values())
    assert {
        samples.value("hardlink_layer_links_per_extraction", layer=name) for name in layers
    } == {2000, 397, 197, 30}

    root = exporter.scan_root("--engine", engine, docker.overlay)
    assert root["engine"] == engine
    census.check(root, expected, LIMIT)

    refused = docker.load("store:2", [base, store, *images.thin("more", margin + 1)], check=False)
    assert "too many links" in refused.stderr
    docker.load("store:2", [base, store, *images.thin("more", margin)])
    counted_anew(daemon, 0, layers=len(expected.layers) + margin)
