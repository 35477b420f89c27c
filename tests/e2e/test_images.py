"""The images of the layers, read from Docker's own files: after docker load, tag, rmi and create, beside orphans, with
remapped users, and with damaged files."""

import os
import pathlib
import shutil

import pytest

import census
import dockerd
import exporter
import images
import loopmount

LIMIT = 65000
NAMES = 50  # of one inode, in the base of every image here

# Only new or removed layers start a census, so the watch must have seen every other change.
CONFIG = """
roots:
  - path: {overlay}
    name: docker
scan:
  interval: {interval}
  watch_interval: 1s
  max_duty: 100%
"""

WARNING = "some of Docker's files cannot be used"


def base(label="base"):
    return images.Layer().hard_linked(f"srv/{label}", NAMES).built()


@pytest.fixture(scope="module")
def running_docker():
    with loopmount.filesystem("ext4", 1024, mkfs=["-N", "100000"]) as data_root:
        with dockerd.running(data_root) as running:
            yield running


@pytest.fixture
def docker(running_docker):
    yield running_docker
    containers = running_docker.command("ps", "--all", "--quiet").stdout.split()
    if containers:
        running_docker.command("rm", *containers)
    left = set(running_docker.command("images", "--all", "--quiet").stdout.split())
    if left:
        running_docker.command("rmi", "--force", *left)


def config_for(overlay, tmp_path, interval="24h"):
    config = tmp_path / "hardlink_exporter.yml"
    config.write_text(CONFIG.format(overlay=overlay, interval=interval))
    return f"--config.file={config}"


@pytest.fixture
def daemon(docker, tmp_path):
    with exporter.daemon(config_for(docker.overlay, tmp_path)) as running:
        yield running


def shown(samples):
    """The margin of every image in a scrape."""
    return {
        labels["image"]: value
        for labels, value in samples.all("hardlink_image_extractions_remaining", root="docker")
    }


def images_become(daemon, names):
    return daemon.eventually(lambda samples: set(shown(samples)) == set(names), f"images {names}")


def settled(daemon, names, layers):
    """A scrape after a census that has seen so many layers and the images with these names. Its links may be some
    moments older."""
    return daemon.eventually(
        lambda samples: samples.get("hardlink_layers", root="docker") == layers
        and set(shown(samples)) == set(names),
        f"images {names} on {layers} layers",
    )


def margins_settled(daemon, names, layers):
    """Like settled(), and each image has the margin that so many layers leave."""
    margin = (LIMIT - layers * NAMES) // NAMES
    return daemon.eventually(
        lambda samples: samples.get("hardlink_layers", root="docker") == layers
        and shown(samples) == dict.fromkeys(names, margin),
        f"images {names} on {layers} layers with a margin of {margin}",
    )


def censuses(samples):
    return sum(value for _, value in samples.all("hardlink_censuses_total", root="docker"))


def test_images_that_share_layers_are_in_the_metrics_and_in_the_json(docker, daemon):
    docker.load("app:1", [base(), *images.thin("app", 3)])
    docker.load("other:1", [base(), *images.thin("other", 2)])
    margins_settled(daemon, {"app:1", "other:1"}, 6)
    root = daemon.root("docker")
    by_name = {image["image"]: image for image in root["images"]}
    assert by_name["app:1"]["layers"] == 4
    assert by_name["app:1"]["own_layers"] == 3
    assert by_name["app:1"]["links_freed"] == 3 * NAMES
    assert by_name["other:1"]["layers"] == 3
    assert by_name["other:1"]["own_layers"] == 2
    ids = docker.command("images", "--no-trunc", "--quiet").stdout.split()
    assert sorted(image["id"] for image in root["images"]) == sorted(ids)
    held = sorted(tuple(layer["images"]) for layer in root["tightest_layers"])
    assert held == sorted([("app:1", "other:1")] + [("app:1",)] * 3 + [("other:1",)] * 2)
    assert all(layer["orphan"] is False for layer in root["tightest_layers"])
    assert root["orphan_layers"] == 0
    assert root["unfinished_layers"] == []
    assert root["image_problems"] == []


def test_a_tag_appears_and_disappears_without_a_census(docker, daemon):
    docker.load("app:1", [base(), *images.thin("app", 3)])
    before = settled(daemon, {"app:1"}, 4)
    docker.command("tag", "app:1", "registry.example/team/app:stable")
    images_become(daemon, {"app:1", "registry.example/team/app:stable"})
    docker.remove("app:1")
    after = images_become(daemon, {"registry.example/team/app:stable"})
    assert censuses(after) == censuses(before)
    assert WARNING not in daemon.log()


def test_a_removed_image_disappears_with_its_layers(docker, daemon):
    docker.load("app:1", [base(), *images.thin("app", 3)])
    docker.load("other:1", [base(), *images.thin("other", 2)])
    settled(daemon, {"app:1", "other:1"}, 6)
    docker.remove("app:1")
    margins_settled(daemon, {"other:1"}, 3)
    assert daemon.root("docker")["orphan_layers"] == 0


def test_an_untagged_image_goes_by_the_start_of_its_id(docker, daemon):
    docker.load("app:1", [base(), *images.thin("old", 2)])
    old = docker.command("images", "--no-trunc", "--quiet").stdout.strip()
    docker.load("app:1", [base(), *images.thin("new", 1)])
    settled(daemon, {"app:1", old[: len("sha256:") + 12]}, 4)
    untagged = [image for image in daemon.root("docker")["images"] if image["id"] == old]
    assert [image["layers"] for image in untagged] == [3]


def test_a_created_container_keeps_its_layers_from_being_orphans_without_the_image(docker, daemon):
    docker.load("app:1", [base(), *images.thin("app", 2)])
    docker.command("create", "--network=none", "--name=keeper", "app:1", "/nothing")
    settled(daemon, {"app:1"}, 3)
    docker.command("rmi", "--force", "app:1")
    images_become(daemon, set())
    root = exporter.scan_root(docker.overlay)
    assert root["layers"] == 3
    assert root["images"] == []
    assert root["orphan_layers"] == 0
    assert root["image_problems"] == []


def test_a_layer_that_no_file_of_dockers_names_is_an_orphan(docker, daemon):
    docker.load("app:1", [base()])
    settled(daemon, {"app:1"}, 1)
    (layer,) = census.docker_layers(docker.overlay).values()
    left_over = docker.overlay / ("f" * 64)
    try:
        shutil.copytree(layer, left_over / "root", copy_function=os.link)
        daemon.eventually(
            lambda _: daemon.root("docker")["orphan_layers"] == 1, "the orphan is counted"
        )
        orphans = {
            each["layer"]: each["orphan"] for each in daemon.root("docker")["tightest_layers"]
        }
        assert orphans == {layer.parent.name: False, left_over.name: True}
        table = exporter.run("scan", docker.overlay).stdout
        assert "(orphan)" in table
        assert "1 layer that none of Docker's files names" in table
    finally:
        shutil.rmtree(left_over)


@pytest.fixture(scope="module")
def stopped():
    """The files of a stopped Docker with two images, in a data root for remapped users."""
    with loopmount.filesystem("ext4", 512, mkfs=["-N", "50000"]) as mountpoint:
        data_root = pathlib.Path(mountpoint, "231072.231072")
        data_root.mkdir()
        with dockerd.running(data_root) as docker:
            docker.load("app:1", [base(), *images.thin("app", 3)])
            docker.load("other:1", [base(), *images.thin("other", 2)])
        yield data_root


@pytest.mark.parametrize("below", [".", ".."], ids=["its own", "the one around it"])
def test_a_data_root_of_remapped_users_stands_for_its_overlay_directory(stopped, below):
    path = (stopped / below).resolve()
    done = exporter.run("scan", "--format=json", path)
    assert done.returncode == 0, done.stderr
    assert f"counting {stopped}/overlay" in done.stderr
    root = exporter.scan_root(path)
    assert root["path"] == f"{stopped}/overlay"
    assert root["layout"] == "docker-overlay"
    assert {image["image"] for image in root["images"]} == {"app:1", "other:1"}


def test_the_daemon_takes_a_data_root_too(stopped):
    with exporter.daemon(stopped) as daemon:
        (root,) = daemon.report()["roots"]
        assert root["path"] == f"{stopped}/overlay"
        assert root["layers"] == 6


def some(directory, pattern):
    return sorted(directory.glob(pattern))[0]


def truncate_a_config(db):
    config = some(db, "imagedb/content/sha256/*")
    os.truncate(config, config.stat().st_size // 2)


def truncate_the_names(db):
    os.truncate(db / "repositories.json", 30)


def remove_a_cache_id(db):
    some(db, "layerdb/sha256/*/cache-id").unlink()


def put_a_directory_for_a_cache_id(db):
    cache_id = some(db, "layerdb/sha256/*/cache-id")
    cache_id.unlink()
    cache_id.mkdir()


def put_garbage_for_a_config(db):
    some(db, "imagedb/content/sha256/*").write_bytes(os.urandom(1 << 20))


def put_garbage_for_the_names(db):
    (db / "repositories.json").write_bytes(os.urandom(1 << 20))


def put_a_file_for_the_layers(db):
    shutil.rmtree(db / "layerdb")
    (db / "layerdb").write_bytes(b"garbage")


def remove_the_layers(db):
    shutil.rmtree(db / "layerdb")


DAMAGE = [
    truncate_a_config,
    truncate_the_names,
    remove_a_cache_id,
    put_a_directory_for_a_cache_id,
    put_garbage_for_a_config,
    put_garbage_for_the_names,
    put_a_file_for_the_layers,
    remove_the_layers,
]

FIGURES = ["max_links", "headroom_links", "extractions_remaining", "layers", "inodes", "names"]


@pytest.fixture
def damaged(stopped, tmp_path, request):
    """The data root of `stopped` with a damaged database, for one test."""
    db, safe = stopped / "image/overlay", tmp_path / "safe"
    shutil.copytree(db, safe)
    try:
        request.param(db)
        yield stopped
    finally:
        shutil.rmtree(db)
        shutil.copytree(safe, db)


@pytest.mark.parametrize("damaged", DAMAGE, indirect=True, ids=lambda damage: damage.__name__)
def test_damaged_files_of_dockers_cost_one_warning_and_no_margin(damaged, tmp_path):
    root = exporter.scan_root(damaged / "overlay")
    assert root["up"] and root["complete"]
    assert root["layers"] == 6
    assert root["extractions_remaining"] == (LIMIT - 6 * NAMES) // NAMES
    assert root["image_problems"]
    with exporter.daemon(config_for(damaged / "overlay", tmp_path, interval="1s")) as daemon:
        daemon.next_census("docker")
        daemon.next_census("docker")
        served = daemon.root("docker")
        assert {key: served[key] for key in FIGURES} == {key: root[key] for key in FIGURES}
        assert daemon.log().count(WARNING) == 1


def test_a_running_daemon_shows_damaged_files_and_their_repair(stopped, tmp_path):
    names = stopped / "image/overlay/repositories.json"
    content = names.read_bytes()
    with exporter.daemon(config_for(stopped / "overlay", tmp_path)) as daemon:
        images_become(daemon, {"app:1", "other:1"})
        try:
            names.write_bytes(content[:40])
            daemon.eventually(lambda _: daemon.root("docker")["image_problems"], "a problem")
            assert all(name.startswith("sha256:") for name in shown(daemon.classic()))
        finally:
            names.write_bytes(content)
        images_become(daemon, {"app:1", "other:1"})
        assert daemon.log().count(WARNING) == 1
        assert daemon.root("docker")["image_problems"] == []


def test_an_overlay_directory_without_dockers_files_has_margins_and_no_images(stopped, tmp_path):
    away = tmp_path / "image"
    shutil.move(stopped / "image", away)
    try:
        root = exporter.scan_root(stopped / "overlay")
        assert root["layers"] == 6
        assert root["images"] == []
        assert root["image_problems"] == []
        assert root["orphan_layers"] is None
        assert {layer["orphan"] for layer in root["tightest_layers"]} == {None}
    finally:
        shutil.move(away, stopped / "image")
