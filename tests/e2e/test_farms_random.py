"""Random trees of snapshots: which directories are snapshots, how many more fit (the test makes copies until one
fails), and which may be removed."""

import json
import os
import random

import pytest

import exporter
import processes
import random_farms
import trees

SEEDS = range(60)


def plan(top, limit, target):
    done = exporter.run("plan", "--format=json", f"--link-limit={limit}", f"--target={target}", top)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout), done.returncode


@pytest.mark.parametrize("seed", SEEDS)
def test_as_many_copies_fit_as_the_margin_and_plans_free_what_they_announce(tree, seed):
    chance = random.Random(seed)
    farm = random_farms.Farm(tree / "farm", chance)
    limit = random_farms.highest(farm.top) + chance.randint(0, 40)
    elsewhere = tree / "elsewhere"

    def scan():
        return exporter.scan_root(f"--link-limit={limit}", farm.top)

    root = scan()
    snapshots = {farm.name(snapshot) for made in farm.series.values() for snapshot in made}
    heads = [farm.name(head) for head in farm.heads()]
    assert root["layout"] == "snapshots", root["layout_reason"]
    assert sorted(series["head"] for series in root["series"]) == sorted(heads)
    assert sum(series["snapshots"] for series in root["series"]) == root["layers"]
    assert root["layers"] <= len(snapshots)

    fit = {head: random_farms.copies_that_fit([farm.top / head], limit, elsewhere) for head in heads}
    assert {s["head"]: s["extractions_remaining"] for s in root["series"]} == fit
    assert root["extractions_remaining"] == min(fit.values())
    assert root["rounds_remaining"] == random_farms.copies_that_fit(farm.heads(), limit, elsewhere)

    target = root["extractions_remaining"] + chance.randint(1, 4)
    planned, code = plan(farm.top, limit, target)
    assert (code == 0) == planned["reached"]
    assert planned["margin_before"] == root["extractions_remaining"]
    for step in planned["steps"]:
        assert step["snapshot"] in snapshots - set(heads), step
        (command,) = step["commands"]
        processes.run([processes.program("bash"), "-c", command])
        margin = min(
            random_farms.copies_that_fit([farm.top / head], limit, elsewhere) for head in heads
        )
        assert step["margin_after"] == margin
        # The name of a lone snapshot is recognised only beside a series with such names.
        if any(sum(snapshot.exists() for snapshot in made) > 1 for made in farm.series.values()):
            assert scan()["extractions_remaining"] == margin
        assert (step["margin_after"] >= target) == (step is planned["steps"][-1] and planned["reached"])
    for name in heads:
        assert (farm.top / name).is_dir()


def unrelated(top):
    """Makes other trees of a server: dated logs and pictures, environments, a mirror, a download."""
    for day in ("2024-01-01", "2024-01-02", "2024-01-03"):
        (top / "logs" / day).mkdir(parents=True)
        (top / "logs" / day / "access.log").write_text(day)
    for year in ("2023", "2024"):
        trees.hard_linked(top / "photos" / year, 2, f"holiday-{year}-")
    (top / "photos" / "best").mkdir()
    os.link(top / "photos" / "2023" / "holiday-2023-0", top / "photos" / "best" / "of-2023")
    trees.hard_linked(top / "venvs" / "env1" / "lib", 3)
    trees.copy_links(top / "venvs" / "env1", top / "venvs" / "env2")
    trees.hard_linked(top / "home" / "alice" / "Downloads", 2, "disk.iso")
    trees.copy_links(top / "home" / "alice", top / "home" / "bob")
    trees.hard_linked(top / "mirror" / "pool", 40)


def test_ordinary_trees_of_a_server_have_no_layers_and_no_alarm(tree):
    unrelated(tree)
    root = exporter.scan_root(tree)
    assert (root["layout"], root["layers"], root["series"]) == ("none", 0, [])
    assert root["extractions_remaining"] is None and root["level"] == "ok"
    assert exporter.run("check", tree).returncode == 0
    planned, code = plan(tree, 50, 49)
    assert (code, planned["steps"]) == (1, []) and planned["refused"]


@pytest.mark.parametrize("path", ["/usr/lib", "/proc", "/etc"])
def test_a_systems_own_trees_have_no_layers(path):
    root = exporter.scan_root("--link-limit=65000", path)
    assert (root["layout"], root["layers"]) == ("none", 0), root["layout_reason"]
