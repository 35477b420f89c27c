"""A release, made by scripts/release.sh of the build under test."""

import contextlib
import os
import pathlib
import tempfile

import processes

_SOURCE = pathlib.Path(__file__).parents[2]


def make(directory, **variables):
    """Makes a tarball in `directory` and returns its path."""
    script = [_SOURCE / "scripts/release.sh", os.environ["HARDLINK_BUILD_DIRECTORY"], directory]
    environment = {**processes.environment(), **variables}
    return pathlib.Path(processes.run(script, env=environment, timeout=600).stdout.strip())


def unpack(archive, directory):
    """Unpacks a tarball in `directory` and returns its only folder."""
    processes.run(["tar", "-xf", archive, "-C", directory])
    return pathlib.Path(directory, archive.name.removesuffix(".tar.gz"))


@contextlib.contextmanager
def unpacked():
    """The folder of a new release."""
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as directory:
        os.chmod(directory, 0o755)
        yield unpack(make(directory), directory)
