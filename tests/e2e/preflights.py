"""Runs preflight, and compares its verdict with a real Docker that loads the image."""

import json
import re

import pytest

import dockerd
import exporter
import images
import loopmount

YUMDB = "var/lib/yum/yumdb"
NAMES = 197


@pytest.fixture(scope="module")
def running():
    # More inodes than the default of mkfs, because each directory of each layer takes one.
    with loopmount.filesystem("ext4", 2048, mkfs=["-N", "400000"]) as data_root:
        with dockerd.running(data_root) as docker:
            yield docker


def remove_all(running, but=()):
    for tag in running.tags() - set(but):
        running.remove(tag)


@pytest.fixture(name="docker")
def empty_docker(running):
    """A Docker without images."""
    remove_all(running)
    yield running
    remove_all(running)


def preflight(archive, where, *flags):
    """The JSON answer; its verdict must agree with the exit code."""
    done = exporter.run("preflight", "--format=json", *flags, archive, where)
    assert done.returncode in (0, 1) and done.stdout, done.stderr
    answer = json.loads(done.stdout)
    assert answer["fits"] == (done.returncode == 0)
    return answer


def the_image(answer):
    (image,) = answer["images"]
    return image


def complaint(*arguments, code=3):
    """The one line on standard error of a preflight without a verdict."""
    done = exporter.run("preflight", *arguments)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert re.fullmatch(r"hardlink_exporter: [^\n]+\n", done.stderr)
    return done.stderr


def load(docker, archive, check=True):
    return docker.command("load", "--quiet", "--input", str(archive), check=check)


def check_against_docker(docker, archive):
    """Asks for a verdict, then loads the archive. Both must agree, also on the name that fails. Returns the answer."""
    answer = preflight(archive, docker.overlay)
    loaded = load(docker, archive, check=False)
    assert answer["fits"] == (loaded.returncode == 0), (answer["verdict"], loaded.stderr)
    failure = answer["images"][-1]["failure"]
    if failure and failure["links_needed"]:
        assert "too many links" in loaded.stderr
        assert f"/{failure['path']}:" in loaded.stderr
    if answer["fits"]:
        root = exporter.scan_root(docker.overlay)
        after = answer["root_extractions_remaining_after"]
        margin = root["extractions_remaining"]
        # preflight knows the inodes and space of Docker's own files only to a few blocks.
        assert abs(margin - after) <= (0 if root["first_limit"] == "links" else margin * 0.01)
    return answer


def yum_base():
    return images.Layer().hard_linked(YUMDB, NAMES).file("etc/motd", b"hello").built()
