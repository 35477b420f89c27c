"""A real Docker daemon that builds images and runs containers. Its images come from directories and tarballs."""

import contextlib
import ctypes
import json
import pathlib
import subprocess
import tempfile
import time

import dockerd
import processes

# A Docker before 20.10.10 answers EPERM to system calls that it does not know, and so does this profile.
NEWER_CALLS = [
    "clone3",
    "close_range",
    "epoll_pwait2",
    "faccessat2",
    "getrandom",
    "landlock_create_ruleset",
    "membarrier",
    "memfd_create",
    "openat2",
    "preadv2",
    "rseq",
    "statx",
]
OLD_PROFILE = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{"names": NEWER_CALLS, "action": "SCMP_ACT_ERRNO"}],
}

# Everything that the daemon starts ends with it, also its mounts, which no other process sees. Containers can follow
# the mounts of their host only if those are shared. With a network of its own, ports cannot be taken.
_START = """
mount -t proc proc /proc
mount --make-rshared /
[ "$1" != own ] || ip link set lo up
shift
exec "$@"
"""


def _enter(namespace):
    if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Engine(dockerd.Docker):
    """Use engine(). Containers share the daemon's network."""

    def __init__(self, scratch):
        super().__init__(scratch / "data", scratch)
        self.scratch = scratch
        self._profile = scratch / "old-profile.json"
        self._profile.write_text(json.dumps(OLD_PROFILE), encoding="utf-8")

    def import_directory(self, tag, top, *changes):
        """Makes an image of the files in a directory; `changes` are lines of a Dockerfile."""
        leave_out = ["--exclude=./proc/*", "--exclude=./sys/*", "--exclude=./var/cache/apt/archives/*"]
        words = ["tar", "-C", str(top), *leave_out, "-c", "."]
        options = [word for change in changes for word in ("--change", change)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=processes.environment()) as tar:
            client = [processes.program("docker"), "-H", self.socket]
            processes.run([*client, "import", *options, "-", tag], stdin=tar.stdout, timeout=300)
        assert tar.returncode == 0

    def build(self, tag, context, dockerfile, **arguments):
        """`docker build` by the daemon itself, without BuildKit; steps use the daemon's network."""
        given = [word for key, v in arguments.items() for word in ("--build-arg", f"{key}={v}")]
        client = [processes.program("docker"), "-H", self.socket]
        options = ["--network=host", "--force-rm", "-t", tag, "-f", str(dockerfile), *given]
        environment = {**processes.environment(), "DOCKER_BUILDKIT": "0"}
        start = time.monotonic()
        processes.run([*client, "build", *options, str(context)], env=environment, timeout=3000)
        print(f"docker build: {time.monotonic() - start:.0f} s")

    def container(self, name, image, *options, old_profile=False):
        """The words before the arguments of a container's program. The words run it in the foreground."""
        client = [processes.program("docker"), "-H", self.socket]
        old = ["--security-opt", f"seccomp={self._profile}"] if old_profile else []
        return [*client, "run", "--rm", "--name", name, "--network=host", *old, *options, image]

    @contextlib.contextmanager
    def network(self):
        """This thread's new sockets are in the daemon's own network while the context lasts."""
        with open("/proc/thread-self/ns/net", encoding="ascii") as usual:
            with open(f"/proc/{self.process.pid}/ns/net", encoding="ascii") as own:
                _enter(own)
            try:
                yield
            finally:
                _enter(usual)

    def status(self, name):
        """{field: value} of /proc/1/status in a container that has cat."""
        lines = self.command("exec", name, "cat", "/proc/1/status").stdout.splitlines()
        return dict(line.split(":\t", 1) for line in lines)

    def inspect(self, name):
        (found,) = json.loads(self.command("inspect", name).stdout)
        return found

    def wait_for_health(self, name, wanted):
        processes.eventually(
            lambda: self.inspect(name)["State"]["Health"]["Status"] == wanted,
            lambda: f"not {wanted}: {self.inspect(name)['State']}",
        )


@contextlib.contextmanager
def engine(network="host"):
    """A Docker daemon of its own. With network="own" its network has only a loopback interface, which
    network() reaches."""
    processes.need_root()
    program = processes.program("dockerd")
    processes.program("containerd")
    processes.program("ip")
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-", dir="/var/tmp") as directory:
        scratch = pathlib.Path(directory)
        (scratch / "daemon.json").write_text("{}", encoding="utf-8")
        running = Engine(scratch)
        flags = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=overlay2"]
        flags += [f"--config-file={scratch}/daemon.json", f"--data-root={scratch}/data"]
        flags += [f"--exec-root={scratch}/exec", f"--host={running.socket}"]
        flags += [f"--pidfile={scratch}/docker.pid"]
        apart = ["--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
        apart += ["--net"] if network == "own" else []
        command = ["unshare", *apart, "sh", "-euc", _START, "sh", network, program, *flags]
        with open(scratch / "dockerd.log", "w+", encoding="utf-8") as log:
            running.process = processes.start(command, stdout=log, stderr=log)
            try:
                processes.eventually(
                    lambda: running.is_up() or running.process.poll() is not None,
                    lambda: "Docker answers",
                )
                if running.process.poll() is not None:
                    log.seek(0)
                    processes.skip(f"dockerd does not start here: {log.read()[-2000:]}")
                yield running
            finally:
                if running.process.poll() is None:
                    left = running.command("ps", "-aq", check=False).stdout.split()
                    if left:
                        running.command("rm", "-f", *left, check=False)
                running.process.kill()
                running.process.wait()
