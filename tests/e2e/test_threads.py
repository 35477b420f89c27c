"""Too few threads and descriptors. The limits apply to a user without other processes. Not for builds with a sanitizer,
which has threads of its own."""

import contextlib
import os
import pathlib
import re

import pytest

import crowd
import exporter
import processes
from scrapers import descriptors, ended_censuses, scrape_at_once, threads
from trees import snapshots

DEPLOY = pathlib.Path(__file__).parents[2] / "deploy"
LIMIT_NAMES = r"pids_limit|TasksMax|LimitNPROC|pids-limit|[pP]idsLimit"
# The file, and how many roots its daemon may well have. The other unit runs `scan`.
MANIFESTS = {
    "compose/docker-compose.yml": 1,
    "release/hardlink-exporter.service": 20,
    "systemd/hardlink-exporter.service": 20,
}
OF_SCAN = {"systemd/hardlink-exporter-textfile.service"}
USER = 70_000 + os.getpid() % 1_000_000
MOST_THREADS = 2_000


def manifest_limits(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    return [int(found) for found in re.findall(rf"^ *(?:{LIMIT_NAMES})\W+(\d+)", text, re.MULTILINE)]


def with_threads(limit, everybody):
    """Options that start the program as a new user who may have so many threads."""
    binary = exporter.copy_for_everybody(everybody)
    return {
        "command": ["prlimit", f"--nproc={limit}:{MOST_THREADS}", binary],
        "user": USER,
        "group": USER,
        "extra_groups": [],
    }


def run_with_threads(limit, everybody, *arguments):
    options = with_threads(limit, everybody)
    command = [*options.pop("command"), *map(str, arguments)]
    return processes.run(command, check=False, **options)


def limit_threads(daemon, limit):
    change = ["prlimit", f"--pid={daemon.process.pid}", f"--nproc={limit}:{MOST_THREADS}"]
    processes.run(change, user=USER, group=USER, extra_groups=[])


@pytest.fixture
def everybody(tree):
    """A directory that every user can read, with fifty roots: r0, r1, …"""
    os.chmod(tree, 0o755)
    for number in range(50):
        snapshots(tree / f"r{number}")
    return tree


def configured(directory, roots, scan="{}"):
    entries = [f"  - {{path: {directory}/r{number}, name: r{number}}}\n" for number in range(roots)]
    config = directory / "hardlink_exporter.yml"
    config.write_text(f"scan: {scan}\nroots:\n" + "".join(entries))
    return f"--config.file={config}"


def test_every_manifest_with_a_limit_on_threads_is_known():
    limited = {
        str(path.relative_to(DEPLOY))
        for path in DEPLOY.rglob("*")
        if path.is_file() and manifest_limits(path)
    }
    assert limited == set(MANIFESTS) | OF_SCAN


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_the_limit_of_a_manifest_holds_the_threads_at_full_load(everybody, manifest):
    (limit,) = manifest_limits(DEPLOY / manifest)
    scan = "{interval: 1s, max_duty: 100%}"
    flag = configured(everybody, MANIFESTS[manifest], scan)
    with exporter.daemon(flag, **with_threads(limit, everybody)) as daemon:
        with contextlib.closing(crowd.SlowWriters(daemon.port, 100)):
            scrape_at_once(daemon, each=2)
        # The limit must also leave room for the threads of censuses.
        assert threads(daemon) <= limit
        assert threads(daemon) >= 124 + MANIFESTS[manifest]
        scan_threads = 2
        assert 125 + MANIFESTS[manifest] * (1 + scan_threads) <= limit


def test_a_daemon_that_gets_too_few_threads_says_how_many_it_needs_and_what_limits_them(everybody):
    listen = f"--web.listen-address=127.0.0.1:{processes.free_port()}"
    done = run_with_threads(64, everybody, configured(everybody, 3), listen)
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("hardlink_exporter: cannot start a thread: this process has ")
    assert " and needs 127; " in last  # 124, and one per root
    assert f"all processes of user {USER} may have 64 (RLIMIT_NPROC:" in last


@pytest.mark.parametrize("command", ["scan", "check"])
def test_a_command_that_gets_no_thread_says_what_limits_them(everybody, command):
    done = run_with_threads(0, everybody, command, everybody / "r0")
    assert done.returncode == {"scan": 1, "check": 3}[command]
    assert "may have 0 (RLIMIT_NPROC:" in done.stdout + done.stderr


def test_a_reload_without_threads_changes_nothing_and_censuses_do_without(everybody):
    flag = configured(everybody, 1, "{interval: 1s, max_duty: 100%}")
    arguments = [flag, "--web.enable-lifecycle"]
    with exporter.daemon(*arguments, **with_threads(MOST_THREADS, everybody)) as daemon:
        before = threads(daemon)
        limit_threads(daemon, 125)
        configured(everybody, 50)
        answer = daemon.request("/-/reload", method="POST")
        assert answer.status == 500
        assert b"cannot start a thread: this process has 125 thread(s); " in answer.body
        assert b" may have 125 (RLIMIT_NPROC: " in answer.body
        processes.eventually(lambda: threads(daemon) == before, lambda: "threads left behind")
        assert daemon.value("hardlink_config_last_reload_successful") == 0
        assert [root["root"] for root in daemon.report()["roots"]] == ["r0"]
        count = ended_censuses(daemon, "r0")
        daemon.eventually(
            lambda now: now.get("hardlink_censuses_total", root="r0", result="success") > count + 1,
            "a census without threads of its own",
        )
        limit_threads(daemon, MOST_THREADS)
        assert daemon.request("/-/reload", method="POST").status == 200
        assert len(daemon.report()["roots"]) == 50


def test_many_roots_get_the_descriptors_that_the_hard_limit_allows(everybody):
    few = ["prlimit", "--nofile=64:4096", exporter.binary()]
    with exporter.daemon(configured(everybody, 50), command=few) as daemon:
        assert descriptors(daemon) > 100
        assert daemon.value("process_max_fds") == 4096
