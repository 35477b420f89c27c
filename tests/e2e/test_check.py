"""check: the verdict of a census for monitoring systems. test_check_url.py has the verdict on a running daemon."""

import json
import os

import pytest

import exporter
import fusetree
import processes
from trees import hard_linked, snapshots
from verdicts import (
    CRITICAL, NAMES, NPD_OK, NPD_PROBLEM, NPD_UNKNOWN, OK, UNKNOWN, WARNING, limit_for, nagios, npd,
)

NOBODY = 65534


@pytest.fixture
def top(tree):
    return snapshots(tree / "backups", names=NAMES)


@pytest.mark.parametrize(
    ("layers", "state"),
    [(20, OK), (19, WARNING), (5, WARNING), (4, CRITICAL), (0, CRITICAL)],
)
def test_fewer_layers_than_a_threshold_alert(top, layers, state):
    limit = limit_for(layers)
    answer = nagios(f"--link-limit={limit}", top)
    assert answer.code == state
    assert f"{layers} snapshots left, {limit - 14} of {limit} links left" in answer.text
    assert answer.data == {
        f"{top} layers": (str(layers), "20:", "5:", "0", ""),
        f"{top} links": (str(limit - 14), "", "", "", str(limit)),
    }
    answer = npd(f"--link-limit={limit}", top)
    assert answer.code == (NPD_OK if state == OK else NPD_PROBLEM)
    assert answer.line.startswith(f"{layers} snapshots left")


@pytest.mark.parametrize(
    ("thresholds", "state"),
    [
        (["-w", "31", "-c", "30"], WARNING),
        (["-c", "@10:30"], CRITICAL),
        (["--warning=31", "--critical-links=211"], CRITICAL),
    ],
)
def test_each_threshold_alerts_at_its_value(top, thresholds, state):
    assert nagios(*thresholds, f"--link-limit={limit_for(30)}", top).code == state


def test_a_root_without_layers_is_judged_by_links(tree):
    hard_linked(tree / "store", 5)
    for limit, state in ((1000, OK), (5, CRITICAL)):
        answer = nagios(f"--link-limit={limit}", tree / "store")
        assert (answer.code, f"{limit - 5} of {limit} links left" in answer.text) == (state, True)
        assert answer.data[f"{tree}/store layers"][0] == "U"
        assert npd(f"--link-limit={limit}", tree / "store").code == (state != OK)
    answer = nagios("--link-limit=1000", "-w", "10:20", "-c", "~:900", tree / "store")
    assert answer.code == CRITICAL
    assert answer.data[f"{tree}/store links"] == ("995", "10:20", "~:900", "", "1000")


def full_files(top, full, empty):
    """Makes `full` files with 50 links each, the first `empty` of them empty, and one file with 23 links."""
    top.mkdir()
    for number in range(full + 1):
        file = top / f"m{number}"
        file.write_text("" if number < empty else "content")
        for name in range(49 if number < full else 22):
            os.link(file, top / f"c{number}_{name}")
    return top


@pytest.mark.parametrize(
    ("full", "empty", "flags", "state", "words"),
    [
        (3, 0, [], CRITICAL, "3 inodes full, 0 of 50 links left"),
        (3, 0, ["--allow-saturated=2"], CRITICAL, "3 inodes full"),
        (3, 0, ["--allow-saturated=3"], OK, "3 inodes full"),
        (3, 1, ["--allow-saturated=2"], OK, "3 inodes full, 1 empty"),
        (2, 2, [], OK, "2 inodes full but empty"),
        (0, 0, [], OK, "27 of 50 links left"),
    ],
)
def test_full_files_without_layers_are_critical_unless_allowed_or_empty(
    tree, full, empty, flags, state, words
):
    store = full_files(tree / "store", full, empty)
    answer = nagios("--link-limit=50", *flags, store)
    assert (answer.code, words in answer.text) == (state, True), answer.line
    allowed = flags[0].partition("=")[2] if flags else "0"
    assert answer.data[f"{store} full inodes"] == (str(full - empty), "", f"0:{allowed}", "0", "")
    assert npd("--link-limit=50", *flags, store).code == (state != OK)


def test_check_of_a_daemon_counts_its_full_files(tree):
    store = full_files(tree / "store", 3, 1)
    config = tree / "hardlink_exporter.yml"
    config.write_text(json.dumps({"roots": [{"path": str(store), "link_limit": 50}]}))
    with exporter.daemon(f"--config.file={config}") as daemon:
        url = f"--url=http://127.0.0.1:{daemon.port}"
        answer = nagios(url)
        assert (answer.code, "3 inodes full, 1 empty" in answer.text) == (CRITICAL, True)
        assert nagios(url, "--allow-saturated=2").code == OK
        samples = daemon.classic()
        assert samples.value("hardlink_saturated_inodes") == 3
        blocks = sum(os.stat(store / f"m{number}").st_blocks for number in range(3))
        assert samples.value("hardlink_saturated_bytes") == blocks * 512


def test_a_root_without_layers_and_limit_is_unknown_and_the_flag_is_named():
    answer = nagios("/proc/self/net")
    assert answer.code == UNKNOWN
    assert "the link limit is unknown; --link-limit=N" in answer.text
    assert npd("/proc/self/net").code == NPD_UNKNOWN


def test_several_roots_are_one_line_the_worst_first(tree):
    fine = snapshots(tree / "fine", names=1)
    tight = snapshots(tree / "tight", names=NAMES)
    answer = nagios(f"--link-limit={limit_for(10)}", fine, tree / "gone", tight)
    assert answer.code == WARNING
    parts = answer.text.split("; ")
    assert parts[0].startswith(f"{tight}: 10 snapshots left")
    assert parts[1].startswith(f"UNKNOWN {tree}/gone: ") and "No such file" in parts[1]
    assert parts[2].startswith(f"OK {fine}: ")
    assert [label for label, value in answer.data.items() if value[0] == "U"] == [
        f"{tree}/gone layers",
        f"{tree}/gone links",
    ]
    worst = npd(f"--link-limit={limit_for(10)}", fine, tree / "gone", tight)
    assert (worst.code, worst.line.startswith("10 snapshots left")) == (NPD_PROBLEM, True)


def test_an_incomplete_census_is_unknown_unless_its_figures_are_bad(top):
    processes.need_root()
    closed = top / "snap.0" / "closed"
    closed.mkdir(mode=0)
    binary = exporter.copy_for_everybody(top.parent)
    nobody = {"binary": binary, "user": NOBODY, "group": NOBODY, "extra_groups": []}
    answer = nagios(f"--link-limit={limit_for(30)}", top, **nobody)
    assert (answer.code, "could not be read" in answer.text) == (UNKNOWN, True)
    assert nagios(f"--link-limit={limit_for(3)}", top, **nobody).code == CRITICAL
    assert npd(f"--link-limit={limit_for(30)}", top, **nobody).code == NPD_UNKNOWN


def test_nothing_to_watch_is_unknown(tree):
    answer = nagios(cwd=tree)
    assert (answer.code, "nothing to watch" in answer.text) == (UNKNOWN, True)


@pytest.mark.parametrize("name", ["ü" * 60, "\N{PILE OF POO}" * 40, "x" * 200, "it's=a|b", "a\nb"])
def test_a_root_name_never_breaks_the_line(tree, name):
    top = snapshots(tree / name, names=NAMES)
    flag = f"--link-limit={limit_for(3)}"
    answer = nagios(flag, top)
    assert answer.code == CRITICAL
    assert sorted(value[0] for value in answer.data.values()) == ["21", "3"]
    answer = npd(flag, top)
    assert (answer.code, answer.line.startswith("3 snapshots left")) == (NPD_PROBLEM, True)


def test_a_wrong_command_line_is_unknown_too():
    """tests/unit/cli/options_test.cc has the mistakes and their messages."""
    answer = nagios("--warning=x")
    assert (answer.code, "--warning: 'x'" in answer.text) == (UNKNOWN, True)
    answer = npd("--warning=x")
    assert (answer.code, answer.line.startswith("unknown: ")) == (NPD_UNKNOWN, True)


def test_a_filesystem_that_hangs_is_unknown_and_costs_no_other_root_its_verdict(top):
    with fusetree.endless() as endless:
        endless.hang()
        answer = nagios("-t", "1", "--engine=walk", endless.path)
        assert (answer.code, "no answer within 1 s" in answer.text) == (UNKNOWN, True)
        flag = f"--link-limit={limit_for(3)}"
        answer = nagios("--timeout=3s", "--engine=walk", flag, top, endless.path)
        assert answer.code == CRITICAL
        assert f"UNKNOWN {endless.path}: no answer within 3 s" in answer.text


def test_a_path_that_looks_like_a_command_is_a_path(tree):
    top = snapshots(tree / "scan", names=NAMES)
    (report,) = exporter.scan("scan", cwd=tree)["roots"]
    assert report["path"] == str(top)
