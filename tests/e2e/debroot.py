"""Bare Debian systems in directories. A test that changes one throws it away."""

import contextlib
import os
import pathlib
import tempfile

import loopmount
import processes


def _archive():
    """The package archive of this system."""
    targets = ["Created-By: Packages", "Label: Debian"]
    listed = processes.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", *targets]).stdout
    if not listed:
        processes.skip("apt-get has no lists of packages; apt-get update gets them")
    return sorted(set(listed.split()))[0]


def host_suite():
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in release.splitlines())["VERSION_CODENAME"]


class Root:
    """A system below `path`. Its programs see nothing above that. `layers` are the directories that it consists
    of, the newest first."""

    def __init__(self, path, layers=None):
        self.path = pathlib.Path(path)
        self.layers = layers or [str(path)]

    def at(self, path):
        return self.path / path.lstrip("/")

    def run(self, *command, **options):
        environment = {**processes.environment(), "DEBIAN_FRONTEND": "noninteractive"}
        options = {"env": environment, "timeout": 300, **options}
        return processes.run(["chroot", str(self.path), *map(str, command)], **options)

    def install(self, package, *options):
        """Runs apt-get install ./PACKAGE, with a file from outside the system."""
        inside = self.at("/var/tmp") / package.name
        inside.write_bytes(package.read_bytes())
        done = self.run("apt-get", "install", "-q", "-y", *options, f"./var/tmp/{package.name}")
        inside.unlink()
        return done

    def paths(self, pattern):
        """The absolute paths of files on disk whose names match, without the kernel's own filesystems."""
        kernel = ["-path", "/proc", "-o", "-path", "/sys", "-o", "-path", "/dev"]
        found = self.run("find", "/", "(", *kernel, ")", "-prune", "-o", "-name", pattern, "-print")
        return set(found.stdout.split())


@contextlib.contextmanager
def bare(suite=None):
    """A minimal system of `suite` (default: HARDLINK_PACKAGE_SUITE, or the suite of this system): a new one, or the one
    in HARDLINK_PACKAGE_ROOT, which is not changed."""
    loopmount.need_mounts()
    ready = os.environ.get("HARDLINK_PACKAGE_ROOT")
    if ready:
        yield Root(ready)
        return
    debootstrap = processes.program("debootstrap")
    suite = suite or os.environ.get("HARDLINK_PACKAGE_SUITE") or host_suite()
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as directory:
        os.chmod(directory, 0o755)
        processes.run([debootstrap, "--variant=minbase", suite, directory, _archive()], timeout=600)
        yield Root(directory)


@contextlib.contextmanager
def copy(lower):
    """A system that looks like `lower`; its changes are dropped at the end of the context."""
    loopmount.need_mounts()
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as directory:
        memory, target = pathlib.Path(directory, "memory"), pathlib.Path(directory, "root")
        memory.mkdir()
        target.mkdir()
        os.chmod(directory, 0o755)
        with loopmount.mounted(["-t", "tmpfs", "-o", "mode=755", "tmpfs"], memory):
            (memory / "upper").mkdir()
            (memory / "work").mkdir()
            upper = str(memory / "upper")
            # The directories themselves, not the mount of the lower system: overlays cannot be stacked so deep.
            lowerdir = "lowerdir=" + ":".join(lower.layers)
            layers = f"{lowerdir},upperdir={upper},workdir={memory}/work"
            with loopmount.mounted(["-t", "overlay", "-o", layers, "overlay"], target):
                with loopmount.mounted(["-t", "proc", "proc"], target / "proc"):
                    yield Root(target, [upper, *lower.layers])


# The process that becomes PID 1 runs this in new namespaces. Kernel settings that are shared with the host are
# mounted read-only, because systemd would set them to Debian's defaults.
_BOOT = """
mount --make-rprivate /
cd "$1"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount --rbind /dev dev
mkdir -p .host
pivot_root . .host
umount -l /.host
# As systemd does where it is not in a container: services see what is mounted later.
mount --make-rshared /
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system
"""


class Machine(Root):
    """A system in which systemd runs."""

    def __init__(self, system, init):
        super().__init__(f"/proc/{init}/root", system.layers)
        self._enter = ["nsenter", "--target", str(init), "--mount", "--pid", "--cgroup", "--ipc"]

    def run(self, *command, **options):
        environment = {**processes.environment(), "DEBIAN_FRONTEND": "noninteractive"}
        options = {"env": environment, "timeout": 300, **options}
        return processes.run([*self._enter, "--", *map(str, command)], **options)

    def property(self, unit, name):
        return self.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    def journal(self, unit):
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit).stdout


def _init_of(boot):
    children = pathlib.Path(f"/proc/{boot.pid}/task/{boot.pid}/children")
    found = children.read_text(encoding="ascii").split()
    return found[0] if found else None


@contextlib.contextmanager
def _control_group():
    """A new control group; the groups that systemd makes in it are removed with it. systemd 257 (Debian 13) refuses
    to start under version 1, so a host's version 1 hierarchy is never used."""
    if "\tcgroup2\n" not in pathlib.Path("/proc/filesystems").read_text(encoding="ascii"):
        processes.skip("this kernel has no cgroup2, without which systemd does not start")
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as mountpoint:
        with loopmount.mounted(["-t", "cgroup2", "cgroup2"], mountpoint):
            group = tempfile.mkdtemp(prefix="hardlink-e2e-", dir=mountpoint)
            try:
                yield group
            finally:
                processes.eventually(lambda: _remove_group(group), lambda: f"{group} is in use")


def _remove_group(group):
    try:
        for directory, _, _ in os.walk(group, topdown=False):
            os.rmdir(directory)
    except OSError:
        return False  # a process in the group has not ended yet
    return True


@contextlib.contextmanager
def booted(system):
    """Starts the systemd that `system` must have installed. It uses the host's network."""
    namespaces = "--pid --mount --uts --ipc --cgroup --fork --kill-child"
    start = f'echo $$ >"$2/cgroup.procs"; exec unshare {namespaces} sh -euc "$0" sh "$1"'
    with _control_group() as group, tempfile.NamedTemporaryFile(prefix="hardlink-e2e-") as log:
        command = ["sh", "-euc", start, _BOOT, str(system.path), group]
        boot = processes.start(command, stdout=log, stderr=log)
        try:
            init = processes.eventually(lambda: _init_of(boot), lambda: "no child of unshare")
            machine = Machine(system, init)

            def is_up():
                assert boot.poll() is None, pathlib.Path(log.name).read_text(encoding="utf-8")
                state = machine.run("systemctl", "is-system-running", check=False).stdout.strip()
                return state in ("running", "degraded")

            processes.eventually(is_up, lambda: "systemd is not up")
            yield machine
        finally:
            boot.kill()
            boot.wait()
