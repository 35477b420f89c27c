"""The Dockerfile: its form, the files that it copies from the build context, and its health check against a real
daemon. `test_image` builds and runs the image."""

import pathlib
import re

import pytest

import dockerfile
import exporter
import processes
from trees import snapshots

SOURCE = pathlib.Path(__file__).parents[2]
STAGES = dockerfile.parse((SOURCE / "Dockerfile").read_text(encoding="utf-8"))
FINAL = STAGES[-1]
IGNORE = (SOURCE / ".dockerignore").read_text(encoding="utf-8")


def test_every_stage_begins_with_a_pinned_debian():
    assert {stage.image for stage in STAGES} == {"debian:13-slim"}


def test_every_copied_file_exists_in_the_build_context():
    copies = [dockerfile.copied(text) for stage in STAGES for text in stage.all("COPY")]
    names = {stage.name for stage in STAGES}
    for copy in copies:
        if copy.stage:
            assert copy.stage in names
            continue
        for source in copy.sources:
            assert (SOURCE / source).exists(), source
            assert dockerfile.sent(IGNORE, source), source


@pytest.mark.parametrize("path", [".git", "build", "build/release/x", "tests", "deploy"])
def test_files_that_are_not_copied_are_not_sent(path):
    assert not dockerfile.sent(IGNORE, path)


def test_nothing_is_downloaded_but_debian_packages():
    for stage in STAGES:
        for text in stage.all("RUN"):
            assert not re.search(r"curl|wget|https?:|pip|npm|git clone", text), text


def test_every_variable_is_declared_in_the_stage_that_uses_it():
    for stage in STAGES:
        declared = {text.partition("=")[0] for text in stage.all("ARG")}
        used = {
            name
            for instruction, text in stage.steps
            if instruction != "HEALTHCHECK"
            for name in re.findall(r"\$\{?(\w+)", text)
        }
        assert used <= declared


def test_the_image_runs_as_a_user_that_is_not_root():
    user, _, group = FINAL.only("USER").partition(":")
    assert int(user) > 0 and int(group) > 0


def test_the_entry_point_is_where_the_binary_was_copied_to():
    (entry,) = dockerfile.command(FINAL.only("ENTRYPOINT"))
    assert entry in [dockerfile.copied(text).target for text in FINAL.all("COPY")]
    assert FINAL.only("EXPOSE") == "10065"


def test_the_labels_are_those_of_the_image_specification():
    labels = FINAL.labels()
    for name in ["title", "description", "source", "documentation", "licenses"]:
        assert labels.pop(f"org.opencontainers.image.{name}")
    assert labels == {
        "org.opencontainers.image.version": "${VERSION}",
        "org.opencontainers.image.revision": "${REVISION}",
    }
    cmake = (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")
    version = re.search(r"VERSION (\d+\.\d+\.\d+) ", cmake).group(1)
    assert f"VERSION={version}" in FINAL.all("ARG")


def healthy(port):
    words = dockerfile.health_command(FINAL)
    environment = {**processes.environment(), "HEALTH_PORT": str(port)}
    return processes.run(words, check=False, env=environment).returncode == 0


def test_a_daemon_that_serves_is_healthy(tree):
    with exporter.daemon(snapshots(tree / "backups")) as daemon:
        assert healthy(daemon.port)


def test_a_daemon_whose_root_is_down_is_healthy(tree, config):
    with exporter.daemon(config(f"path: {tree / 'missing'}, name: r"), ready=False) as daemon:
        assert healthy(daemon.port)


def test_without_a_daemon_it_is_not_healthy():
    assert not healthy(processes.free_port())


def test_a_server_that_answers_something_else_is_not_healthy(tree):
    with exporter.daemon(snapshots(tree / "backups")) as daemon:
        words = dockerfile.health_command(FINAL)
        asks = [each.replace("/-/healthy", "/missing") for each in words]
        assert asks != words
        environment = {**processes.environment(), "HEALTH_PORT": str(daemon.port)}
        assert processes.run(asks, check=False, env=environment).returncode != 0
