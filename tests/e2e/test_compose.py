"""deploy/compose: every mounted file exists, and the program that loads the file accepts it."""

import json
import pathlib
import re
import shutil

import pytest
import yaml

import exporter
import processes

DEPLOY = pathlib.Path(__file__).parents[2] / "deploy"
COMPOSE = DEPLOY / "compose"
PROVISIONING = DEPLOY / "grafana/provisioning"


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


FILE = load(COMPOSE / "docker-compose.yml")
SERVICES = FILE["services"]


def mounts(service):
    """{path in the container: path beside the compose file} of the files of this source tree."""
    short = [each.split(":") for each in SERVICES[service]["volumes"] if isinstance(each, str)]
    return {
        pathlib.PurePath(target): (COMPOSE / source).resolve()
        for source, target, *_ in short
        if source.startswith(".")
    }


def named_volumes(service):
    short = [each.split(":") for each in SERVICES[service]["volumes"] if isinstance(each, str)]
    return {source for source, *_ in short if not source.startswith(".")}


def arguments(service):
    return dict(each.lstrip("-").split("=", 1) for each in SERVICES[service]["command"])


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_file_that_a_service_mounts_exists(service):
    for source in mounts(service).values():
        assert source.exists(), source
    assert named_volumes(service) <= set(FILE["volumes"])


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_has_a_pinned_image_and_is_reached_from_this_host_only(service):
    assert re.search(r":v?\d+\.\d+\.\d+$", SERVICES[service]["image"])
    for port in SERVICES[service]["ports"]:
        assert port.startswith("127.0.0.1:")


def test_the_exporter_takes_its_configuration():
    (config,) = mounts("exporter").items()
    assert arguments("exporter")["config.file"] == str(config[0])
    done = exporter.run(f"--config.file={config[1]}", "--config.check")
    assert done.returncode == 0, done.stderr


def test_the_exporter_has_one_capability_and_writes_nothing():
    service = SERVICES["exporter"]
    assert (service["cap_drop"], service["cap_add"]) == (["ALL"], ["DAC_READ_SEARCH"])
    assert service["read_only"] and "no-new-privileges:true" in service["security_opt"]
    (data_root,) = [each for each in service["volumes"] if isinstance(each, dict)]
    assert data_root["read_only"] and data_root["bind"]["propagation"] == "rslave"
    (root,) = load(COMPOSE / "hardlink_exporter.yml")["roots"]
    assert pathlib.PurePath(root["path"]).is_relative_to(data_root["target"])


def test_prometheus_takes_its_configuration_and_the_rules_beside_it(tmp_path):
    placed = mounts("prometheus")
    for target, source in placed.items():
        shutil.copy(source, tmp_path / target.name)
    config = pathlib.PurePath(arguments("prometheus")["config.file"])
    assert {target.parent for target in placed} == {config.parent}
    done = processes.run(
        [processes.program("promtool"), "check", "config", str(tmp_path / config.name)]
    )
    assert done.stdout.count("rules found") == 2


def test_prometheus_scrapes_existing_services_on_their_ports():
    config = load(COMPOSE / "prometheus.yml")
    text = json.dumps([config["scrape_configs"], config["alerting"]])
    targets = dict(target.split(":") for target in re.findall(r'"(\w+:\d+)"', text))
    assert set(targets) == {"exporter", "alertmanager"}
    for service, port in targets.items():
        assert SERVICES[service]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_prometheus_scrapes_as_the_example_for_one_host_does():
    def settings(path):
        config = load(path)
        (job,) = config["scrape_configs"]
        return config["global"], config["rule_files"], job["job_name"]

    assert settings(COMPOSE / "prometheus.yml") == settings(DEPLOY / "prometheus/prometheus.yml")


def test_alertmanager_takes_its_configuration():
    (config,) = mounts("alertmanager").items()
    assert arguments("alertmanager")["config.file"] == str(config[0])
    processes.run([processes.program("amtool"), "check-config", str(config[1])])


def test_grafana_has_the_provisioned_data_source():
    (source,) = load(PROVISIONING / "datasources/prometheus.yml")["datasources"]
    assert source["type"] == "prometheus" and source["isDefault"]
    variable = re.fullmatch(r"\$(\w+)", source["url"]).group(1)
    url = SERVICES["grafana"]["environment"][variable]
    service, port = re.fullmatch(r"http://(\w+):(\d+)", url).groups()
    assert SERVICES[service]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_grafana_finds_the_dashboards_where_its_provider_looks():
    (provider,) = load(PROVISIONING / "dashboards/hardlink.yml")["providers"]
    placed = mounts("grafana")
    directory = placed[pathlib.PurePath(provider["options"]["path"])]
    home = pathlib.PurePath(
        SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    )
    assert str(home.parent) == provider["options"]["path"]
    assert json.loads((directory / home.name).read_text(encoding="utf-8"))["title"]
    assert placed[pathlib.PurePath("/etc/grafana/provisioning")] == PROVISIONING


def test_a_week_of_growth_is_kept():
    assert int(arguments("prometheus")["storage.tsdb.retention.time"].removesuffix("d")) > 7
