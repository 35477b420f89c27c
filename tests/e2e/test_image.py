"""The image of the Dockerfile, built and run by a real Docker. The build of the program takes minutes and downloads
packages: with HARDLINK_LONG_TESTS=1 (scripts/test-containers.sh) the whole Dockerfile is built; else its last stage, with
the program of a release instead of the one that the first stage would build."""

import os
import pathlib
import re
import shutil

import containers
import debroot
import dockerfile
import exporter
import processes
import pytest
import release
from trees import snapshots

SOURCE = pathlib.Path(__file__).parents[2]
STAGES = dockerfile.parse((SOURCE / "Dockerfile").read_text(encoding="utf-8"))
LONG = os.environ.get("HARDLINK_LONG_TESTS") == "1"
REVISION = "0123456789ab"
IMAGE = "hardlink_exporter:test"

# As README.md, deploy/compose and deploy/kubernetes run it.
CONFINED = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
PROFILES = pytest.mark.parametrize("old_profile", [False, True], ids=["own profile", "old profile"])


@pytest.fixture(scope="module", name="docker")
def docker_with_the_image(tmp_path_factory):
    with containers.engine() as docker, debroot.bare("trixie") as base:
        (name,) = {stage.image for stage in STAGES}
        if LONG:
            docker.import_directory(name, base.path)
            docker.build(IMAGE, SOURCE, SOURCE / "Dockerfile", REVISION=REVISION)
        else:
            build_last_stage(docker, name, base, tmp_path_factory.mktemp("stage"))
        yield docker


def build_last_stage(docker, base_name, base, scratch):
    """The program of a release needs its lib/ beside it, which is part of the base image here."""
    (copy,) = [dockerfile.copied(text) for text in STAGES[-1].all("COPY") if "--from" in text]
    program = scratch / "program" / copy.sources[0].lstrip("/")
    program.parent.mkdir(parents=True)
    with release.unpacked() as folder:
        shutil.copy(folder / "hardlink_exporter", program)
        docker.import_directory("program", scratch / "program")
        docker.import_directory("bare", base.path)
        beside = pathlib.PurePath(copy.target).parent / "lib"
        with_libraries = scratch / "with-libraries"
        with_libraries.write_text(f"FROM bare\nCOPY lib {beside}\n", "utf-8")
        docker.build(base_name, folder, with_libraries)
    text = (SOURCE / "Dockerfile").read_text(encoding="utf-8")
    first, last = text.index("\nFROM "), text.rindex("\nFROM ")
    assert re.search(rf" AS {copy.stage}$", text[first + 1 :].splitlines()[0])
    shortened = scratch / "Dockerfile"
    shortened.write_text(f"{text[:first]}\nFROM program AS {copy.stage}\n{text[last:]}", "utf-8")
    docker.build(IMAGE, SOURCE, shortened, REVISION=REVISION)


@pytest.fixture(name="backups")
def tree_of_snapshots(tree):
    return snapshots(tree / "backups", names=3)


def mounted(top):
    return ["-v", f"{top}:/srv/backups:ro"]


@PROFILES
def test_it_serves_as_the_images_user_without_any_right_to_write(docker, backups, old_profile):
    words = docker.container("it", IMAGE, *CONFINED, *mounted(backups), old_profile=old_profile)
    with exporter.daemon("/srv/backups", command=words) as daemon:
        status = docker.status("it")
        user, group = STAGES[-1].only("USER").split(":")
        assert set(status["Uid"].split()) == {user} and set(status["Gid"].split()) == {group}
        assert {status[f"Cap{kind}"] for kind in ("Eff", "Prm", "Bnd")} == {"0" * 16}
        assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
        assert daemon.value("hardlink_max_links", root="/srv/backups") == 6
        assert daemon.value("hardlink_census_complete", root="/srv/backups") == 1
        missing = 'missing="clone3 getrandom openat2 statx"' in daemon.log()
        assert missing == old_profile
        write = docker.command("exec", "it", "touch", "/srv/backups/x", "/x", check=False)
        assert write.stderr.count("Read-only file system") == 2


@PROFILES
def test_as_root_with_one_capability_it_reads_other_users_trees(docker, backups, old_profile):
    for path in [backups, *backups.rglob("*")]:
        shutil.chown(path, 4321, 4321)
        path.chmod(0o700)
    rights = [*CONFINED, "--user", "0:0", "--cap-add", "DAC_READ_SEARCH"]
    words = docker.container("it", IMAGE, *rights, *mounted(backups), old_profile=old_profile)
    with exporter.daemon("/srv/backups", command=words) as daemon:
        assert daemon.value("hardlink_census_complete", root="/srv/backups") == 1
        assert daemon.value("hardlink_max_links", root="/srv/backups") == 6
        assert "capabilities=dac_read_search no_new_privs=on seccomp=on" in daemon.log()


def test_its_health_check_tells_a_daemon_that_serves_from_one_that_does_not(docker, backups):
    port = processes.free_port()
    often = ["--health-interval=1s", "--health-retries=1", "--health-start-period=0s"]
    options = [*CONFINED, *often, "-e", f"HEALTH_PORT={port}", *mounted(backups)]
    words = docker.container("it", IMAGE, *options)
    with exporter.daemon("/srv/backups", command=words, port=port):
        docker.wait_for_health("it", "healthy")
    with exporter.daemon("/srv/backups", command=words):
        docker.wait_for_health("it", "unhealthy")


def test_a_command_runs_in_it(docker, backups):
    words = docker.container("it", IMAGE, *CONFINED, *mounted(backups))
    assert processes.run([*words, "check", "/srv/backups"]).stdout.startswith("HARDLINK OK")
    version = processes.run([*words, "--version"]).stdout
    assert f"revision: {REVISION}" in version or not LONG


def test_it_is_little_larger_than_debian_and_has_no_compiler_source_or_package_lists(docker):
    (base,) = {stage.image for stage in STAGES}
    megabytes = (docker.inspect(IMAGE)["Size"] - docker.inspect(base)["Size"]) / 1e6
    print(f"{megabytes:.1f} MB on top of Debian")
    assert megabytes < 40
    unwanted = ["/usr/bin/cc", "/usr/bin/c++", "/usr/bin/cmake", "/usr/bin/git", "/src"]
    words = docker.container("it", IMAGE, "--entrypoint", "ls")
    listed = processes.run([*words, "-d", *unwanted, "/usr/bin/hardlink_exporter"], check=False)
    assert listed.stdout == "/usr/bin/hardlink_exporter\n"
    assert processes.run([*words, "/var/lib/apt/lists"]).stdout == ""


def test_its_labels_say_what_it_is(docker):
    labels = docker.inspect(IMAGE)["Config"]["Labels"]
    version = exporter.run("--version").stdout.split()[2]
    assert labels["org.opencontainers.image.version"] == version
    assert labels["org.opencontainers.image.revision"] == REVISION
