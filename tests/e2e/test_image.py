"""The image of the Dockerfile, started like a container. This takes minutes and downloads packages, so ctest does not
run it, but scripts/test-containers.sh does."""

import pathlib
import shutil

import pytest

import exporter
import image
import processes
from trees import snapshots

SOURCE = pathlib.Path(__file__).parents[2]

# The rights that deploy/compose and deploy/kubernetes give.
ONLY_READING = "-all,+dac_read_search"


@pytest.fixture(scope="module")
def built():
    processes.need_root()
    with image.built(SOURCE) as made:
        yield made


@pytest.fixture
def backups(built):
    """A tree in the image that every user can read."""
    top = built.root.at("/srv/backups")
    snapshots(top, names=3)
    yield top
    shutil.rmtree(top)


def healthy(built, port):
    words = [*built.command(), "env", f"HEALTH_PORT={port}", *built.health]
    return processes.run(words, check=False).returncode == 0


def test_the_entry_point_serves_as_the_images_user_and_is_healthy_while_it_does(built, backups):
    command = [*built.command(), *built.entry_point]
    with exporter.daemon("/srv/backups", command=command) as daemon:
        status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
        assert f"Uid:\t{built.user.partition(':')[0]}\t" in status
        assert "CapEff:\t0000000000000000" in status
        assert daemon.value("hardlink_max_links", root="/srv/backups") == 6
        assert healthy(built, daemon.port)
    assert not healthy(built, daemon.port)


def test_as_root_with_one_capability_it_reads_other_users_trees(built, backups):
    for path in [backups, *backups.rglob("*")]:
        shutil.chown(path, 4321, 4321)
        path.chmod(0o700)
    confined = ["setpriv", "--no-new-privs"]
    confined += [f"--bounding-set={ONLY_READING}", f"--inh-caps={ONLY_READING}"]
    command = [*built.command(user="0:0"), *confined, *built.entry_point]
    with exporter.daemon("/srv/backups", command=command) as daemon:
        assert daemon.value("hardlink_census_complete", root="/srv/backups") == 1
        assert daemon.value("hardlink_max_links", root="/srv/backups") == 6


def test_the_image_has_no_compiler_no_source_and_no_lists_of_packages(built):
    for path in ["/usr/bin/cc", "/usr/bin/c++", "/usr/bin/cmake", "/usr/bin/git", "/src"]:
        assert not built.root.at(path).exists(), path
    assert not list(built.root.at("/var/lib/apt/lists").glob("*"))


def test_the_image_is_little_larger_than_debian(built):
    upper = pathlib.Path(built.root.layers[0])
    files = [path for path in upper.rglob("*") if path.is_file() and not path.is_symlink()]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    print(f"{megabytes:.1f} MB in {len(files)} files on top of Debian")
    assert megabytes < 40
