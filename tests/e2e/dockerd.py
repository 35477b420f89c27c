"""A real Docker daemon with the legacy overlay driver, on a data root of its own."""

import contextlib
import hashlib
import pathlib
import re
import signal
import subprocess
import tempfile

import pytest

import images
import processes

# This release removed the driver.
_FIRST_WITHOUT_OVERLAY = 24


class Docker:
    process = None

    def __init__(self, data_root, scratch):
        self.overlay = pathlib.Path(data_root, "overlay")
        self.socket = f"unix://{scratch}/docker.sock"
        self._archive = pathlib.Path(scratch, "image.tar")

    def command(self, *words, check=True):
        client = processes.program("docker")
        return processes.run([client, "-H", self.socket, *words], check=check, timeout=300)

    def load(self, tag, layers, check=True):
        """`docker load` of an archive with one image."""
        images.write(self._archive, tag, layers)
        return self.command("load", "--quiet", "--input", str(self._archive), check=check)

    def kill_while_loading(self, tag, layers, moment):
        """Loads an image and kills the daemon with SIGKILL while `moment()` is true."""
        images.write(self._archive, tag, layers)
        client = processes.program("docker")
        command = [client, "-H", self.socket, "load", "--quiet", "--input", str(self._archive)]
        load = processes.start(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def stopped_at_the_moment():
            assert load.poll() is None, "the image was loaded before the daemon could be killed"
            if not moment():
                return False
            self.process.send_signal(signal.SIGSTOP)
            # It may have become false before the daemon stood still.
            if moment():
                return True
            self.process.send_signal(signal.SIGCONT)
            return False

        processes.eventually(stopped_at_the_moment, lambda: "a layer is extracted", pause=0)
        self.process.kill()
        self.process.wait()
        load.wait()

    def remove(self, tag):
        self.command("rmi", tag)

    def top_layer(self, layers):
        """The name, below `overlay`, of the topmost of an image's layers."""
        chain = ""
        for layer in layers:
            digest = f"sha256:{layer.digest}"
            both = hashlib.sha256(f"{chain} {digest}".encode()).hexdigest()
            chain = f"sha256:{both}" if chain else digest
        database = self.overlay.parent / "image" / "overlay" / "layerdb"
        return (database / chain.replace(":", "/") / "cache-id").read_text()

    def tags(self):
        listed = self.command("images", "--format", "{{.Repository}}:{{.Tag}}")
        return set(listed.stdout.split())

    def is_up(self):
        return self.command("version", check=False).returncode == 0


def _need_overlay_driver(program):
    version = processes.run([program, "--version"]).stdout
    major = int(re.search(r"version (\d+)\.", version)[1])
    if major >= _FIRST_WITHOUT_OVERLAY:
        # Not processes.skip(), which fails in CI: this distribution has no such Docker to install.
        pytest.skip(f"Docker {major} has no overlay driver any more")


@contextlib.contextmanager
def running(data_root):
    """A Docker daemon that keeps everything below `data_root` and runs no containers."""
    processes.need_root()
    program = processes.program("dockerd")
    processes.program("containerd")
    _need_overlay_driver(program)
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as scratch:
        config = pathlib.Path(scratch, "daemon.json")
        config.write_text("{}")
        log = open(pathlib.Path(scratch, "dockerd.log"), "w+", encoding="utf-8")
        docker = Docker(data_root, scratch)
        flags = ["--iptables=false", "--ip6tables=false", "--bridge=none"]
        flags += [f"--config-file={config}", f"--data-root={data_root}"]
        flags += ["--storage-driver=overlay", f"--exec-root={scratch}/exec"]
        flags += [f"--host={docker.socket}", f"--pidfile={scratch}/docker.pid"]
        process = processes.start([program, *flags], stdout=log, stderr=log)
        docker.process = process
        try:
            processes.eventually(
                lambda: docker.is_up() or process.poll() is not None, lambda: "Docker answers"
            )
            if process.poll() is not None:
                log.seek(0)
                processes.skip(f"dockerd does not start here: {log.read()[-2000:]}")
            yield docker
        finally:
            processes.terminate(process)
            log.close()
