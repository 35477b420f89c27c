"""The dashboard: its structure, as Grafana's linter looks at it, and each of its queries against a
real Prometheus that scrapes the exporter and evaluates the rules."""

import itertools
import json
import pathlib
import re
import time

import exporter
import processes
import prometheus_server
import pytest

DEPLOY = pathlib.Path(__file__).parents[2] / "deploy"
DEMO_TREE = pathlib.Path(__file__).parents[2] / "scripts" / "demo-tree.sh"
DASHBOARD = json.loads((DEPLOY / "grafana/dashboards/hardlink.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

DAY = 86400


def titles(panel):
    return panel["title"]


def test_variables_choose_the_data_source_and_what_is_shown():
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert list(variables) == ["datasource", "job", "instance", "root"]
    assert variables["datasource"]["type"] == "datasource"
    for name in ["job", "instance", "root"]:
        assert variables[name]["datasource"]["uid"] == "$datasource"
        assert variables[name]["multi"] and variables[name]["includeAll"]


@pytest.mark.parametrize("panel", PANELS, ids=titles)
def test_a_panel_says_what_it_shows_and_names_no_instance(panel):
    assert panel["title"] and panel["description"].endswith("."), panel["title"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"]["uid"] == "$datasource"
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"]["uid"] == "$datasource"
        assert 'job=~"$job"' in target["expr"] and 'instance=~"$instance"' in target["expr"]
        assert not re.search(r'(job|instance|root)="', target["expr"])


def test_panels_have_identities_and_do_not_overlap():
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    taken = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = set(
            itertools.product(
                range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])
            )
        )
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def a_week_of_growth(labels):
    """OpenMetrics of what the rules would have recorded in the eight days before now."""
    now = int(time.time())
    moments = [now - age * 3600 for age in range(8 * 24, 0, -1)]
    lines = []
    for name, start, hourly in [("max_links", 100, 10), ("extractions_remaining", 9000, -2)]:
        metric = f"instance_root:hardlink_{name}:median1h"
        lines.append(f"# TYPE {metric} gauge")
        for hours, moment in enumerate(moments):
            lines.append(f"{metric}{{{labels}}} {start + hourly * hours} {moment}")
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(name="rule_files", scope="module")
def rules_at_once(tmp_path_factory):
    """The recording rules, evaluated every second."""
    text = (DEPLOY / "prometheus/hardlink.rules.yml").read_text(encoding="utf-8")
    file = tmp_path_factory.mktemp("rules") / "hardlink.rules.yml"
    hasty = re.sub(r'interval: "\d+m"', 'interval: "1s"', text)
    assert hasty != text
    # The past is given; the present is far from it.
    file.write_text(re.sub(r"\[1h\]", "[2s]", hasty))
    return [file]


@pytest.fixture(name="prometheus", scope="module")
def scraped_demo(tmp_path_factory, rule_files):
    demo = tmp_path_factory.mktemp("demo") / "docker"
    processes.run([str(DEMO_TREE), str(demo)])
    config = demo / "config.yml"
    config.write_text(
        f"roots: [{{path: {demo}/overlay, name: docker}}]\nscan: {{interval: 1s, max_duty: 90%}}\n"
    )
    with exporter.daemon(f"--config.file={config}") as daemon:
        labels = f'job="hardlink",instance="127.0.0.1:{daemon.port}",root="docker"'
        history = demo / "history"
        history.write_text(a_week_of_growth(labels))
        with prometheus_server.scraping(daemon.port, rule_files, history=history) as prometheus:
            yield prometheus


@pytest.mark.parametrize("panel", PANELS, ids=titles)
def test_every_query_of_a_panel_has_data(prometheus, panel):
    for target in panel["targets"]:
        expression = target["expr"]
        for variable in ["job", "instance", "root"]:
            expression = expression.replace(f"${variable}", ".+")
        assert "$" not in expression
        found = processes.eventually(
            lambda query=expression: prometheus.query(query), lambda query=expression: query
        )
        assert found


def test_the_variables_have_values(prometheus):
    assert prometheus.api("label/root/values", **{"match[]": "hardlink_up"}) == ["docker"]
    assert prometheus.api("label/job/values", **{"match[]": "hardlink_up"}) == ["hardlink"]


def test_the_prediction_continues_the_growth(prometheus):
    def query(expression):
        return processes.eventually(
            lambda: prometheus.query(expression), lambda: expression
        ).values()

    (per_day,) = query("instance_root:hardlink_extractions_remaining:fall_per_day2d")
    (left,) = query("hardlink_extractions_remaining")
    (days,) = query("instance_root:hardlink_exhaustion:days_at_growth2d")
    assert per_day >= 48
    assert days == pytest.approx(left / per_day)
