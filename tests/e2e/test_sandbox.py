"""The rights that the daemon gives up once it listens, by /proc; all its work must still succeed. The unit tests try
the refused actions from within."""

import contextlib
import os
import pathlib
import signal
import socket

import exporter
import loopmount
import processes
import pytest
import trees
from service_manager import Manager

CONFIG = """
roots:
{roots}
scan:
  interval: 1h
  watch_interval: 1s
  max_duty: 100%
"""

DAC_READ_SEARCH = 1 << 2
NO_CAPABILITIES = 0
FILTERED = 2

NOBODY = 65534
AS_NOBODY = [
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
    "--bounding-set=-all,+dac_read_search",
]


def write_config(path, engine, **roots):
    lines = [f"  - {{path: {top}, name: {name}, engine: {engine}}}" for name, top in roots.items()]
    path.write_text(CONFIG.format(roots="\n".join(lines)))
    return path


def rights(daemon):
    """{name: number} of the rights in /proc, for every thread."""
    threads = []
    for task in pathlib.Path(f"/proc/{daemon.process.pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            lines = (task / "status").read_text().splitlines()
            fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
            caps = {name: int(value, 16) for name, value in fields.items() if name[:3] == "Cap"}
            flags = {name: int(fields[name]) for name in ("NoNewPrivs", "Seccomp")}
            threads.append({**caps, **flags})
    assert len(threads) > 10
    return threads


def sandbox_line(daemon):
    (line,) = [line for line in daemon.log().splitlines() if "msg=sandbox" in line]
    return line


@pytest.fixture(name="ext4s", scope="module")
def two_filesystems():
    with loopmount.filesystem("ext4", 64) as one, loopmount.filesystem("ext4", 64) as two:
        yield one, two


@pytest.fixture(name="manager")
def manager_socket(tree):
    manager = Manager(tree / "notify")
    os.chmod(tree / "notify", 0o666)
    with contextlib.closing(manager):
        yield manager


def private_snapshots(top):
    """Two snapshots that only their owner can read, so that counting them needs a capability."""
    trees.snapshots(top, names=5)
    for directory in (top, *top.iterdir()):
        directory.chmod(0o700)
    return top


@pytest.mark.parametrize("who", ["root", "nobody"])
@pytest.mark.parametrize("engine", exporter.ENGINES)
def test_census_watch_reload_and_stop_work_with_nothing_but_the_right_to_read(
    ext4s, tree, manager, engine, who
):
    first = private_snapshots(ext4s[0] / f"first-{engine}-{who}")
    second = private_snapshots(ext4s[1] / f"second-{engine}-{who}")
    config = write_config(tree / "config.yml", engine, first=first)
    command = [exporter.copy_for_everybody(tree)]
    if who == "nobody":
        command = [processes.program("setpriv"), *AS_NOBODY, *command]
    environment = {**processes.environment(), "NOTIFY_SOCKET": str(tree / "notify")}
    with exporter.daemon(f"--config.file={config}", command=command, env=environment) as daemon:
        manager.next("READY=1")
        assert "capabilities=dac_read_search no_new_privs=on seccomp=on" in sandbox_line(daemon)
        for thread in rights(daemon):
            assert thread["CapEff"] == thread["CapPrm"] == DAC_READ_SEARCH
            assert thread["CapInh"] == thread["CapAmb"] == NO_CAPABILITIES
            assert thread["CapBnd"] == (NO_CAPABILITIES if who == "root" else DAC_READ_SEARCH)
            assert thread["NoNewPrivs"] == 1
            assert thread["Seccomp"] == FILTERED
        now = daemon.classic()
        assert now.labels("hardlink_root_info", "engine") == [engine]
        assert now.value("hardlink_max_links", root="first") == 10
        assert now.value("hardlink_census_complete", root="first") == 1

        # The watch reads again, and inotify reports a new layer.
        os.link(first / "snap.0" / "0", first / "snap.0" / "one-more")
        daemon.eventually(lambda now: now.value("hardlink_max_links") == 11, "the new link")
        trees.copy_links(first / "snap.0", first / "snap.2")
        daemon.eventually(lambda now: now.value("hardlink_layers") == 3, "the new layer")

        # The device of a root that a reload adds was not open when the daemon started.
        write_config(config, engine, first=first, second=second)
        daemon.signal(signal.SIGHUP)
        manager.next("RELOADING=1")
        manager.next("READY=1")
        after = daemon.eventually(
            lambda now: now.get("hardlink_max_links", root="second") == 10, "the new root"
        )
        assert after.labels("hardlink_root_info", "engine") == [engine, engine]
        assert after.value("hardlink_config_last_reload_successful") == 1
        for thread in rights(daemon):
            assert thread["CapPrm"] == DAC_READ_SEARCH
            assert thread["Seccomp"] == FILTERED
        daemon.signal(signal.SIGTERM)
        manager.next("STOPPING=1")
        assert daemon.process.wait(timeout=30) == 0


def test_reload_over_http_works_in_the_sandbox(tree):
    config = write_config(tree / "config.yml", "walk", r=trees.snapshots(tree / "root"))
    arguments = [f"--config.file={config}", "--web.enable-lifecycle"]
    with exporter.daemon(*arguments) as daemon:
        assert daemon.request("/-/reload", method="POST").status == 200
        assert daemon.value("hardlink_config_last_reload_successful") == 1


@pytest.mark.parametrize("part", ["capabilities", "landlock", "seccomp"])
def test_each_part_can_be_switched_off(tree, part):
    processes.need_root()
    root = trees.snapshots(tree / "root")
    with exporter.daemon(f"--sandbox.{part}=off", root) as daemon:
        assert f"{part}=off" in sandbox_line(daemon)
        assert "no_new_privs=on" in sandbox_line(daemon)
        (thread,) = {tuple(sorted(thread.items())) for thread in rights(daemon)}
        thread = dict(thread)
        assert (thread["CapPrm"] == DAC_READ_SEARCH) == (part != "capabilities")
        assert (thread["Seccomp"] == FILTERED) == (part != "seccomp")
        assert daemon.value("hardlink_up", root=str(root)) == 1


def test_with_all_parts_off_the_daemon_keeps_its_rights(tree):
    off = [f"--sandbox.{part}=off" for part in ("capabilities", "landlock", "seccomp")]
    with exporter.daemon(*off, trees.snapshots(tree / "root")) as daemon:
        assert "no_new_privs=off" in sandbox_line(daemon)
        for thread in rights(daemon):
            assert thread["NoNewPrivs"] == 0


def free_low_port():
    for port in range(1023, 600, -1):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    return processes.skip("no port below 1024 is free")


def test_the_right_to_listen_on_a_low_port_ends_when_it_listens(tree):
    processes.need_root()
    port = free_low_port()
    listen = f"--web.listen-address=127.0.0.1:{port}"
    with exporter.daemon(listen, trees.snapshots(tree / "root")) as daemon:
        processes.eventually(lambda: f"127.0.0.1:{port}" in daemon.log(), daemon.log)
        with socket.create_connection(("127.0.0.1", port), timeout=30):
            pass
        processes.eventually(
            lambda: all(thread["CapPrm"] == DAC_READ_SEARCH for thread in rights(daemon)),
            lambda: rights(daemon),
        )


def test_a_part_that_the_kernel_refuses_is_logged_and_left_out(tree):
    """Like a container whose own filter refuses Landlock and further filters."""
    outer = tree / "outer"
    outer.write_text(OUTER_FILTER)
    command = ["/usr/bin/python3", str(outer), exporter.binary()]
    root = trees.snapshots(tree / "root")
    with exporter.daemon(root, command=command) as daemon:
        line = sandbox_line(daemon)
        assert "level=warn" in line
        assert "seccomp=\"refused: " in line
        assert "landlock=\"refused: " in line
        assert daemon.value("hardlink_up", root=str(root)) == 1


# Makes landlock_create_ruleset, seccomp and prctl(PR_SET_SECCOMP) fail with EPERM, then executes the given program.
OUTER_FILTER = """
import ctypes, os, platform, struct, sys
*numbers, prctl = {"x86_64": (444, 317, 157), "aarch64": (444, 277, 167)}[platform.machine()]
code = [struct.pack("HBBI", 0x20, 0, 0, 0)]
for number in numbers:
    code += [struct.pack("HBBI", 0x15, 0, 1, number), struct.pack("HBBI", 0x06, 0, 0, 0x00050001)]
code += [struct.pack("HBBI", 0x15, 0, 3, prctl), struct.pack("HBBI", 0x20, 0, 0, 16)]
code += [struct.pack("HBBI", 0x15, 0, 1, 22), struct.pack("HBBI", 0x06, 0, 0, 0x00050001)]
code.append(struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000))
program = ctypes.create_string_buffer(b"".join(code))
fprog = struct.pack("HxxxxxxP", len(code), ctypes.addressof(program))
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
if libc.prctl(22, 2, ctypes.c_char_p(fprog)) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.parametrize("value", ["", "yes", "ON"])
def test_a_switch_is_on_or_off(value):
    done = exporter.run(f"--sandbox.seccomp={value}", "/")
    assert done.returncode == 2
    assert "--sandbox.seccomp" in done.stderr
