"""Which limit ends first, compared with a real Docker: inodes, space or links, with and without ext4's reserve.
The announced layers fit; preflight and Docker agree on the layer that does not."""

import contextlib
import dataclasses
import json
import os

import pytest

import dockerd
import exporter
import exposition
import images
import loopmount

# The directories that each layer makes, of one block each: GROUPS directories of 12 in share/, and share/ itself,
# usr/, var/, lib/, yum/ and the top.
GROUPS = 20
DIRECTORIES = GROUPS * 13 + 6


@dataclasses.dataclass(frozen=True)
class Case:
    limit: str
    megabytes: int
    inodes: int
    hard_links: int
    error: str

    def base(self):
        layer = images.Layer().hard_linked("var/lib/yum", self.hard_links)
        for number in range(GROUPS * 12):
            layer.file(f"usr/share/{number // 12:02}/{number:03}/f")
        return layer.built()


NO_SPACE = "no space left on device"
CASES = [
    Case("inodes", 384, 16000, 2, NO_SPACE),
    Case("space", 64, 20000, 2, NO_SPACE),
    Case("links", 384, 40000, 1400, "too many links"),
]


@contextlib.contextmanager
def docker_on(case, reserve):
    """A Docker with the base image of `case`, on a filesystem on which the limit of `case` ends first."""
    mkfs = ["-b", "4096", "-N", str(case.inodes), "-m", str(reserve)]
    with loopmount.filesystem("ext4", case.megabytes, mkfs=mkfs) as data_root:
        with dockerd.running(data_root) as docker:
            docker.load("base:1", [case.base()])
            os.sync()
            yield docker


def limit_of(root, name):
    (limit,) = [limit for limit in root["limits"] if limit["limit"] == name]
    return limit


def preflight(docker, archive):
    done = exporter.run("preflight", "--format=json", archive, docker.overlay)
    assert done.returncode in (0, 1) and done.stdout, done.stderr
    answer = json.loads(done.stdout)
    assert answer["fits"] == (done.returncode == 0)
    return answer


def binding_limit(docker):
    done = exporter.run("scan", "--format=prometheus", docker.overlay)
    assert done.returncode == 0, done.stderr
    (limit,) = exposition.classic(done.stdout.encode()).labels("hardlink_binding_info", "limit")
    return limit


class Boundary:
    """Images of thin layers on the base, as preflight judges them and as Docker loads them."""

    def __init__(self, docker, case, archive):
        self.docker = docker
        self.case = case
        self.base = case.base()
        self.archive = archive

    def written(self, tag, layers):
        return images.write(self.archive, f"{tag}:1", [self.base, *images.thin(tag, layers)])

    def judged(self, layers):
        return preflight(self.docker, self.written("more", layers))

    def load(self, layers, check=True):
        archive = self.written("more", layers)
        return self.docker.command("load", "--quiet", "--input", str(archive), check=check)

    def most_that_fit(self, at_most):
        """The layers of the largest image that preflight accepts, and its answer to one more layer."""
        for layers in range(1, at_most + 2):
            answer = self.judged(layers)
            if not answer["fits"]:
                return layers - 1, answer
        raise AssertionError(f"{at_most + 1} more layers are said to fit")

    def check_refused(self, answer, layers):
        """Docker and preflight refuse the same images, for the same reason and at the same place."""
        (image,) = answer["images"]
        failure = image["failure"]
        assert failure["limit"] == self.case.limit
        assert failure["left"] < failure["needed"]
        assert (failure["new_layer"], image["fitting_layers"]) == (layers, layers - 1)
        refused = self.load(layers, check=False)
        assert refused.returncode != 0
        assert self.case.error in refused.stderr
        if self.case.limit != "space":
            assert f"/{failure['path']}: " in refused.stderr


def check_plan(docker, engine):
    """A plan reaches its target under the limit that ends first."""
    done = exporter.run("plan", "--format=json", "--target=10", docker.overlay)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["margin_before"] < 10 <= made["margin_after"]
    for step in made["steps"]:
        docker.command("rmi", *step["references"])
    os.sync()
    root = exporter.scan_root("--engine", engine, docker.overlay)
    assert root["extractions_remaining"] >= made["margin_after"]


@pytest.mark.parametrize("reserve", [0, 5])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.limit)
def test_the_announced_layers_fit_and_few_more(case, reserve, tmp_path):
    with docker_on(case, reserve) as docker:
        engine = exporter.ENGINES[reserve % 2]
        root = exporter.scan_root("--engine", engine, docker.overlay)
        assert root["first_limit"] == case.limit == binding_limit(docker)
        announced = root["extractions_remaining"]
        assert announced == limit_of(root, case.limit)["extractions_remaining"] > 20

        boundary = Boundary(docker, case, tmp_path / "image.tar")
        docker.load("announced:1", [boundary.base, *images.thin("announced", announced)])
        os.sync()
        still = exporter.scan_root("--engine", engine, docker.overlay)["extractions_remaining"]
        allowed = 0 if case.limit == "links" else max(announced // 20, 3)
        more, answer = boundary.most_that_fit(allowed)
        print(f"{case.limit} end first: {announced} announced, then {still}; {more} more fit")
        assert still <= more
        boundary.check_refused(answer, more + 1)
        if more > 0:
            boundary.load(more)
            assert boundary.judged(more)["verdict"] == "yes: all its layers are there already"
        check_plan(docker, engine)


def test_a_layer_takes_as_many_inodes_and_blocks_as_computed(tmp_path):
    """Measures the inodes and space of Docker's own files for each layer, and compares the program's figures."""
    case = CASES[0]
    layers = 40
    for block in (1024, 4096):
        mkfs = ["-b", str(block), "-N", "20000", "-m", "0"]
        with loopmount.filesystem("ext4", 256, mkfs=mkfs) as data_root:
            with dockerd.running(data_root) as docker:
                base = case.base()
                docker.load("base:1", [base])
                os.sync()
                before = os.statvfs(data_root)
                root = exporter.scan_root(docker.overlay)
                docker.load("app:1", [base, *images.thin("app", layers)])
                os.sync()
                after = os.statvfs(data_root)
                # Each thin layer has one file of its own; the image has its configuration.
                inodes = (before.f_ffree - after.f_ffree - 1) / layers - 1
                space = (before.f_bfree - after.f_bfree) * block / layers - block
                said = [limit_of(root, name)["per_extraction"] for name in ("inodes", "space")]
                assert inodes == DIRECTORIES + 7
                assert inodes <= said[0] <= inodes * 1.05
                assert space <= said[1] <= space * 1.1


def test_an_images_files_and_its_unpacked_archive_count(tmp_path):
    """The files of a layer and the archive take space at the same time. Files that a layer removes give their space
    back only when the layer is complete."""
    mkfs = ["-b", "4096", "-N", "4000", "-m", "0"]
    with loopmount.filesystem("ext4", 48, mkfs=mkfs) as data_root:
        with dockerd.running(data_root) as docker:
            free = os.statvfs(data_root).f_bavail * 4096
            archive = tmp_path / "image.tar"
            verdicts = set()
            for share in (0.30, 0.44, 0.56):
                content = os.urandom(int(free * share))
                removing = images.Layer().removal("srv/big").built()
                big = images.Layer().file("srv/small").file("srv/big", content).built()
                images.write(archive, "big:1", [big, removing])
                answer = preflight(docker, archive)
                loaded = docker.command("load", "--quiet", "--input", str(archive), check=False)
                assert answer["fits"] == (loaded.returncode == 0), (answer, loaded.stderr)
                (image,) = answer["images"]
                if image["failure"]:
                    assert image["failure"]["limit"] == "space"
                    assert image["failure"]["path"] == "srv/big"
                else:
                    docker.remove("big:1")
                verdicts.add(answer["fits"])
            assert verdicts == {True, False}
