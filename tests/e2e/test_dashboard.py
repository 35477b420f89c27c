"""The dashboard: its structure follows the rules of Grafana's linter, and every query gets an answer from a real
Prometheus that scrapes the exporter and evaluates the rules."""

import itertools
import json
import pathlib
import re
import time

import exporter
import processes
import prometheus_server
import pytest
import trees

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
    """OpenMetrics with the series that the rules would have recorded in the last eight days."""
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
    hasty = re.sub(r"interval: \d+m", "interval: 1s", text)
    assert hasty != text
    # The recorded past has other figures than the present, so no window may reach into it.
    file.write_text(re.sub(r"\[1h\]", "[2s]", hasty))
    return [file]


# The root of the host with a textfile collector; the daemon's roots are named below.
SNAPSHOTS = "/backup/it's here"


@pytest.fixture(name="prometheus", scope="module")
def scraped_roots(tmp_path_factory, rule_files):
    """Scrapes a daemon with a root of each kind and a host of the textfile collector."""
    top = tmp_path_factory.mktemp("roots")
    demo = top / "docker"
    processes.run([str(DEMO_TREE), str(demo)])
    trees.hard_linked(top / "store", names=29)
    trees.snapshots(top / "snapshots")
    roots = [
        {"name": "docker", "path": f"{demo}/overlay"},
        {"name": "missing", "path": f"{top}/missing"},
        {"name": "store", "path": f"{top}/store", "link_limit": 30},
        # A filesystem that says nothing about links.
        {"name": "unlimited", "path": "/proc/sys/fs"},
    ]
    config = top / "config.yml"
    config.write_text(json.dumps({"roots": roots, "scan": {"interval": "1s", "max_duty": "90%"}}))
    scanned = exporter.run("scan", "--format=prometheus", top / "snapshots").stdout
    textfile = scanned.replace(f"{top}/snapshots", SNAPSHOTS)
    with exporter.daemon(f"--config.file={config}") as daemon, prometheus_server.textfile(
        textfile
    ) as node:
        labels = f'job="hardlink",instance="127.0.0.1:{daemon.port}",root="docker"'
        history = top / "history"
        history.write_text(a_week_of_growth(labels))
        with prometheus_server.scraping(
            daemon.port, rule_files, history=history, node=node
        ) as prometheus:
            processes.eventually(
                lambda: len(prometheus.query("hardlink_up")) == 5, lambda: "five roots"
            )
            yield prometheus


def chosen(text, **variables):
    """A text of the dashboard with its variables replaced, by default by all of their values."""
    for variable in ["job", "instance", "root"]:
        text = text.replace(f"${variable}", variables.get(variable, ".+"))
    assert "$" not in text
    return text


def answers(prometheus, target):
    """{labels: value} of a panel's query, as soon as it has any."""
    expression = chosen(target["expr"])
    return processes.eventually(lambda: prometheus.query(expression), lambda: expression)


def panel_called(title):
    (panel,) = [each for each in PANELS if each["title"] == title]
    return panel


@pytest.mark.parametrize("panel", PANELS, ids=titles)
def test_every_query_of_a_panel_has_data(prometheus, panel):
    for target in panel["targets"]:
        assert answers(prometheus, target)


COUNTED = {"docker", "store", "unlimited", SNAPSHOTS}
LIMITED = {"docker", "store", SNAPSHOTS}
LAYERED = {"docker", SNAPSHOTS}
SHOWN = {
    "Nodes by layers left": LAYERED,
    "Nodes by links used": LIMITED,
    "Layers left, and where they are going": LAYERED,
    "Headroom": LIMITED,
    "Links of the fullest file": COUNTED,
    "Layers": COUNTED,
    "Rounds left": {SNAPSHOTS},
    "What ends first": LAYERED,
    "Layers left by limit": LAYERED,
    "Fullest directories": COUNTED,
    "Full files": LIMITED,
    "Bytes of full files": LIMITED,
    "Stored": COUNTED,
    "Saved by links": COUNTED,
    "Layers that free the most alone": LAYERED,
    "Freed by the removal of one layer": LAYERED,
    "Tightest layers": LAYERED,
    "Tightest images": {"docker"},
    "Hottest files": COUNTED,
    "Links that one more layer adds": LAYERED,
    "Links that 99 % of the files stay below": COUNTED,
    "Duration": {*COUNTED, "missing"},
    "Age of the figures": COUNTED,
    "Complete": COUNTED,
    "What is watched": {*COUNTED, "missing"},
}


@pytest.mark.parametrize("title", SHOWN)
def test_a_panel_shows_the_roots_that_have_its_figure(prometheus, title):
    first = panel_called(title)["targets"][0]
    assert {dict(labels)["root"] for labels in answers(prometheus, first)} == SHOWN[title]


def test_the_test_knows_the_roots_of_every_panel(prometheus):
    by_root = {
        panel["title"]
        for panel in PANELS
        if any("root" in dict(labels) for labels in answers(prometheus, panel["targets"][0]))
    }
    assert by_root == set(SHOWN)


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("Roots", 5),
        ("Roots that are down", 1),
        ("Roots without a limit", 1),
        ("Roots with little left", 1),
        ("Least headroom", pytest.approx(1 / 30)),
    ],
)
def test_a_figure_of_the_fleet_counts_every_root_that_it_is_about(prometheus, title, value):
    (target,) = panel_called(title)["targets"]
    assert list(answers(prometheus, target).values()) == [value]


def test_a_root_that_is_down_is_shown_as_down(prometheus):
    (target,) = panel_called("What is watched")["targets"]
    up = {dict(labels)["root"]: value for labels, value in answers(prometheus, target).items()}
    assert up == {root: int(root != "missing") for root in up}


def test_what_ends_first_is_a_limit_of_each_root_with_its_place(prometheus):
    (target,) = panel_called("What ends first")["targets"]
    (by_limit,) = panel_called("Layers left by limit")["targets"]
    left = {}
    for labels, value in answers(prometheus, by_limit).items():
        labels = dict(labels)
        left.setdefault(labels["root"], {})[labels["limit"]] = value
    for labels, value in answers(prometheus, target).items():
        labels = dict(labels)
        limits = left[labels["root"]]
        assert limits[labels["limit"]] == value == min(limits.values())
        assert labels["layer"]
        assert bool(labels.get("path")) == (labels["limit"] in ["links", "subdirectories"])


def test_what_links_save_is_the_copies_that_they_replace(prometheus):
    (target,) = panel_called("Saved by links")["targets"]
    saved = {dict(labels)["root"]: value for labels, value in answers(prometheus, target).items()}
    # One file of one block with 29 names.
    assert saved["store"] == 28 * 4096


def values_of(prometheus, name, **variables):
    """The values that Grafana offers for a variable once those before it are chosen."""
    (variable,) = [each for each in DASHBOARD["templating"]["list"] if each["name"] == name]
    definition = chosen(variable["query"]["query"], **variables)
    metric, label = re.fullmatch(r"label_values\((.*), (\w+)\)", definition).groups()
    return prometheus.api(f"label/{label}/values", **{"match[]": metric})


def test_the_variables_offer_every_root_of_daemons_and_textfiles(prometheus):
    assert values_of(prometheus, "job") == ["hardlink", "node"]
    assert len(values_of(prometheus, "instance")) == 2
    assert set(values_of(prometheus, "root")) == {*COUNTED, "missing"}
    (node,) = values_of(prometheus, "instance", job="node")
    assert values_of(prometheus, "root", job="node", instance=node) == [SNAPSHOTS]


def test_the_prediction_continues_the_growth(prometheus):
    def query(expression):
        return processes.eventually(
            lambda: prometheus.query(expression), lambda: expression
        ).values()

    (per_day,) = query("instance_root:hardlink_extractions_remaining:fall_per_day2d")
    (left,) = query('hardlink_extractions_remaining{root="docker"}')
    (days,) = query("instance_root:hardlink_exhaustion:days_at_growth2d")
    assert per_day >= 48
    assert days == pytest.approx(left / per_day)


HISTOGRAM_PANELS = [
    panel for panel in PANELS if any("_bucket{" in target["expr"] for target in panel["targets"])
]


@pytest.fixture(name="native", scope="module")
def scraped_native_histograms(tmp_path_factory):
    """Scrapes a daemon whose histograms are native alone."""
    top = tmp_path_factory.mktemp("native")
    config = top / "config.yml"
    roots = [{"name": "snapshots", "path": str(trees.snapshots(top / "snapshots"))}]
    config.write_text(json.dumps({"roots": roots, "metrics": {"histograms": "native"}}))
    with exporter.daemon(f"--config.file={config}") as daemon, prometheus_server.scraping(
        daemon.port, features=["native-histograms"]
    ) as prometheus:
        processes.eventually(lambda: prometheus.query("hardlink_up"), lambda: "a root")
        assert not prometheus.query("hardlink_inode_links_bucket")
        yield prometheus


def test_there_are_panels_of_histograms():
    assert len(HISTOGRAM_PANELS) == 6


@pytest.mark.parametrize("panel", HISTOGRAM_PANELS, ids=titles)
def test_a_panel_of_a_histogram_reads_native_ones_too(native, panel):
    for target in panel["targets"]:
        assert answers(native, target)


def test_bars_of_a_native_histogram_count_exactly(native):
    (target,) = panel_called("Files by links, now")["targets"]
    bars = {dict(labels)["le"]: value for labels, value in answers(native, target).items()}
    (count,) = native.query("histogram_count(hardlink_inode_links)").values()
    assert bars["+Inf"] == count
    assert all(value == pytest.approx(round(value)) for value in bars.values())
    assert [bars[le] for le in ("1", "2", "8", "64")] == sorted(bars.values())[:4]
