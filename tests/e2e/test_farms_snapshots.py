"""Trees of snapshots made by the real programs: how they are recognised, the margin compared with the next
snapshots, and plans that are followed."""

import json
import os

import pytest

import exporter
import loopmount
import processes
from snapshot_makers import LIMIT, MAKERS, NAMES, Rsnapshot


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.tool)
def maker(request, ext4):
    return request.param(ext4)


def test_the_tool_its_snapshots_and_the_head_are_known_also_on_a_copied_disk(maker):
    layers = maker.fill()
    copy = maker.filesystem / "copy"
    processes.run([processes.program("rsync"), "-aH", f"{maker.root}/", f"{copy}/"])
    head = layers[0] if maker.tool == "rsnapshot" else layers[-1]
    for root in (maker.root, copy):
        said = maker.scan(root=root)
        assert (said["tool"], said["layout"]) == (maker.tool, maker.layout), said["layout_reason"]
        assert said["layers"] == len(layers), said["layout_reason"]
        assert sorted(layer["layer"] for layer in said["tightest_layers"]) == sorted(layers)
        (series,) = said["series"]
        assert (series["series"], series["snapshots"]) == (maker.series, len(layers))
        assert series["head"] == head
        assert series["extractions_remaining"] == said["extractions_remaining"]


def test_the_tool_links_exactly_as_many_snapshots_as_the_margin(maker):
    maker.fill()
    per_snapshot = 1 if maker.tool == "timeshift" else NAMES
    maker.leave_links(per_snapshot + per_snapshot // 2)
    hot = maker.inodes(maker.head())
    said = maker.scan()
    assert said["extractions_remaining"] == 1
    assert (said["filesystem"]["link_limit_source"] == "tool") == (maker.limit != LIMIT)
    assert maker.make()
    assert maker.inodes(maker.head()) == hot
    assert maker.scan()["extractions_remaining"] == 0
    content = maker.make()
    if maker.fails:
        assert not content
    else:
        assert content
        assert maker.inodes(maker.head()) != hot


def test_the_plan_keeps_the_head_and_its_commands_work(maker):
    layers = maker.fill()
    most = maker.scan()["max_links"]
    # The plan removes so many. Back In Time is slow, so it has only two snapshots here.
    target = 1 if len(layers) == 2 else 2
    flags = [f"--link-limit={most}"]
    plan = exporter.run("plan", "--format=json", f"--target={target}", *flags, maker.root)
    steps = json.loads(plan.stdout)
    head = maker.head()
    removed = [step["snapshot"] for step in steps["steps"]]
    assert head not in removed
    assert len(removed) == target
    done = exporter.run("plan", "--format=commands", f"--target={target}", *flags, maker.root)
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith("#")]
    if not maker.commands:
        assert lines == []
        assert ("Expire: +15 days" if maker.tool == "dirvish" else "keepAll") in done.stdout
        return
    assert lines == [line.format(root=maker.root) for line in maker.expected]
    for line, step in zip(lines, steps["steps"]):
        maker.follow(line)
        assert maker.scan(*flags)["extractions_remaining"] == step["margin_after"]
    assert steps["margin_after"] == target
    assert maker.head() == head


def test_levels_of_names_that_are_no_copies_are_not_rsnapshots(tree):
    for name in ("alpha.0", "alpha.1", "beta.0", "beta.1"):
        (tree / name).mkdir()
        (tree / name / "file").write_text(name)
        os.link(tree / name / "file", tree / name / "file2")
    said = exporter.scan_root(tree)
    assert (said["tool"], said["layout"], said["layers"]) == ("none", "none", 0)


def test_two_rows_of_names_that_share_nothing_are_two_series(tree):
    for name in ("web.0", "web.1", "db.0", "db.1"):
        directory = tree / name
        directory.mkdir()
        if name.endswith("0"):
            (directory / "file").write_text(name)
        else:
            os.link(tree / name.replace("1", "0") / "file", directory / "file")
    said = exporter.scan_root(tree)
    assert (said["tool"], said["layers"]) == ("rsync", 4)
    assert sorted(series["head"] for series in said["series"]) == ["db.0", "web.0"]


def test_a_stranger_beside_rsnapshots_levels_is_no_layer(ext4):
    maker = Rsnapshot(ext4)
    layers = maker.fill()
    (maker.root / "libfoo.6").mkdir()
    (maker.root / "libfoo.6/file").write_text("x")
    os.link(maker.root / "libfoo.6/file", maker.root / "libfoo.6/file2")
    said = maker.scan()
    assert said["tool"] == "rsnapshot"
    assert sorted(layer["layer"] for layer in said["tightest_layers"]) == sorted(layers)


def test_a_root_that_rsnapshots_configuration_names_is_rsnapshots(ext4):
    loopmount.need_mounts()
    maker = Rsnapshot(ext4)
    assert maker.make()
    assert maker.scan()["tool"] == "none"
    included = ext4 / "included.conf"
    included.write_text("snapshot_root\t/nowhere/\n" + maker.config.read_text())
    maker.config.write_text(f"config_version\t1.2\ninclude_conf\t{included}\n")
    with loopmount.mounted(["--bind", str(maker.config)], "/etc/rsnapshot.conf"):
        said = maker.scan()
    assert (said["tool"], said["layers"]) == ("rsnapshot", 1), said["layout_reason"]
    assert said["series"][0]["head"] == "alpha.0"
