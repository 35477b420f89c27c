"""A real Prometheus scrapes the exporter, and promtool checks the metrics."""

import contextlib
import os
import re

import pytest

import exporter
import exposition
import processes
import prometheus_server
import protobuf

CONFIG = """
roots:
  - path: {path}
    name: store
    layout: snapshots
    link_limit: 1000
metrics:
  buckets: [1, 2, 4, 8, 16]
  histograms: {histograms}
"""

# Inodes by link count: 10 with one link, 6 with 3, 4 with 8, in each of two snapshots' own trees.
INODES = {1: 10, 3: 6, 8: 4}
GAUGE_HISTOGRAMS = ("inode_links", "layer_links", "layer_inode_links")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    tree = tmp_path_factory.mktemp("prometheus") / "tree"
    for links, inodes in INODES.items():
        for inode in range(inodes):
            layer = tree / ("daily.0" if inode % 2 else "daily.1")
            layer.mkdir(parents=True, exist_ok=True)
            first = layer / f"{links}-{inode}-0"
            first.write_bytes(b"")
            for name in range(1, links):
                os.link(first, layer / f"{links}-{inode}-{name}")
    return tree


@contextlib.contextmanager
def watching(tree, histograms):
    config = tree.parent / f"{histograms}.yml"
    config.write_text(CONFIG.format(path=tree, histograms=histograms))
    with exporter.daemon(f"--config.file={config}") as running:
        yield running


@pytest.fixture(scope="module")
def daemon(tree):
    with watching(tree, "classic") as running:
        yield running


@pytest.fixture(scope="module")
def prometheus(daemon):
    with prometheus_server.scraping(daemon.port) as running:
        assert running.target()["lastError"] == ""
        processes.eventually(lambda: running.query("hardlink_up"), lambda: "the first samples")
        yield running


def test_its_target_is_up(prometheus):
    assert prometheus.target()["health"] == "up"
    assert list(prometheus.query("hardlink_up").values()) == [1]


def test_prometheus_gets_openmetrics_by_its_default_request(daemon):
    headers = prometheus_server.scrape_headers()
    answer = daemon.request("/metrics", headers={"Accept": headers["Accept"]})
    assert answer.headers["Content-Type"].startswith(exporter.OPENMETRICS)
    exposition.openmetrics(answer.content())


def test_prometheus_gets_gzip_by_its_default_request(daemon):
    headers = prometheus_server.scrape_headers()
    answer = daemon.request("/metrics", headers=headers)
    assert answer.headers["Content-Encoding"] == "gzip"
    exposition.openmetrics(answer.content())


@pytest.mark.parametrize("family", GAUGE_HISTOGRAMS)
def test_it_knows_the_distributions_as_gauge_histograms(prometheus, family):
    name = f"hardlink_{family}"
    metadata = processes.eventually(
        lambda: prometheus.api("targets/metadata", metric=name), lambda: f"metadata of {name}"
    )
    assert {entry["type"] for entry in metadata} == {"gaugehistogram"}


def test_it_knows_the_other_types(prometheus):
    for name, kind in {
        "hardlink_extractions_remaining": "gauge",
        "hardlink_censuses": "counter",
        "hardlink_root_info": "gauge",
    }.items():
        assert {
            entry["type"] for entry in prometheus.api("targets/metadata", metric=name)
        } == {kind}, name


def test_it_computes_quantiles_of_the_per_inode_histogram(prometheus):
    assert prometheus.query("hardlink_inode_links_gcount") == labelled(20)
    assert prometheus.query("hardlink_inode_links_gsum") == labelled(10 * 1 + 6 * 3 + 4 * 8)
    # By hand, from 10 inodes up to 1 link, 16 up to 4 and 20 up to 8: the 13th of 20 is half way
    # into the 6 between 2 and 4 links, the 18th half way into the 4 between 4 and 8.
    for quantile, links in {"0.65": 3.0, "0.9": 6.0, "1": 8.0, "0.25": 0.5}.items():
        answer = prometheus.query(f"histogram_quantile({quantile}, hardlink_inode_links_bucket)")
        assert answer == labelled(pytest.approx(links)), quantile


def test_it_answers_how_many_layers_still_fit(prometheus):
    assert prometheus.query("hardlink_extractions_remaining") == labelled((1000 - 8) // 8)
    assert prometheus.query("hardlink_extractions_remaining < 125") == labelled(124)
    assert prometheus.query("hardlink_extractions_remaining < 124") == {}


@pytest.fixture(scope="module", params=["both", "native"])
def native_daemon(request, tree):
    with watching(tree, request.param) as running:
        running.histograms = request.param
        yield running


@pytest.fixture(scope="module")
def native_prometheus(native_daemon):
    with prometheus_server.scraping(
        native_daemon.port, features=["native-histograms"]
    ) as running:
        assert running.target()["lastError"] == ""
        processes.eventually(lambda: running.query("hardlink_up"), lambda: "the first samples")
        yield running


def test_with_native_histograms_it_gets_protobuf_by_its_default_request(native_daemon):
    headers = prometheus_server.scrape_headers(features=["native-histograms"])
    answer = native_daemon.request("/metrics", headers={"Accept": headers["Accept"]})
    assert answer.headers["Content-Type"] == (
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
        "encoding=delimited; escaping=underscores"
    )
    families = protobuf.families(answer.content())
    for name in GAUGE_HISTOGRAMS:
        family = families[f"hardlink_{name}"]
        assert family.type == protobuf.messages().GAUGE_HISTOGRAM
        for metric in family.metric:
            assert protobuf.native(metric.histogram)
            assert len(metric.histogram.bucket) == (5 if native_daemon.histograms == "both" else 0)


def test_native_buckets_count_every_inode(native_daemon):
    body = native_daemon.get("/metrics", Accept=protobuf.ACCEPT).content()
    (metric,) = protobuf.families(body)["hardlink_inode_links"].metric
    assert protobuf.native(metric.histogram) == {
        protobuf.index_of(links): inodes for links, inodes in INODES.items()
    }
    assert metric.histogram.sample_sum == sum(links * n for links, n in INODES.items())


@pytest.mark.parametrize("family", GAUGE_HISTOGRAMS)
def test_it_knows_native_histograms_as_gauge_histograms(native_prometheus, family):
    name = f"hardlink_{family}"
    metadata = processes.eventually(
        lambda: native_prometheus.api("targets/metadata", metric=name), lambda: f"about {name}"
    )
    assert {entry["type"] for entry in metadata} == {"gaugehistogram"}


def test_it_computes_with_native_histograms(native_prometheus):
    query = native_prometheus.query
    assert query("histogram_count(hardlink_inode_links)") == labelled(20)
    assert query("histogram_sum(hardlink_inode_links)") == labelled(10 * 1 + 6 * 3 + 4 * 8)
    assert query("histogram_fraction(-Inf, 1, hardlink_inode_links)") == labelled(0.5)
    assert query("histogram_fraction(-Inf, 4, hardlink_inode_links)") == labelled(0.8)
    # Of 20 values the 13th is 3 and the 18th is 8; each is known to be in its bucket.
    for quantile, links in {"0.25": 1, "0.65": 3, "0.9": 8, "1": 8}.items():
        ((_, value),) = query(f"histogram_quantile({quantile}, hardlink_inode_links)").items()
        index = protobuf.index_of(links)
        assert 2 ** ((index - 1) / 8) < value <= 2 ** (index / 8) * (1 + 1e-9), quantile


def test_a_native_histogram_is_one_series(native_prometheus):
    assert len(native_prometheus.query("hardlink_layer_inode_links")) == 2
    assert native_prometheus.query('{__name__=~"hardlink_.*_(bucket|count|gcount|gsum)"}') == {}


def test_with_native_histograms_alone_promtool_has_nothing_to_remark(tree):
    with watching(tree, "native") as running:
        body = running.get("/metrics", Accept="text/plain;version=0.0.4").content()
        assert b"hardlink_inode_links" not in body and b"le=" not in body
        assert b"hardlink_inode_links" not in running.get(
            "/metrics", Accept="application/openmetrics-text;version=1.0.0"
        ).content()
    promtool = [processes.program("promtool"), "check", "metrics"]
    done = processes.run(promtool, check=False, input=body.decode("utf-8"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def labelled(value):
    labels = {"root": "store", "job": "hardlink"}
    return Labelled(labels, value)


class Labelled:
    """Equals a query's answer of one series with these labels, whatever its instance is."""

    def __init__(self, labels, value):
        self._labels, self._value = labels, value

    def __eq__(self, answer):
        if len(answer) != 1:
            return False
        ((labels, value),) = answer.items()
        labels = {key: v for key, v in labels if key not in ("instance", "le")}
        return labels == self._labels and value == self._value

    def __repr__(self):
        return f"{self._labels}: {self._value}"


def test_promtool_remarks_only_on_the_names_of_gauge_histograms(daemon):
    body = daemon.get("/metrics", Accept="text/plain;version=0.0.4").content()
    promtool = processes.program("promtool")
    done = processes.run(
        [promtool, "check", "metrics"], check=False, input=body.decode("utf-8")
    )
    family = "|".join(GAUGE_HISTOGRAMS)
    allowed = re.compile(
        rf"hardlink_({family})_bucket non-histogram( and non-summary)? metrics should not have "
        r'("_bucket" suffix|"le" label)'
    )
    remarks = set((done.stdout + done.stderr).splitlines())
    assert {remark for remark in remarks if not allowed.fullmatch(remark)} == set()


def test_both_formats_say_the_same(daemon):
    assert daemon.classic().without_clock() == daemon.openmetrics().without_clock()
