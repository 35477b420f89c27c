"""Links on a real ext4 become a message: through exporter, Prometheus and Alertmanager to a receiver."""

import json
import os
import pathlib
import shlex
import shutil

import alertmanager_server
import exporter
import loopmount
import processes
import prometheus_server
import pytest
import trees

MIXIN = pathlib.Path(__file__).parents[2] / "deploy" / "mixin"

# One file has so many names in each layer that ext4's 65,000 links allow 30 layers and leave more than 2 %.
NAMES = 2100
FILE = "root/var/lib/yum/yumdb/o"


@pytest.fixture(name="rule_files")
def impatient_rules(tmp_path):
    """The rules and alerts of the mixin, with waits of one second."""
    waits = ["forWarning", "forCritical", "forExhausted", "forHealth", "forIncomplete"]
    overrides = json.dumps({each: "1s" for each in waits})
    files = []
    for kind in ["prometheusRules", "prometheusAlerts"]:
        code = f"((import 'mixin.libsonnet') + {{_config+:: {overrides}}}).{kind}"
        done = processes.run([processes.program("jsonnet"), "-J", str(MIXIN), "-e", code])
        files.append(tmp_path / f"{kind}.yml")
        files[-1].write_text(done.stdout)
    return files


def config_of(tmp_path, root):
    file = tmp_path / "config.yml"
    file.write_text(
        f'roots: [{{path: "{root}", name: docker}}]\n'
        "scan: {interval: 1s, watch_interval: 1s, max_duty: 90%}\n"
    )
    return file


def add_layers(root, wanted):
    """Makes layers until there are as many as wanted, each a hard-link copy of the one before."""
    for number in range(1, wanted + 1):
        layer = root / f"{number:064x}"
        if layer.exists():
            continue
        if number == 1:
            trees.hard_linked(layer / FILE, NAMES)
        else:
            trees.copy_links(root / f"{number - 1:064x}", layer)


def test_alerts_arrive_one_after_the_other_and_resolve_when_layers_go(tmp_path, rule_files):
    with loopmount.filesystem("ext4", 512) as top, alertmanager_server.alertmanager() as (
        manager_port,
        told,
    ):
        root = top / "Docker's $(overlay)"
        root.mkdir()
        add_layers(root, 10)
        with exporter.daemon(f"--config.file={config_of(tmp_path, root)}") as daemon:
            with prometheus_server.scraping(daemon.port, rule_files, manager_port) as prometheus:

                def told_of(name, status="firing"):
                    return processes.eventually(
                        lambda: told.of(name, status), lambda: f"{name}: {told.names()}"
                    )[0]

                prometheus.target()
                processes.eventually(
                    lambda: prometheus.query("hardlink_extractions_remaining"), lambda: "a margin"
                )
                assert told.names() == []

                add_layers(root, 11)  # 19 left
                receiver, alert = told_of("HardlinkExtractionsLow")
                assert receiver == "chat"
                assert alert["labels"] == {
                    "alertname": "HardlinkExtractionsLow",
                    "severity": "warning",
                    "job": "hardlink",
                    "instance": f"127.0.0.1:{daemon.port}",
                    "root": "docker",
                    "limit": "links",
                }
                summary, description = (alert["annotations"][k] for k in ["summary", "description"])
                assert summary.startswith("Only 19 more layers fit: docker on ")
                assert f"takes {NAMES} links of '{top}/Docker" in description
                # The alert's text ends with a command line that the program understands.
                command = shlex.split(description.rpartition("hardlink_exporter ")[2])
                assert command == ["plan", "--target=50", str(root)]
                assert exporter.run(*command).returncode != 2
                anchor = alert["annotations"]["runbook_url"].split("#")[1]
                assert anchor == "hardlinkextractionslow"
                assert not told.of("HardlinkExtractionsCritical", "firing")

                add_layers(root, 26)  # 4 left, 10,400 links
                receiver, alert = told_of("HardlinkExtractionsCritical")
                assert receiver == "pager"
                assert alert["labels"]["severity"] == "critical"
                summary = alert["annotations"]["summary"]
                assert summary.startswith("Only 4 more layers fit: docker on ")

                add_layers(root, 30)  # none left: 63,000 links
                receiver, alert = told_of("HardlinkExtractionsExhausted")
                assert receiver == "pager"
                assert daemon.value("hardlink_max_links", root="docker") == 63000
                assert daemon.value("hardlink_headroom_links", root="docker") == 2000
                assert "too many links" in alert["annotations"]["description"]

                # The more severe alert silences the other one. With layers, no alert is about headroom.
                processes.eventually(
                    lambda: "HardlinkExtractionsCritical" in told.inhibited(),
                    lambda: "the weaker alert to be silenced",
                )
                (top / "elsewhere").mkdir()
                for number in range(800):
                    os.link(root / f"{1:064x}" / FILE / "0", top / "elsewhere" / str(number))
                processes.eventually(
                    lambda: prometheus.query("hardlink_headroom_links offset 3s == 1200"),
                    lambda: "evaluations with less headroom than the level of its alert",
                )
                assert not prometheus.query('ALERTS{alertname=~"HardlinkHeadroom.+"}')

                for number in range(9, 31):
                    shutil.rmtree(root / f"{number:064x}")
                for name in ["Exhausted", "Critical", "Low"]:
                    told_of(f"HardlinkExtractions{name}", "resolved")


def test_an_alert_names_the_inodes_where_they_end_first(tmp_path, rule_files):
    with loopmount.filesystem("ext4", 64, ["-N", "3000"]) as top:
        root = top / "overlay"
        base = root / f"{0:064x}" / "root"
        for number in range(100):
            (base / str(number)).mkdir(parents=True)
            (base / str(number) / "file").touch()
        layers = 0
        while exporter.scan_root(root)["extractions_remaining"] >= 5:
            layers += 1
            trees.copy_links(base.parent, root / f"{layers:064x}")
        with exporter.daemon(f"--config.file={config_of(tmp_path, root)}") as daemon:
            with prometheus_server.scraping(daemon.port, rule_files) as prometheus:

                def critical():
                    return [
                        alert
                        for alert in prometheus.api("alerts")["alerts"]
                        if alert["labels"]["alertname"] == "HardlinkExtractionsCritical"
                    ]

                (alert,) = processes.eventually(critical, lambda: "an alert")
                left = int(daemon.value("hardlink_extractions_remaining", root="docker"))
                assert left == daemon.value(
                    "hardlink_limit_extractions_remaining", root="docker", limit="inodes"
                )
                assert left < daemon.value(
                    "hardlink_limit_extractions_remaining", root="docker", limit="links"
                )
                assert alert["labels"]["limit"] == "inodes"
                summary, description = (alert["annotations"][k] for k in ["summary", "description"])
                assert summary.startswith(f"Only {left} more layers fit: docker on ")
                assert summary.endswith(", inodes end first")
                assert "no space left on device" in description
                assert f"df -i {root} " in description
                assert description.endswith(f"hardlink_exporter plan --target=50 {root}")
