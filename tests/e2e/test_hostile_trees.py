"""Trees with misleading names, depth and symbolic links: they are counted, and every format stays valid."""

import os
import re

import pytest

import exporter
from configuration import QUICK
from trees import HOSTILE_NAMES, SHOWN, deep, hard_linked, snapshots


@pytest.fixture(params=exporter.ENGINES)
def hostile(request, ext4):
    """A tree with a snapshot and a file of every hostile name, and the engine to count it."""
    root = ext4 / "root"
    for number, name in enumerate(HOSTILE_NAMES.values()):
        layer = os.path.join(os.fsencode(root), name)
        os.makedirs(layer)
        file = os.path.join(layer, name)
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT))
        for link in range(number + 1):
            os.link(file, os.path.join(layer, b"%d" % link))
    (root / "loop").symlink_to(".")
    (root / "self").symlink_to("self")
    (root / "up").symlink_to("..")
    return root, request.param


def test_hostile_names_are_counted_and_shown_in_json(hostile):
    root, engine = hostile
    shown = exporter.scan_root("--engine", engine, "--layout=snapshots", "--top=100", root)
    count = len(HOSTILE_NAMES)
    assert shown["complete"] is True
    assert shown["layers"] == shown["directories"] == count
    assert shown["inodes"] == count + 3
    assert shown["names"] == sum(range(2, count + 2)) + 3
    assert {layer["layer"] for layer in shown["tightest_layers"]} == set(SHOWN.values())
    assert {inode["path"].partition("/")[0] for inode in shown["hot_inodes"]} >= set(
        SHOWN.values()
    )


def test_hostile_names_leave_both_metrics_formats_valid(hostile, config):
    root, engine = hostile
    limits = "metrics: {hot_inodes: 100, layers: 100}\n"
    flag = config(
        f"path: {root}, name: r, layout: snapshots, engine: {engine}", scan=QUICK + limits
    )
    with exporter.daemon(flag) as daemon:
        for samples in (daemon.classic(), daemon.openmetrics()):
            layers = samples.labels("hardlink_layer_extractions_remaining", "layer")
            assert sorted(layers) == sorted(SHOWN.values())


def test_hostile_names_send_no_control_characters_to_the_terminal(hostile):
    root, engine = hostile
    done = exporter.run("scan", "--engine", engine, "--layout=snapshots", "--top=100", root)
    assert done.returncode == 0
    done.stdout.encode("utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.stdout)


def test_a_root_with_a_hostile_path_is_watched_like_any_other(tree):
    root = tree / 'we"ird\\n\nam\udcffe {}'
    snapshots(root, names=5)
    with exporter.daemon(root) as daemon:
        shown = str(root).replace("\udcff", "\\xff")
        for samples in (daemon.classic(), daemon.openmetrics()):
            assert samples.value("hardlink_max_links", root=shown) == 10
        assert daemon.root(shown)["path"] == shown


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_a_tree_deeper_than_path_max_is_counted_to_its_end(ext4, engine):
    root = ext4 / "root"
    root.mkdir()
    deep(root, levels=40)
    shown = exporter.scan_root("--engine", engine, root)
    assert shown["complete"] is True
    assert (shown["directories"], shown["names"], shown["max_links"]) == (40, 2, 2)


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_symbolic_links_are_counted_and_never_followed(ext4, engine):
    root = ext4 / "root"
    hard_linked(root, 3)
    (ext4 / "outside").mkdir()
    hard_linked(ext4 / "outside", 100)
    for name, target in {"up": "..", "out": "../outside", "self": "self", "here": "."}.items():
        (root / name).symlink_to(target)
    shown = exporter.scan_root("--engine", engine, root)
    assert (shown["names"], shown["inodes"], shown["max_links"]) == (3 + 4, 1 + 4, 3)
    assert shown["census"]["errors"]["loop"] == 0
