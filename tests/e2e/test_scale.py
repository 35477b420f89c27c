"""docs/scale.md: the program has as many series as the document says, and Prometheus accepts the examples."""

import pathlib
import re
import sys

import pytest

import processes
import protobuf

SOURCE = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(SOURCE / "bench"))

import fleet  # noqa: E402  (the path is set above)

DOC = (SOURCE / "docs/scale.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)

DEFAULTS = {"layers": 20, "images": 20, "hot_inodes": 10, "buckets": list(range(1, 17))}


def promised(layers, images, hot_inodes, buckets):
    assert (
        "    series of a root = 33 + hot_inodes + images + 2·(buckets + 3) + layers·(buckets + 7)\n"
        in DOC
    )
    bounds = len(buckets)
    return 33 + hot_inodes + images + 2 * (bounds + 3) + layers * (bounds + 7)


def of_root(body):
    """The series of the root, without those that some filesystems lack."""
    parts = (b"subdirector", b"limit_extractions")
    lines = [line for line in body.splitlines() if not any(part in line for part in parts)]
    return fleet.of_root(b"\n".join(lines))


@pytest.fixture(scope="module")
def docker(tmp_path_factory):
    return fleet.DockerTree(tmp_path_factory.mktemp("docker"))


@pytest.mark.parametrize(
    "metrics",
    [{}, {"layers": 5}, {"images": 3, "hot_inodes": 2}, {"buckets": [10, 1000, 65000]}],
    ids=["defaults", "layers", "images and hot inodes", "buckets"],
)
def test_a_root_has_as_many_series_as_the_formula_says(docker, metrics):
    with fleet.serving(docker, **metrics) as daemon:
        body = daemon.get("/metrics", Accept=fleet.OPENMETRICS).body
    assert of_root(body) == promised(**{**DEFAULTS, **metrics})
    own = fleet.samples(body) - fleet.of_root(body)
    assert f"{own} more for the exporter itself" in DOC.replace("\n", " ")


def test_native_histograms_have_as_many_series_as_their_formula_says(docker):
    assert "    series of a root = 35 + hot_inodes + images + layers·5\n" in DOC
    with fleet.serving(docker, histograms="native") as daemon:
        body = daemon.get("/metrics", Accept=protobuf.ACCEPT).body
    series = [
        protobuf.labels(metric)
        for family in protobuf.families(body).values()
        if "subdirector" not in family.name and "limit_extractions" not in family.name
        for metric in family.metric
    ]
    expected = 35 + DEFAULTS["hot_inodes"] + DEFAULTS["images"] + DEFAULTS["layers"] * 5
    assert sum(1 for labels in series if labels.get("root") == "docker") == expected


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_one_that_prometheus_takes(example, tmp_path):
    file = tmp_path / "prometheus.yml"
    file.write_text(example)
    processes.run([processes.program("promtool"), "check", "config", str(file)])


def test_the_documented_series_are_those_that_the_rules_record():
    rules = (SOURCE / "deploy/prometheus/hardlink.rules.yml").read_text(encoding="utf-8")
    recorded = re.findall(r"record: ((?:instance|job):\S+)", rules)
    assert len(recorded) == 4
    for name in recorded:
        assert f"`{name}`" in DOC
