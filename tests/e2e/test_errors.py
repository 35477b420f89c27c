"""Bad input and faults: the daemon stays up, says what is wrong, and recovers."""

import contextlib
import itertools
import os
import re
import signal
import socket
import subprocess

import pytest

import exporter
import exposition
import fusetree
import loopmount
import processes
from configuration import QUICK
from trees import HOSTILE_NAMES, SHOWN, deep, hard_linked, snapshots

NOBODY = 65534


def is_down(samples):
    return samples.get("hardlink_up") == 0


def is_up(samples):
    return samples.get("hardlink_up") == 1


# Roots that are not there, or not any more


def test_a_missing_root_is_down_and_comes_up_when_it_appears(tree, config):
    root = tree / "root"
    with exporter.daemon(config(f"path: {root}, name: r"), ready=False) as daemon:
        samples = daemon.eventually(is_down, "down")
        assert samples.get("hardlink_max_links") is None
        assert samples.value("hardlink_censuses_total", result="failed") >= 1
        assert "No such file or directory" in daemon.root("r")["error"]
        assert str(root) in daemon.log()
        snapshots(root, names=5)
        samples = daemon.eventually(is_up, "up")
        assert samples.value("hardlink_max_links") == 10
        assert daemon.root("r")["error"] is None


def test_a_root_that_is_a_file_is_down(tree, config):
    root = tree / "root"
    root.write_text("")
    with exporter.daemon(config(f"path: {root}, name: r"), ready=False) as daemon:
        daemon.eventually(is_down, "down")
        assert "Not a directory" in daemon.root("r")["error"]


def test_a_removed_root_keeps_its_last_good_figures_and_their_time(tree, config):
    root = snapshots(tree / "root", names=5)
    with exporter.daemon(config(f"path: {root}, name: r")) as daemon:
        root.rename(tree / "elsewhere")
        gone = daemon.eventually(is_down, "down")
        time = gone.value("hardlink_census_last_success_timestamp_seconds")
        later = daemon.next_census("r")
        assert is_down(later)
        assert later.value("hardlink_max_links") == 10
        assert later.value("hardlink_extractions_remaining") is not None
        assert later.value("hardlink_census_last_success_timestamp_seconds") == time
        (tree / "elsewhere").rename(root)
        back = daemon.eventually(is_up, "up")
        assert back.value("hardlink_census_last_success_timestamp_seconds") > time


def test_a_root_that_becomes_a_file_keeps_its_last_good_figures(tree, config):
    root = snapshots(tree / "root", names=5)
    with exporter.daemon(config(f"path: {root}, name: r")) as daemon:
        root.rename(tree / "elsewhere")
        root.write_text("")
        samples = daemon.eventually(is_down, "down")
        assert samples.value("hardlink_max_links") == 10
        assert "Not a directory" in daemon.root("r")["error"]


def test_a_replaced_root_fails_one_census_and_is_counted_by_the_next(tree, config):
    root = snapshots(tree / "root", names=5)
    other = snapshots(tree / "other", names=7)
    with exporter.daemon(config(f"path: {root}, name: r")) as daemon:
        root.rename(tree / "elsewhere")
        other.rename(root)
        samples = daemon.eventually(
            lambda now: is_up(now) and now.value("hardlink_max_links") == 14, "the new directory"
        )
        assert samples.value("hardlink_censuses_total", result="failed") >= 1
        assert "replaced" in daemon.log()


@pytest.mark.parametrize("engine", ["walk", "auto"])
def test_an_unmounted_root_is_down_and_its_empty_mountpoint_is_not_counted(tree, config, engine):
    with contextlib.ExitStack() as stack:
        root = stack.enter_context(loopmount.filesystem("ext4"))
        snapshots(root / "backups", names=5)
        flag = config(f"path: {root}, name: r, layers: 'backups/*', engine: {engine}")
        daemon = stack.enter_context(exporter.daemon(flag))
        before = daemon.classic()
        assert before.value("hardlink_max_links") == 10
        # Nothing the daemon holds open between two censuses may stand in the way of umount.
        umount = [processes.program("umount"), str(root)]
        processes.eventually(
            lambda: processes.run(umount, check=False).returncode == 0, lambda: "still busy"
        )
        samples = daemon.eventually(is_down, "down")
        assert samples.value("hardlink_max_links") == 10
        assert samples.value("hardlink_layers") == 2
        assert daemon.root("r")["error"]


def test_one_root_that_fails_leaves_the_others_alone(tree, config):
    good = snapshots(tree / "good", names=5)
    flag = config(f"path: {tree / 'missing'}, name: bad", f"path: {good}, name: good")
    with exporter.daemon(flag, ready=False) as daemon:
        daemon.eventually(lambda now: now.get("hardlink_up", root="good") == 1, "up")
        daemon.eventually(lambda now: now.get("hardlink_up", root="bad") == 0, "down")
        assert daemon.next_census("good").value("hardlink_max_links", root="good") == 10


def test_it_is_ready_only_when_every_root_has_had_its_census(tree, config):
    good = snapshots(tree / "good")
    with fusetree.endless() as slow:
        flag = config(f"path: {slow.path}, name: slow", f"path: {good}, name: good")
        with exporter.daemon(flag, ready=False) as daemon:
            daemon.eventually(lambda now: now.get("hardlink_up", root="good") == 1, "up")
            answer = daemon.get("/-/ready")
            assert answer.status == 503
            assert b"slow" in answer.body and b"good" not in answer.body
            assert daemon.get("/-/healthy").status == 200


# Trees that cannot be read to their end


@pytest.fixture
def as_nobody(tree):
    """Arguments for subprocess that drop every privilege, and a binary that nobody may run."""
    processes.need_root()
    binary = exporter.copy_for_everybody(tree)
    return binary, {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def test_a_directory_that_may_not_be_read_is_counted_and_makes_the_census_incomplete(
    tree, config, as_nobody
):
    binary, options = as_nobody
    root = snapshots(tree / "root", names=5)
    for name in ("one", "two"):
        hard_linked(root / "snap.0" / name, 50)
        (root / "snap.0" / name).chmod(0o700)
    flag = config(f"path: {root}, name: r")
    with exporter.daemon(flag, command=[binary], **options) as daemon:
        samples = daemon.classic()
        assert is_up(samples)
        assert samples.value("hardlink_census_complete") == 0
        assert samples.value("hardlink_max_links") == 10
        assert samples.value("hardlink_census_errors_total", reason="permission") >= 2
        shown = daemon.root("r")
        assert shown["complete"] is False
        assert shown["census"]["errors"]["permission"] == 2

        for name in ("one", "two"):
            (root / "snap.0" / name).chmod(0o755)
        complete = daemon.eventually(
            lambda now: now.value("hardlink_census_complete") == 1, "complete"
        )
        assert complete.value("hardlink_max_links") == 50


def test_permission_denied_is_logged_once_for_each_root_and_census_with_a_count(
    tree, config, as_nobody
):
    binary, options = as_nobody
    root = snapshots(tree / "root")
    for number in range(20):
        hard_linked(root / f"closed{number}", 2)
        (root / f"closed{number}").chmod(0o700)
    flag = config(f"path: {root}, name: r", scan="scan: {interval: 1h}\n")
    with exporter.daemon(flag, command=[binary], **options) as daemon:
        lines = [line for line in daemon.log().splitlines() if " permission=" in line]
    assert len(lines) == 1, lines
    assert re.search(r"\b20\b", lines[0])


def test_a_root_that_may_not_be_read_is_down(tree, config, as_nobody):
    binary, options = as_nobody
    root = snapshots(tree / "root")
    flag = config(f"path: {root}, name: r")
    root.chmod(0o700)
    with exporter.daemon(flag, ready=False, command=[binary], **options) as daemon:
        daemon.eventually(is_down, "down")
        assert "Permission denied" in daemon.root("r")["error"]


@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_names_that_come_and_go_during_a_census_are_no_failure(ext4, engine):
    root = snapshots(ext4 / "root", names=5)
    numbers = itertools.count()

    def come_and_go():
        directory = root / "snap.0" / f"d{next(numbers) % 50}"
        hard_linked(directory, 3)
        for name in directory.iterdir():
            name.unlink()
        directory.rmdir()

    with processes.again_and_again(come_and_go):
        for _ in range(5000):
            shown = exporter.scan_root("--engine", engine, root)
            assert shown["up"] is True
            assert shown["complete"] is True
            assert shown["hot_inodes"][0]["links"] == 10
            assert shown["extractions_remaining"] == (65000 - 10) // 5
            if shown["census"]["errors"]["vanished"] > 0:
                break
        else:
            pytest.fail("nothing has vanished during any census")


# Hostile trees


@pytest.fixture(params=exporter.ENGINES)
def hostile(request, ext4):
    """Snapshots, files and directories of every hostile name; and the engine to count them."""
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


# Filesystems that hang or never end


def test_a_hung_mount_times_out_and_leaves_other_roots_and_scrapes_alone(tree, config):
    good = snapshots(tree / "good", names=5)
    scan = "scan: {interval: 1s, watch_interval: 1s, timeout: 6s, max_duty: 100%}\n"
    with fusetree.endless() as hung:
        hung.hang()
        flag = config(f"path: {hung.path}, name: hung", f"path: {good}, name: good", scan=scan)
        with exporter.daemon(flag, ready=False) as daemon:
            daemon.eventually(
                lambda now: now.get("hardlink_censuses_total", root="hung", result="timeout"),
                "a timeout",
            )
            assert daemon.value("hardlink_up", root="hung") == 0
            assert "tim" in daemon.root("hung")["error"]
            assert is_up_root(daemon.next_census("good"), "good")
            assert is_up_root(daemon.next_census("good"), "good")
            assert threads_stuck_in_fuse(daemon.process.pid) == 1, "a second worker on it"


def is_up_root(samples, root):
    return samples.value("hardlink_up", root=root) == 1


def threads_stuck_in_fuse(pid):
    waiting, stuck = {"request_wait_answer", "fuse_get_req"}, 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError, PermissionError):
            with open(f"/proc/{pid}/task/{thread}/wchan", encoding="ascii") as wchan:
                stuck += wchan.read() in waiting
    return stuck


def test_a_census_that_takes_too_long_times_out(tree, config):
    scan = "scan: {interval: 1s, timeout: 1s, max_duty: 100%}\n"
    with fusetree.endless() as slow:
        with exporter.daemon(config(f"path: {slow.path}, name: slow", scan=scan), ready=False) as (
            daemon
        ):
            daemon.eventually(
                lambda now: (now.get("hardlink_censuses_total", result="timeout") or 0) >= 2,
                "two timeouts: the next census is tried",
            )
            assert daemon.value("hardlink_up") == 0


@pytest.mark.parametrize("hang", [False, True], ids=["reading", "stuck"])
def test_sigterm_ends_it_in_the_middle_of_a_census(config, hang):
    with fusetree.endless() as slow:
        if hang:
            slow.hang()
        with exporter.daemon(config(f"path: {slow.path}, name: slow"), ready=False) as daemon:
            daemon.eventually(
                lambda now: now.get("hardlink_census_in_progress") == 1, "a census under way"
            )
            daemon.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_scan_can_be_interrupted(tree, number):
    with fusetree.endless() as slow:
        output = tree / "out.json"
        process = processes.start(
            [exporter.binary(), "scan", "--format=json", f"--output={output}", slow.path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        processes.eventually(lambda: threads_of(process.pid) > 1, lambda: "a census under way")
        process.send_signal(number)
        process.communicate(timeout=30)
        assert process.returncode != 0
        assert os.listdir(tree) == []


def threads_of(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


# Signals and reloads


def test_sigterm_ends_an_idle_daemon_with_success(tree):
    with exporter.daemon(snapshots(tree / "root")) as daemon:
        daemon.stop()


def reload_state(samples):
    return samples.value("hardlink_config_last_reload_successful")


def test_sighup_loads_a_changed_configuration(tree, config):
    one, two = snapshots(tree / "one", names=3), snapshots(tree / "two", names=4)
    with exporter.daemon(config(f"path: {one}, name: one")) as daemon:
        config(f"path: {two}, name: two", f"path: {one}, name: renamed, link_limit: 100")
        daemon.signal(signal.SIGHUP)
        samples = daemon.eventually(
            lambda now: now.get("hardlink_up", root="two") == 1
            and now.get("hardlink_up", root="renamed") == 1,
            "the new roots",
        )
        assert sorted(samples.labels("hardlink_up", "root")) == ["renamed", "two"]
        assert samples.value("hardlink_link_limit", root="renamed") == 100
        assert samples.value("hardlink_max_links", root="two") == 8
        assert reload_state(samples) == 1


def test_a_bad_file_changes_nothing_and_is_logged(tree, config):
    root = snapshots(tree / "root", names=5)
    flag = config(f"path: {root}, name: r")
    file = tree / "hardlink_exporter.yml"
    good = file.read_text()
    with exporter.daemon(flag) as daemon:
        first = daemon.value("hardlink_config_last_reload_success_timestamp_seconds")
        file.write_text("roots:\n  - path: relative\n    name: other\n")
        daemon.signal(signal.SIGHUP)
        bad = daemon.eventually(lambda now: reload_state(now) == 0, "a failed reload")
        assert bad.value("hardlink_config_last_reload_success_timestamp_seconds") == first
        assert f"{file}:2" in daemon.log()
        assert daemon.next_census("r").value("hardlink_max_links", root="r") == 10
        file.unlink()
        daemon.signal(signal.SIGHUP)
        file.write_text(good)
        daemon.signal(signal.SIGHUP)
        daemon.eventually(lambda now: reload_state(now) == 1, "a good reload")


def test_sighup_without_a_file_does_not_kill(tree):
    with exporter.daemon(snapshots(tree / "root")) as daemon:
        for _ in range(5):
            daemon.signal(signal.SIGHUP)
            assert is_up(daemon.classic())


def test_a_root_of_the_command_line_may_be_gone_when_the_daemon_reloads(tree):
    root = snapshots(tree / "root", names=5)
    with exporter.daemon(root) as daemon:
        root.rename(tree / "elsewhere")
        daemon.signal(signal.SIGHUP)
        daemon.eventually(lambda _: "configuration reloaded" in daemon.log(), "a reload")
        assert daemon.value("hardlink_max_links") == 10


def test_a_post_reloads_where_the_lifecycle_is_enabled(tree, config):
    one, two = snapshots(tree / "one"), snapshots(tree / "two")
    flag = config(f"path: {one}, name: one")
    with exporter.daemon(flag, "--web.enable-lifecycle") as daemon:
        assert daemon.get("/-/reload").status == 405
        config(f"path: {two}, name: two")
        assert daemon.request("/-/reload", method="POST").status == 200
        daemon.eventually(lambda now: now.get("hardlink_up", root="two") == 1, "the new root")
        (tree / "hardlink_exporter.yml").write_text("rooots: []\n")
        answer = daemon.request("/-/reload", method="POST")
        assert answer.status == 500
        assert b"rooots" in answer.body
        assert reload_state(daemon.classic()) == 0


def test_a_post_reloads_nothing_where_the_lifecycle_is_not_enabled(tree, config):
    one, two = snapshots(tree / "one"), snapshots(tree / "two")
    with exporter.daemon(config(f"path: {one}, name: one")) as daemon:
        config(f"path: {two}, name: two")
        assert daemon.request("/-/reload", method="POST").status == 403
        assert daemon.next_census("one").labels("hardlink_up", "root") == ["one"]


# The web


def test_a_port_in_use_is_one_line_and_exit_code_2(tree):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        done = exporter.run(f"--web.listen-address={address}", snapshots(tree / "root"))
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if "in use" in line]
    assert address in line


def test_scrapes_go_on_with_hundreds_of_idle_connections(tree):
    with exporter.daemon(snapshots(tree / "root")) as daemon, contextlib.ExitStack() as stack:
        for number in range(300):
            idle = stack.enter_context(socket.create_connection(("127.0.0.1", daemon.port)))
            if number % 2:
                idle.sendall(b"GET /metrics HTTP/1.1\r\nHost: ")
        for _ in range(5):
            assert is_up(daemon.classic())


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /%00%ff%zz HTTP/1.1\r\n\r\n",
    ],
    ids=["binary", "method only", "version", "long path", "long header", "length", "escapes"],
)
def test_malformed_requests_are_refused_and_scrapes_go_on(tree, request_bytes):
    with exporter.daemon(snapshots(tree / "root")) as daemon:
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=60) as client:
            answer = b""
            with contextlib.suppress(OSError):  # it may close as soon as it has seen enough
                client.sendall(request_bytes)
                client.shutdown(socket.SHUT_WR)
                answer = client.recv(1 << 16)
            assert not answer or re.match(rb"HTTP/1\.1 (4\d\d|505) ", answer), answer[:200]
        assert is_up(daemon.classic())


def test_routes_answer_get_and_head_and_refuse_other_methods(tree):
    with exporter.daemon(snapshots(tree / "root")) as daemon:
        for path in ("/", "/metrics", "/api/v1/report", "/-/healthy", "/-/ready"):
            got, head = daemon.get(path), daemon.request(path, method="HEAD")
            assert (got.status, head.status) == (200, 200), path
            assert got.body and head.body == b""
            assert daemon.request(path, method="POST").status == 405, path
        assert daemon.get("/no/such/page").status == 404
        assert daemon.get("/metrics/../etc/passwd").status in (400, 404)


def test_a_body_is_compressed_only_where_that_is_accepted(tree):
    with exporter.daemon(snapshots(tree / "root")) as daemon:
        plain = daemon.get("/metrics")
        packed = daemon.get("/metrics", Accept_Encoding="gzip")
        refused = daemon.get("/metrics", Accept_Encoding="gzip;q=0")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert plain.headers["Content-Encoding"] is None
        assert refused.headers["Content-Encoding"] is None
        same = [exposition.classic(each.content()).without_clock() for each in (plain, packed)]
        assert same[0] == same[1]


# Docker's metadata


def test_layers_and_margins_are_right_without_dockers_metadata(tree):
    overlay = tree / "docker" / "overlay"
    for layer in ("aaaa", "bbbb"):
        hard_linked(overlay / layer / "root", 7)
    metadata = tree / "docker" / "image" / "overlay"
    metadata.mkdir(parents=True)
    (metadata / "repositories.json").write_text('{"Repositories": {"a')
    root = exporter.scan_root("--link-limit=100", overlay)
    assert (root["layout"], root["layers"]) == ("docker-overlay", 2)
    assert root["extractions_remaining"] == (100 - 7) // 7
    assert root["images"] == []
