"""The services of deploy/compose as far as Debian has their programs (it has no Grafana), run by a real Docker with the
user, rights and limits of the compose file. The exporter is that of a release; the images of the others have the entry
points and users of the official ones."""

import contextlib
import glob
import pathlib
import re
import shutil
import urllib.request

import containers
import dockerfile
import processes
import pytest
import release
import trees
import yaml
from prometheus_server import Prometheus

SOURCE = pathlib.Path(__file__).parents[2]
COMPOSE = SOURCE / "deploy/compose"
SERVICES = yaml.safe_load((COMPOSE / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
FINAL = dockerfile.parse((SOURCE / "Dockerfile").read_text(encoding="utf-8"))[-1]
STARTED = ("exporter", "alertmanager", "prometheus")
NOBODY = 65534
MEBIBYTES = {"256m": 256 << 20}


def libraries(program):
    lines = processes.run([processes.program("ldd"), program]).stdout.splitlines()
    return [word for line in lines for word in line.split() if word.startswith("/")]


def import_exporter(docker):
    (entry,) = dockerfile.command(FINAL.only("ENTRYPOINT"))
    root = docker.scratch / "exporter"
    with release.unpacked() as folder:
        shutil.copytree(folder, root / pathlib.PurePath(entry).parent.relative_to("/"))
    changes = [f"ENTRYPOINT {FINAL.only('ENTRYPOINT')}", f"USER {FINAL.only('USER')}"]
    docker.import_directory(SERVICES["exporter"]["image"], root, *changes)


def import_program(docker, name, program):
    """An image of one program of Debian, which keeps its data in /NAME and runs as nobody."""
    root = docker.scratch / name
    templates = pathlib.Path("usr/share/prometheus", name)  # Alertmanager's
    if pathlib.Path("/", templates).exists():
        shutil.copytree(pathlib.Path("/", templates), root / templates)
    for file in [program, *libraries(program)]:
        inside = root / (file.lstrip("/") if file != program else f"bin/{name}")
        inside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, inside)
    (root / name).mkdir()
    shutil.chown(root / name, NOBODY, NOBODY)
    changes = [f'ENTRYPOINT ["/bin/{name}"]', f"USER {NOBODY}:{NOBODY}", f"WORKDIR /{name}"]
    docker.import_directory(SERVICES[name]["image"], root, *changes)


def options(service, changed):
    """The options of `docker run` for a service, as compose gives them. `changed` replaces files by their path in the
    container, and has Docker's data root."""
    keys = dict(SERVICES[service])
    for other in ("build", "image", "restart", "command", "ports"):
        keys.pop(other, None)
    words = [] if not keys.pop("read_only", False) else ["--read-only"]
    for key, option in [
        ("user", "--user"),
        ("mem_limit", "--memory"),
        ("pids_limit", "--pids-limit"),
        ("cap_drop", "--cap-drop"),
        ("cap_add", "--cap-add"),
        ("security_opt", "--security-opt"),
    ]:
        values = keys.pop(key, [])
        for value in values if isinstance(values, list) else [values]:
            words += [option, str(value)]
    for volume in keys.pop("volumes"):
        words += mount(volume, changed)
    assert not keys, f"unknown keys: {keys}"
    return words


def mount(volume, changed):
    if isinstance(volume, dict):
        assert volume["source"] == "${DOCKER_DATA_ROOT:-/var/lib/docker}" and volume["read_only"]
        text = f"type=bind,src={changed[volume['target']]},dst={volume['target']},readonly"
        return ["--mount", f"{text},bind-propagation={volume['bind']['propagation']}"]
    source, target, *mode = volume.split(":")
    if target in changed:
        source = changed[target]
    elif source.startswith("."):
        source = (COMPOSE / source).resolve()
    return ["-v", ":".join([str(source), target, *mode])]


@pytest.fixture(scope="module", name="docker")
def docker_with_the_images():
    with containers.engine(network="own") as docker:
        import_exporter(docker)
        import_program(docker, "prometheus", processes.program("prometheus"))
        import_program(docker, "alertmanager", processes.program("prometheus-alertmanager"))
        yield docker


@contextlib.contextmanager
def started(docker, service, changed, log):
    """A service on its own ports; all services are at 127.0.0.1, under the names of the compose file."""
    names = [word for name in SERVICES for word in ("--add-host", f"{name}:127.0.0.1")]
    words = docker.container(service, SERVICES[service]["image"], *names, *options(service, changed))
    process = processes.start([*words, *SERVICES[service]["command"]], stdout=log, stderr=log)
    try:
        yield process
    finally:
        processes.terminate(process)


def group_file(docker, service, *names):
    """The content of a file of a container's control group, in either version of control groups."""
    identifier = docker.inspect(service)["Id"]
    for name in names:
        found = glob.glob(f"/sys/fs/cgroup/**/{identifier}/{name}", recursive=True)
        if found:
            return pathlib.Path(found[0]).read_text(encoding="ascii").strip()
    raise AssertionError(f"{service} has none of {names}")


def status_of(docker, service):
    pid = group_file(docker, service, "cgroup.procs").split()[0]
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return dict(line.split(":\t", 1) for line in text.splitlines())


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status == 200
    except OSError:
        return False


def check_limits(docker, service):
    """Checks the limits and rights that are in force, and not only those that Docker was told."""
    given = SERVICES[service]
    status = status_of(docker, service)
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    capability = 1 << 2 if given.get("cap_add") == ["DAC_READ_SEARCH"] else 0
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == capability
    assert docker.inspect(service)["HostConfig"]["ReadonlyRootfs"] is True
    user = given.get("user", str(NOBODY)).split(":")[0]
    assert set(status["Uid"].split()) == {user}
    if "mem_limit" in given:
        limit = group_file(docker, service, "memory.max", "memory.limit_in_bytes")
        assert int(limit) == MEBIBYTES[given["mem_limit"]]
    if "pids_limit" in given:
        assert group_file(docker, service, "pids.max") == str(given["pids_limit"])


def check_that_they_find_each_other(server, eventually):
    eventually(lambda: answers("http://127.0.0.1:10065/metrics"), "the exporter")
    eventually(lambda: answers("http://127.0.0.1:9093/-/ready"), "Alertmanager")
    eventually(server.is_ready, "Prometheus")
    found = {(("instance", "exporter:10065"), ("job", "hardlink"), ("root", "docker")): 3.0}
    eventually(lambda: server.query("hardlink_max_links") == found, "the links of Docker's layers")
    url = "http://alertmanager:9093/api/v2/alerts"
    eventually(
        lambda: [each["url"] for each in server.api("alertmanagers")["activeAlertmanagers"]] == [url],
        "Prometheus knows Alertmanager",
    )
    files = {pathlib.PurePath(group["file"]).name for group in server.api("rules")["groups"]}
    assert files == {"hardlink.rules.yml", "hardlink.alerts.yml"}


def test_the_services_find_each_other_within_their_limits(docker, tree):
    overlay = tree / "docker" / "overlay"
    for layer in ("a" * 64, "b" * 64):
        trees.hard_linked(overlay / layer / "root", 3)
    (tree / "docker").chmod(0o700)
    shutil.chown(tree / "docker", 4321, 4321)
    # The intervals of a test; everything else is as shipped.
    quick = tree / "prometheus.yml"
    text = (COMPOSE / "prometheus.yml").read_text(encoding="utf-8")
    quick.write_text(re.sub(r"(_interval:) 1m", r"\1 1s", text), encoding="utf-8")
    changed = {"/var/lib/docker": tree / "docker", "/etc/prometheus/prometheus.yml": quick}

    with contextlib.ExitStack() as running:
        log = running.enter_context(open(tree / "log", "w+", encoding="utf-8"))
        clients = {
            service: running.enter_context(started(docker, service, changed, log))
            for service in STARTED
        }

        def eventually(question, what):
            def asked():
                for service, client in clients.items():
                    assert client.poll() is None, f"{service} ended: {(tree / 'log').read_text()}"
                return question()

            return processes.eventually(asked, lambda: f"{what}: {(tree / 'log').read_text()}")

        with docker.network():
            check_that_they_find_each_other(Prometheus(9090), eventually)
        for service in STARTED:
            check_limits(docker, service)
