"""Plans that remove Docker's images, followed step by step: a scan after each step finds the announced margin."""

import re
import shutil

import pytest

import dockerd
import exporter
import images
import loopmount
import trees
from plans import commands, follow, plan, run

NAMES = 50
STORE = "var/lib/yum/yumdb"


class Host:
    """A Docker whose images have one base, with a link limit that leaves room for two layers."""

    def __init__(self, docker):
        self.docker = docker
        self.base = images.Layer().hard_linked(STORE, NAMES).built()
        self.limit = 0

    def load(self, tag, *layers):
        self.docker.load(tag, [self.base, *layers])

    def leave_room_for(self, layers):
        root = exporter.scan_root(self.docker.overlay)
        self.limit = root["max_links"] + layers * NAMES + NAMES // 2

    def flags(self, target):
        return [f"--link-limit={self.limit}", f"--target={target}", self.docker.overlay.parent]

    def scan(self):
        return exporter.scan_root(f"--link-limit={self.limit}", self.docker.overlay)

    def plan(self, target, code=0):
        return plan(*self.flags(target), code=code)

    def follow(self, target, code=0):
        made = self.plan(target, code)
        lines = commands(*self.flags(target), code=code)
        follow(made, lines, self.scan, DOCKER_HOST=self.docker.socket)
        return made


@pytest.fixture(scope="module")
def docker():
    with loopmount.filesystem("ext4", 512, mkfs=["-N", "60000"]) as data_root:
        with dockerd.running(data_root) as running:
            yield running


@pytest.fixture
def host(docker):
    """base + 4 layers (chain:1) + 3 (chain:2); base + 5 (alone:1, alone:2); base + 2 (small:1)."""
    made = Host(docker)
    chain = images.thin("chain", 4)
    made.load("chain:1", *chain)
    made.load("chain:2", *chain, *images.thin("more", 3))
    made.load("alone:1", *images.thin("alone", 5))
    docker.command("tag", "alone:1", "alone:2")
    made.load("small:1", *images.thin("small", 2))
    made.leave_room_for(2)
    yield made
    for container in docker.command("ps", "--all", "--quiet").stdout.split():
        docker.command("rm", container)
    while ids := docker.command("images", "--all", "--quiet").stdout.split():
        docker.command("rmi", "--force", *ids, check=False)


def names(plan_):
    return [step["image"] for step in plan_["steps"]]


def test_one_image_that_suffices_goes_with_both_its_tags(host):
    made = host.follow(7)
    assert names(made) == ["alone:1"]
    (step,) = made["steps"]
    assert step["references"] == ["alone:1", "alone:2"]
    assert step["links_freed"] == 5 * NAMES
    assert (made["margin_before"], made["margin_after"], made["reached"]) == (2, 7, True)
    assert made["fewest_proven"] and made["least_lost_proven"]
    assert names(host.plan(7)) == []


def test_images_that_share_a_chain_free_only_layers_without_other_users(host):
    made = host.follow(14)
    assert sorted(names(made)) == ["alone:1", "chain:1", "chain:2"]
    assert made["margin_after"] == 14


def test_an_image_with_a_container_is_marked_and_goes_last(host):
    host.docker.command("create", "--name", "web", "alone:2", "/bin/true")
    made = host.plan(7)
    assert sorted(names(made)) == ["chain:2", "small:1"]
    assert all(step["containers"] == [] for step in made["steps"])

    made = host.follow(14)
    assert len(made["steps"]) == 3
    assert names(made)[-1] == "alone:1"
    last = made["steps"][-1]
    (container,) = last["containers"]
    assert (container["name"], container["state"]) == ("web", "created")
    assert last["commands"] == ["docker rm web", "docker rmi alone:1 alone:2"]


def test_an_image_without_a_tag_goes_by_its_id(host):
    host.load("small:1", *images.thin("other", 1))
    host.docker.command("rmi", "alone:2")
    host.load("alone:1", *images.thin("tiny", 1))
    host.leave_room_for(2)
    made = host.follow(7)
    (step,) = made["steps"]
    assert step["references"] == [step["id"]]
    assert step["image"] == step["id"][: len("sha256:") + 12]


def test_an_unreachable_target_shows_the_best_that_can_be_reached(host):
    any_layer = next(path for path in host.docker.overlay.iterdir() if (path / "root").is_dir())
    orphan = host.docker.overlay / ("0" * 64)
    trees.copy_links(any_layer / "root", orphan / "root")
    try:
        host.leave_room_for(2)
        made = host.follow(100_000, code=1)
    finally:
        shutil.rmtree(orphan)
    assert not made["reached"]
    assert made["margin_after"] == (host.limit - NAMES) // NAMES
    assert made["unowned_layers"] == [orphan.name]
    assert made["unowned_links"] == NAMES


def test_a_plan_that_removes_every_layer_has_no_margin_after_it(host):
    made = host.follow(100_000)
    assert made["reached"]
    assert made["steps"][-1]["margin_after"] is None


def test_images_built_from_one_another_go_as_docker_lets_them(host, tmp_path):
    build = ["build", "--quiet"]
    for number in range(6):
        (tmp_path / f"file{number}").write_text(f"{number}")
    recipes = {
        "built:1": ["FROM small:1", "COPY file0 /", "ENV A=1", "COPY file1 /", "COPY file2 /"],
        "built:2": ["FROM small:1", "COPY file0 /", "ENV A=1", "COPY file3 /"],
        "built:3": ["FROM built:2", "COPY file4 /", "COPY file5 /"],
    }
    for tag, lines in recipes.items():
        recipe = tmp_path / "Dockerfile"
        recipe.write_text("\n".join(lines) + "\n")
        host.docker.command(*build, "--tag", tag, str(tmp_path))
    host.leave_room_for(2)
    made = host.follow(100_000)
    assert sum(len(step["images_gone_too"]) for step in made["steps"]) > 0


def test_the_table_and_the_script_say_the_same(host):
    flags = host.flags(7)
    table = run(*flags)
    assert table.returncode == 0, table.stderr
    assert "room for 7 more layers can be made: removing 1 image" in table.stdout
    assert "alone:1" in table.stdout
    script = run("--format=commands", *flags).stdout
    assert re.search("# 1 of 1: alone:1, 5 layers go, (.* and )?250 links are freed; room for 7 more", script)
    assert "docker rmi alone:1 alone:2\n" in script


def test_a_snapshots_layout_is_refused_on_dockers_directory(host):
    done = run("--layout=snapshots", *host.flags(7)[:2], host.docker.overlay)
    assert done.returncode == 1
    assert "is Docker's" in done.stderr
    assert done.stdout == ""
