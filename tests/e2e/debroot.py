"""Bare Debian systems in directories, each thrown away after the test that changed it."""

import contextlib
import os
import pathlib
import tempfile

import loopmount
import processes


def _archive():
    """The archive that this system's own packages come from."""
    targets = ["Created-By: Packages", "Label: Debian"]
    listed = processes.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", *targets]).stdout
    if not listed:
        processes.skip("apt-get has no lists of packages; apt-get update gets them")
    return sorted(set(listed.split()))[0]


def host_suite():
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in release.splitlines())["VERSION_CODENAME"]


class Root:
    """A system below `path`; its programs see nothing above it. `layers` are the directories that
    it consists of, the newest first."""

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
        """apt-get install ./PACKAGE, a file outside of the system."""
        inside = self.at("/var/tmp") / package.name
        inside.write_bytes(package.read_bytes())
        done = self.run("apt-get", "install", "-q", "-y", *options, f"./var/tmp/{package.name}")
        inside.unlink()
        return done

    def paths(self, pattern):
        """The absolute paths of files whose names match, on disk and not of the kernel."""
        kernel = ["-path", "/proc", "-o", "-path", "/sys", "-o", "-path", "/dev"]
        found = self.run("find", "/", "(", *kernel, ")", "-prune", "-o", "-name", pattern, "-print")
        return set(found.stdout.split())


@contextlib.contextmanager
def bare():
    """A minimal system of HARDLINK_PACKAGE_SUITE (this system's own, if unset): new, or the one in
    HARDLINK_PACKAGE_ROOT, which is not changed."""
    loopmount.need_mounts()
    ready = os.environ.get("HARDLINK_PACKAGE_ROOT")
    if ready:
        yield Root(ready)
        return
    debootstrap = processes.program("debootstrap")
    suite = os.environ.get("HARDLINK_PACKAGE_SUITE") or host_suite()
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as directory:
        os.chmod(directory, 0o755)
        processes.run([debootstrap, "--variant=minbase", suite, directory, _archive()], timeout=600)
        yield Root(directory)


@contextlib.contextmanager
def copy(lower):
    """A system that looks like `lower` and whose changes are gone afterwards."""
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
            # Not the lower one's own mount: overlays cannot be stacked so deep.
            lowerdir = "lowerdir=" + ":".join(lower.layers)
            layers = f"{lowerdir},upperdir={upper},workdir={memory}/work"
            with loopmount.mounted(["-t", "overlay", "-o", layers, "overlay"], target):
                with loopmount.mounted(["-t", "proc", "proc"], target / "proc"):
                    yield Root(target, [upper, *lower.layers])
