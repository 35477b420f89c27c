"""Many clients at once, some of them ill-behaved: scrapes go on, and nothing grows. bench/soak.py
is the long form."""

import concurrent.futures
import contextlib
import ctypes
import os
import pathlib
import re
import threading

import pytest

import crowd
import exporter
import exposition
import processes
from trees import snapshots

# The system call's number on x86-64 and arm64.
_IOPRIO_GET = {"x86_64": 252, "aarch64": 31}.get(os.uname().machine)
_WHO_PROCESS, _CLASS_IDLE = 1, 3

SCRAPERS = 40
MEGABYTE = 1 << 20

# Threads of the server for requests, for clients that are waited for, and spare ones
# (http/server.cc); each may hold a connection, and civetweb queues 20 more.
MOST_CONNECTIONS = 40 + 64 + 16 + 20

CONFIG = """
roots:
  - {path: %s/ext4, name: ext4, layout: snapshots, engine: ext4}
  - {path: %s/walk, name: walk, layout: snapshots, engine: walk}
scan: {interval: 100ms, watch_interval: 100ms, max_duty: 100%%}
web: {max_requests: 64}
"""


def status(daemon, field):
    text = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(rf"^{field}:\s+(\d+)", text, re.MULTILINE).group(1))


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def threads(daemon):
    return status(daemon, "Threads")


def check_growth(daemon, kilobytes_before, megabytes, field="VmRSS"):
    """Sanitizers keep what was freed."""
    if not os.environ.get("HARDLINK_SANITIZE"):
        grown = status(daemon, field) - kilobytes_before
        assert grown <= megabytes * 1024, f"{grown} kB more"


@pytest.fixture
def daemon(tree):
    with exporter.daemon(snapshots(tree / "root")) as running:
        yield running


def is_up(samples):
    ups = [value for _, value in samples.all("hardlink_up")]
    return ups != [] and set(ups) == {1}


KINDS = [
    (accept, encoding, read)
    for accept, read in [
        ("application/openmetrics-text;version=1.0.0", exposition.openmetrics),
        ("text/plain;version=0.0.4", exposition.classic),
    ]
    for encoding in ["gzip", "identity"]
]


def scrape(daemon, number):
    """One scrape in one of the formats and encodings, checked to its last sample."""
    accept, encoding, read = KINDS[number % len(KINDS)]
    answer = daemon.get("/metrics", Accept=accept, Accept_Encoding=encoding)
    assert answer.status == 200, answer.body
    assert is_up(read(answer.content()))


def scrape_at_once(daemon, each):
    """As many threads as there are scrapers, each with `each` scrapes."""
    together = threading.Barrier(SCRAPERS)

    def scraper(number):
        together.wait()
        for turn in range(each):
            scrape(daemon, number + turn)

    with concurrent.futures.ThreadPoolExecutor(SCRAPERS) as pool:
        for done in [pool.submit(scraper, number) for number in range(SCRAPERS)]:
            done.result()


def ended_censuses(daemon, root):
    return daemon.value("hardlink_censuses_total", root=root, result="success")


def test_forty_scrapes_at_once_are_whole_while_censuses_run_and_layers_come_and_go(ext4):
    with contextlib.ExitStack() as stack:
        churns = [crowd.Churn(ext4 / name, 10, 500, pause=0.05) for name in ("ext4", "walk")]
        config = ext4 / "hardlink_exporter.yml"
        config.write_text(CONFIG % (ext4, ext4))
        daemon = stack.enter_context(exporter.daemon(f"--config.file={config}"))
        scrape_at_once(daemon, each=2)  # every thread of the server has worked once
        before = threads(daemon), descriptors(daemon), status(daemon, "VmRSS")
        counted = [ended_censuses(daemon, root) for root in ("ext4", "walk")]
        for churn in churns:
            stack.enter_context(churn)
        scrape_at_once(daemon, each=10)
        for root, count, churn in zip(("ext4", "walk"), counted, churns):
            assert ended_censuses(daemon, root) > count
            assert churn.made > 0
        check_growth(daemon, before[2], megabytes=32)
        # The threads and descriptors of a census come and go.
        for figure, count in zip((threads, descriptors), before):
            processes.eventually(lambda: figure(daemon) <= count, lambda: f"{count} again")


def test_scrapes_go_on_with_thousands_of_idle_connections(daemon):
    count = 10_000 if crowd.allow_descriptors(12_000) else 2_000
    assert crowd.allow_descriptors(count + 1_000), "may not open 3,000 descriptors"
    before, memory = threads(daemon), status(daemon, "VmRSS")
    with contextlib.closing(crowd.Idle(daemon.port, count)) as idle:
        for number in range(20):
            scrape(daemon, number)
            assert descriptors(daemon) <= 20 + MOST_CONNECTIONS
            idle.renew()
        assert threads(daemon) == before
        check_growth(daemon, memory, megabytes=32)


def test_clients_that_do_not_read_their_answer_hold_up_nobody(ext4):
    crowd.Churn(ext4 / "root", layers=30, files=40)  # an answer that no window takes at once
    with exporter.daemon(ext4 / "root") as daemon:
        assert len(daemon.get("/metrics").body) > 60_000
        with contextlib.closing(crowd.SlowReaders(daemon.port, 2 * SCRAPERS)) as slow:
            for number in range(20):
                scrape(daemon, number)
                slow.tick()
            assert slow.refused == 0


def test_clients_that_never_finish_their_request_hold_up_nobody(daemon):
    with contextlib.closing(crowd.SlowWriters(daemon.port, 300)) as slow:
        for number in range(20):
            scrape(daemon, number)
            slow.tick()
        assert descriptors(daemon) <= 20 + MOST_CONNECTIONS


@pytest.mark.parametrize("request_", crowd.RUDE)
def test_a_huge_request_is_refused_before_it_takes_memory(daemon, request_):
    for number in range(len(KINDS)):
        scrape(daemon, number)
    before = status(daemon, "VmHWM")
    for _ in range(5):
        answer, sent = crowd.ask_rudely(daemon.port, request_)
        assert not answer or re.match(rb"HTTP/1\.1 (4\d\d|501) ", answer), answer[:200]
        assert sent <= 20 * MEGABYTE, "read on and on"  # most of it is the kernel's two buffers
        scrape(daemon, 0)
    check_growth(daemon, before, megabytes=8, field="VmHWM")


def niceness(daemon):
    """Of each thread, in the order in which they were started; the first is the program's."""
    numbers = []
    for task in sorted(pathlib.Path(f"/proc/{daemon.process.pid}/task").iterdir(), key=number_of):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            numbers.append(niceness_of(task))
    return numbers


def niceness_of(task):
    return int((task / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[16])


def number_of(task):
    return int(task.name)


def io_classes(daemon):
    """The I/O scheduling classes (ioprio_get(2)) of the roots' threads."""
    libc, classes = ctypes.CDLL(None, use_errno=True), []
    for task in sorted(pathlib.Path(f"/proc/{daemon.process.pid}/task").iterdir(), key=number_of):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if niceness_of(task) == 19:
                classes.append(libc.syscall(_IOPRIO_GET, _WHO_PROCESS, number_of(task)) >> 13)
    return classes


def test_a_roots_thread_runs_at_the_lowest_priority_and_the_servers_do_not(tree):
    first, second = snapshots(tree / "first"), snapshots(tree / "second")
    config = tree / "hardlink_exporter.yml"
    config.write_text(f"roots: [{{path: {first}, name: first}}]\n")
    own = os.nice(0)
    with exporter.daemon(f"--config.file={config}", "--web.enable-lifecycle") as daemon:
        assert niceness(daemon).count(19) == 1
        assert set(niceness(daemon)) == {own, 19}
        # The sandbox lets a thread that comes later lower itself too.
        config.write_text(f"roots: [{{path: {first}, name: a}}, {{path: {second}, name: b}}]\n")
        assert daemon.request("/-/reload", method="POST").status == 200
        daemon.eventually(lambda now: now.get("hardlink_up", root="b") == 1, "the second root")
        processes.eventually(lambda: niceness(daemon).count(19) == 2, lambda: "two threads")


def test_io_priority_follows_the_configuration_also_when_that_is_loaded_again(tree):
    root, config = snapshots(tree / "root"), tree / "hardlink_exporter.yml"

    def configure(priority):
        scan = f"{{interval: 1s, watch_interval: 1s, max_duty: 100%, io_priority: {priority}}}"
        config.write_text(f"roots: [{{path: {root}, name: r}}]\nscan: {scan}\n")

    configure("idle")
    with exporter.daemon(f"--config.file={config}", "--web.enable-lifecycle") as daemon:
        for priority, is_idle in [("idle", True), ("best-effort", False), ("idle", True)]:
            configure(priority)
            assert daemon.request("/-/reload", method="POST").status == 200
            processes.eventually(
                lambda: {number == _CLASS_IDLE for number in io_classes(daemon)} == {is_idle},
                lambda: f"{priority}: {io_classes(daemon)}",
            )


# Threads that are limited: the limit on the processes of a user, of whom there is nothing else.

DEPLOY = pathlib.Path(__file__).parents[2] / "deploy"
LIMIT_NAMES = r"pids_limit|TasksMax|LimitNPROC|pids-limit|[pP]idsLimit"
# The file, and how many roots its daemon may well have. The other unit runs `scan`.
MANIFESTS = {"compose/docker-compose.yml": 1, "systemd/hardlink-exporter.service": 20}
OF_SCAN = {"systemd/hardlink-exporter-textfile.service"}
USER = 70_000 + os.getpid() % 1_000_000
MOST_THREADS = 2_000


def manifest_limits(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    return [int(found) for found in re.findall(rf"^ *(?:{LIMIT_NAMES})\W+(\d+)", text, re.MULTILINE)]


def with_threads(limit, everybody):
    """Options that start the program as a user of its own, who may have that many threads."""
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
        # The daemon itself says how many it needs: that leaves room for the threads of censuses.
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
