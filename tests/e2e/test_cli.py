"""The command line: what the program prints and writes, where, and its exit codes."""

import json
import os
import pathlib
import re
import stat

import pytest

import census
import exporter
import exposition
import loopmount
from trees import hard_linked, snapshots


def one_line(stderr):
    """The only line of a message to the user."""
    assert stderr.endswith("\n")
    assert stderr.count("\n") == 1, stderr
    return stderr.strip()


def refused(*arguments, **options):
    """The message of a command that must fail with wrong usage."""
    done = exporter.run(*arguments, **options)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    return one_line(done.stderr)


# The whole program


def test_version_has_the_form_of_prometheus():
    done = exporter.run("--version")
    assert done.returncode == 0
    assert re.match(r"hardlink_exporter, version \d+\.\d+\.\d+", done.stdout)


@pytest.mark.parametrize("arguments", [["--help"], ["scan", "--help"]])
def test_help_goes_to_standard_output(arguments):
    done = exporter.run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--" in done.stdout


def test_wrong_usage_is_one_line_on_standard_error():
    """tests/unit/cli/options_test.cc has the kinds of wrong usage and their messages."""
    assert "--no-such-flag" in refused("scan", "--no-such-flag")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["status"], "'status' is neither a command nor a directory; the commands are scan,"),
        (["--log.level=info", "scna"], "did you mean scan?"),
        (["/", "./missing"], "/missing: No such file or directory"),
        (["file"], "/file: Not a directory"),
        (["--config.check", "missing/"], "/missing: No such file or directory"),
    ],
)
def test_a_daemon_does_not_wait_for_a_root_that_is_not_there(tree, arguments, message):
    (tree / "file").touch()
    assert message in refused(*arguments, cwd=tree)


def test_help_and_version_are_words_too():
    for word, flag in (("help", "--help"), ("version", "--version")):
        as_word, as_flag = exporter.run(word), exporter.run(flag)
        assert (as_word.returncode, as_word.stdout) == (0, as_flag.stdout)


def test_paths_replace_the_roots_of_the_file(tree):
    one, two = snapshots(tree / "one"), snapshots(tree / "two")
    config = tree / "hardlink_exporter.yml"
    config.write_text(f"roots: [{{path: {one}}}]\n")
    with exporter.daemon(f"--config.file={config}", two) as daemon:
        assert daemon.classic().labels("hardlink_up", "root") == [str(two)]


# scan


def test_scan_prints_a_table_that_a_person_can_read(tree):
    top = snapshots(tree / "backups", names=7)
    done = exporter.run("scan", "--link-limit=1000", top)
    assert (done.returncode, done.stderr) == (0, "")
    margin = (1000 - 14) // 7
    assert str(top) in done.stdout
    for word in ("snapshots", "1000", "986", str(margin)):
        assert re.search(rf"\b{word}\b", done.stdout.replace(",", "")), (word, done.stdout)


def test_scan_prints_json_for_machines(tree):
    top = snapshots(tree / "backups", names=7)
    report = exporter.scan("--link-limit=1000", top)
    assert set(report) == {"version", "roots"}
    (root,) = report["roots"]
    assert (root["root"], root["path"]) == (str(top), str(top))
    assert root["filesystem"]["link_limit_source"] == "config"
    assert root["census"]["errors"]["permission"] == 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", root["census"]["started"])
    census.check(root, census.count(top, census.snapshots(top)), 1000)


def test_scan_prints_metrics_for_the_textfile_collector(tree):
    top = snapshots(tree / "backups", names=7)
    done = exporter.run("scan", "--format=prometheus", "--link-limit=1000", top)
    assert (done.returncode, done.stderr) == (0, "")
    samples = exposition.classic(done.stdout.encode("utf-8", "surrogateescape"))
    assert samples.value("hardlink_extractions_remaining", root=str(top)) == (1000 - 14) // 7
    assert samples.value("hardlink_layers", root=str(top)) == 2
    # node_exporter has these metrics itself, and a series that appears twice makes its whole scrape fail.
    assert not [name for name in samples.names() if name.startswith("process_")]


def test_scan_takes_several_paths(tree):
    tops = [str(snapshots(tree / name)) for name in ("one", "two")]
    assert [root["root"] for root in exporter.scan(*tops)["roots"]] == tops


def test_scan_takes_a_relative_path(tree):
    snapshots(tree / "backups")
    root = exporter.scan_root("backups", cwd=tree)
    assert root["path"] == str(tree / "backups")


def test_a_scan_of_a_missing_directory_fails_and_names_it(tree):
    missing = tree / "missing"
    assert f"{missing}: No such file or directory" in refused("scan", missing)


def test_a_scan_of_a_file_fails_and_says_so(tree):
    file = tree / "file"
    file.write_text("")
    assert f"{file}: Not a directory" in refused("scan", file)


def test_top_sets_the_number_of_entries_in_lists(tree):
    for number in range(30):
        hard_linked(tree / "store", 2 + number, prefix=f"{number}-")
    assert len(exporter.scan_root("--top=3", tree / "store")["hot_inodes"]) == 3
    assert len(exporter.scan_root("--top=25", tree / "store")["hot_inodes"]) == 25


@pytest.mark.parametrize("layout", ["none", "snapshots", "docker-overlay"])
def test_layout_overrides_the_evidence(tree, layout):
    top = snapshots(tree / "backups")
    layers = {"none": 0, "snapshots": 2, "docker-overlay": 0}[layout]
    root = exporter.scan_root(f"--layout={layout}", top)
    assert (root["layout"], root["layers"]) == (layout, layers)


def test_layers_are_the_directories_that_the_glob_matches(tree):
    top = snapshots(tree / "backups")
    hard_linked(top / "other", 5)
    assert exporter.scan_root("--layers=snap.*", top)["layers"] == 2
    assert exporter.scan_root("--layers=other", top)["layers"] == 1
    assert exporter.scan_root("--layers={snap.0,other}", top)["layers"] == 2


@pytest.mark.parametrize(
    ("command", "code"),
    [(["scan"], 1), (["check"], 3), (["plan", "--target=1"], 1), (["explain", "--root"], 1)],
)
def test_a_glob_that_matches_nothing_is_an_error(tree, command, code):
    top = snapshots(tree / "backups")
    file = [top / "snap.0" / "0"] if command[0] == "explain" else []
    done = exporter.run(*command, top, *file, "--layers=nothing.*")
    assert done.returncode == code
    said = done.stdout if command[0] == "check" else one_line(done.stderr)
    assert f"{top}: no directory matches the glob for layers, nothing.*" in said


def test_the_engine_asked_for_is_the_one_that_counts(tree):
    assert exporter.scan_root("--engine=walk", snapshots(tree / "b"))["engine"] == "walk"


def test_a_link_limit_above_the_filesystems_own_is_a_warning_and_does_not_hold(ext4, tree):
    top = snapshots(ext4 / "backups")
    warning = "the link limit 100000 is above what ext4 allows; its own limit of 65000 holds"
    done = exporter.run("scan", "--format=json", "--link-limit=100000", top)
    assert (done.returncode, warning in one_line(done.stderr)) == (0, True)
    filesystem = json.loads(done.stdout)["roots"][0]["filesystem"]
    assert (filesystem["link_limit"], filesystem["link_limit_source"]) == (65000, "kernel")
    assert warning in exporter.run("plan", "--target=1", "--link-limit=100000", top).stderr
    assert warning in exporter.run("explain", "--link-limit=100000", top / "snap.0").stderr
    assert warning in exporter.run("check", "--link-limit=100000", top).stdout
    config = tree / "hardlink_exporter.yml"
    config.write_text(
        f"roots: [{{path: {top}, name: r, link_limit: 100000}}]\n"
        "scan: {interval: 100ms, max_duty: 100%}\n"
    )
    with exporter.daemon(f"--config.file={config}") as daemon:
        daemon.next_census("r")
        assert daemon.value("hardlink_link_limit", root="r") == 65000
        assert daemon.log().count(warning) == 1


def test_dockers_data_root_without_the_overlay_driver_is_counted_with_a_warning(tree):
    (tree / "data" / "overlay2").mkdir(parents=True)
    (tree / "data" / "image" / "overlay2").mkdir(parents=True)
    done = exporter.run("scan", tree / "data")
    assert done.returncode == 0
    assert "overlay2, which makes no hard links between layers" in one_line(done.stderr)
    assert "overlay2, which makes no" in refused("plan", "--target=1", tree / "data")
    assert "overlay2, which makes no" in refused("preflight", "image.tar", tree / "data")


# scan --output


@pytest.fixture
def textfile(tree):
    """An output file from before, alone in its directory."""
    directory = tree / "textfile"
    directory.mkdir()
    file = directory / "hardlink.prom"
    file.write_text("old\n")
    return file


def write_to(file, *arguments):
    return exporter.run("scan", "--format=prometheus", f"--output={file}", *arguments)


def test_output_replaces_the_file_by_rename(tree, textfile):
    top = snapshots(tree / "backups")
    old = tree / "old"
    os.link(textfile, old)
    done = write_to(textfile, top)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert old.read_text() == "old\n", "the old file was written into"
    assert exposition.classic(textfile.read_bytes()).value("hardlink_up") == 1
    assert os.listdir(textfile.parent) == [textfile.name]


def test_output_can_be_read_by_others_as_the_umask_allows(tree, textfile):
    old_mask = os.umask(0o022)
    try:
        write_to(textfile, snapshots(tree / "backups"))
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(textfile.stat().st_mode) == 0o644


def test_output_of_json_and_of_the_table_is_written_too(tree, textfile):
    top = snapshots(tree / "backups")
    assert exporter.run("scan", "--format=json", f"--output={textfile}", top).returncode == 0
    assert json.loads(textfile.read_text())["roots"][0]["path"] == str(top)
    assert exporter.run("scan", "--format=table", f"--output={textfile}", top).returncode == 0
    assert "snapshots" in textfile.read_text()


def test_a_failed_scan_replaces_the_old_figures_in_the_output(tree, textfile):
    done = write_to(textfile, tree / "missing")
    assert done.returncode == 2
    samples = exposition.classic(textfile.read_bytes())
    assert samples.value("hardlink_up") == 0
    assert samples.get("hardlink_max_links") is None
    assert os.listdir(textfile.parent) == [textfile.name]


def test_output_into_no_directory_fails_and_names_it(tree):
    file = tree / "none" / "out.prom"
    done = write_to(file, snapshots(tree / "backups"))
    assert done.returncode == 1
    assert str(file.parent) in one_line(done.stderr)
    assert not file.parent.exists()


def test_output_to_a_full_filesystem_leaves_the_old_file_and_no_other(tree):
    top = snapshots(tree / "backups")
    full = tree / "full"
    full.mkdir()
    with loopmount.mounted(["-t", "tmpfs", "-o", "size=8k", "tmpfs"], full):
        file = full / "out.prom"
        file.write_text("old\n")
        (full / "filler").write_bytes(bytes(4096))
        done = write_to(file, top)
        assert done.returncode == 1
        assert "No space left on device" in one_line(done.stderr)
        assert file.read_text() == "old\n"
        assert sorted(os.listdir(full)) == ["filler", "out.prom"]


# Without paths and configuration


@pytest.fixture
def etc(tree):
    """An empty /etc/docker, only in this process's mount namespace."""
    loopmount.need_mounts()
    upper, work = tree / "upper", tree / "work"
    (upper / "docker").mkdir(parents=True)
    work.mkdir()
    layers = f"lowerdir=/etc,upperdir={upper},workdir={work}"
    with loopmount.mounted(["-t", "overlay", "overlay", "-o", layers], "/etc"):
        yield pathlib.Path("/etc")


def overlay_storage(data_root):
    overlay = data_root / "overlay"
    hard_linked(overlay / "aaaa" / "root", 5)
    return overlay


def test_docker_is_found_by_its_daemon_json(tree, etc):
    overlay = overlay_storage(tree / "data")
    (etc / "docker" / "daemon.json").write_text(json.dumps({"data-root": str(tree / "data")}))
    root = exporter.scan_root()
    assert (root["path"], root["layout"]) == (str(overlay), "docker-overlay")
    with exporter.daemon() as daemon:
        assert daemon.value("hardlink_layers", root=str(overlay)) == 1


@pytest.mark.parametrize("command", [[], ["scan"]], ids=["daemon", "scan"])
def test_with_nothing_to_watch_the_message_says_what_was_searched(tree, etc, command):
    (tree / "data" / "overlay2").mkdir(parents=True)
    (etc / "docker" / "daemon.json").write_text(json.dumps({"data-root": str(tree / "data")}))
    message = refused(*command)
    assert str(tree / "data" / "overlay") in message
    assert "/etc/docker/daemon.json" in message
    assert f"{tree}/data/overlay2, which makes no hard links between layers" in message
    assert "hardlink_exporter /path" in message


def test_config_check_accepts_a_good_file_and_starts_nothing(tree):
    config = tree / "hardlink_exporter.yml"
    config.write_text(f"roots: [{{path: {tree}}}]\n")
    done = exporter.run(f"--config.file={config}", "--config.check")
    assert done.returncode == 0, done.stderr


def test_the_telemetry_path_is_where_the_metrics_are(tree):
    top = snapshots(tree / "backups")
    options = ["--web.telemetry-path=/my/metrics", top]
    with exporter.daemon(*options, telemetry_path="/my/metrics") as daemon:
        assert daemon.value("hardlink_up", root=str(top)) == 1
        assert daemon.get("/metrics").status == 404


def test_log_format_json_makes_every_line_json(tree):
    with exporter.daemon("--log.format=json", snapshots(tree / "backups")) as daemon:
        lines = [json.loads(line) for line in daemon.log().splitlines()]
    assert lines and all({"level", "msg"} <= set(line) for line in lines)
