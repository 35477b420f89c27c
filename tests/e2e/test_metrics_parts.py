"""Scrapes of a part of the metrics, as an operator asks for them, and labels of roots."""

import json
import re
import signal
import urllib.parse

import exporter
import exposition
import processes
import protobuf
import pytest
import trees

ACCEPTS = {
    "classic": "text/plain;version=0.0.4",
    "openmetrics": "application/openmetrics-text;version=1.0.0",
}
READERS = {"classic": exposition.classic, "openmetrics": exposition.openmetrics}
GROUPS = ["layers", "images", "hot_inodes", "histograms", "census", "process", "roots"]
ROOTS = ["first", "second root"]


def group_of(name):
    """By the names of the contract."""
    if re.match(r"hardlink_(inode_links|layer_links|layer_inode_links)(_bucket|_gcount|_gsum)?$", name):
        return "histograms"
    for start, group in {
        "hardlink_layer_": "layers",
        "hardlink_image_": "images",
        "hardlink_hot_": "hot_inodes",
        "hardlink_links_outside_root": "hot_inodes",
        "hardlink_census": "census",
        "hardlink_watch_": "census",
        "hardlink_refresh_": "census",
        "process_": "process",
    }.items():
        if name.startswith(start):
            return group
    return "roots"


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    top = tmp_path_factory.mktemp("parts")
    roots = []
    for number, name in enumerate(ROOTS):
        trees.snapshots(top / name)
        labels = {"team": f'"{number}" storage', "tier": str(number)} if number else {}
        roots.append({"name": name, "path": f"{top}/{name}", "layout": "snapshots", "labels": labels})
    file = top / "config.yml"
    settings = {"roots": roots, "scan": {"interval": "1h"}, "metrics": {"histograms": "both"}}
    file.write_text(json.dumps(settings), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def daemon(config):
    with exporter.daemon(f"--config.file={config}") as running:
        yield running


def scrape(daemon, form, **parameters):
    query = urllib.parse.urlencode({f"{key}[]": value for key, value in parameters.items()}, doseq=True)
    answers = [
        daemon.good(f"/metrics?{query}", Accept=ACCEPTS[form], Accept_Encoding=encoding)
        for encoding in ("gzip", "identity")
    ]
    assert [each.headers["Content-Encoding"] for each in answers] == ["gzip", None]
    plain, unpacked = (read(form, each.content()) for each in answers)
    assert plain.without_clock().keys() == unpacked.without_clock().keys()
    return plain


def read(form, body):
    """The samples; a part of the metrics may have none."""
    empty = {"classic": b"", "openmetrics": b"# EOF\n"}
    return exposition.Samples() if body == empty[form] else READERS[form](body)


@pytest.mark.parametrize("form", ACCEPTS)
@pytest.mark.parametrize("group", GROUPS)
def test_a_group_can_be_asked_for_and_left_out(daemon, form, group):
    whole = scrape(daemon, form)
    only = scrape(daemon, form, collect=group)
    rest = scrape(daemon, form, exclude=group)
    assert {group_of(name) for name in only.names()} <= {group}
    assert group not in {group_of(name) for name in rest.names()}
    assert only.names() | rest.names() == whole.names()
    assert not only.names() & rest.names()
    # There is no image store.
    assert bool(only.names()) == (group != "images")


@pytest.mark.parametrize("form", ACCEPTS)
def test_a_root_can_be_asked_for(daemon, form):
    whole = scrape(daemon, form)
    for root in ROOTS:
        part = scrape(daemon, form, root=root)
        assert set(part.labels("hardlink_up", "root")) == {root}
        assert part.names() >= {"hardlink_exporter_build_info", "process_threads"}
        assert part.names() == whole.names()
        assert part.all("hardlink_layer_max_links") == whole.all("hardlink_layer_max_links", root=root)
    both = scrape(daemon, form, root=[*ROOTS, ROOTS[0]], collect=["roots", "census"])
    assert set(both.labels("hardlink_up", "root")) == set(ROOTS)
    assert "process_threads" not in both.names()


def test_protobuf_has_parts_too(daemon):
    body = daemon.good(
        "/metrics?root[]=first&collect[]=histograms&collect[]=layers", Accept=protobuf.ACCEPT
    ).content()
    families = protobuf.families(body)
    assert {group_of(name) for name in families} == {"histograms", "layers"}
    for family in families.values():
        assert {protobuf.labels(metric)["root"] for metric in family.metric} == {"first"}
    whole = protobuf.families(daemon.good("/metrics", Accept=protobuf.ACCEPT).content())
    assert {name for name in whole if group_of(name) in ("histograms", "layers")} == set(families)
    assert whole.keys() > families.keys()


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("collect[]=layer", 'collect[]: expected one of layers, images, hot_inodes, histograms, '
         'census, process, roots, got "layer"'),
        ("exclude[]=", 'exclude[]: expected one of layers, images, hot_inodes, histograms, census, '
         'process, roots, got ""'),
        ("collect[]=layers&exclude[]=images", "expected collect[] or exclude[], got both"),
        ("root[]=third", 'root[]: there is no root "third"'),
        ("root[]=first&root[]=%1b[2J", 'root[]: there is no root "\\x1b[2J"'),
        ("root[]=%zz", "expected parameters in the form of a URL's query"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_reason(daemon, query, reason):
    answer = daemon.get(f"/metrics?{query}")
    assert (answer.status, answer.body.decode()) == (400, reason + "\n")
    assert daemon.request(f"/metrics?{query}", method="HEAD").status == 400


def test_other_parameters_are_ignored(daemon):
    assert scrape(daemon, "classic").names() == exposition.classic(
        daemon.good("/metrics?debug=1&x", Accept=ACCEPTS["classic"]).content()
    ).names()


@pytest.mark.parametrize("scheme", ["allow-utf-8", "underscores", "dots", "values"])
@pytest.mark.parametrize("form", ACCEPTS)
def test_the_answer_names_the_escaping_that_was_asked_for(daemon, form, scheme):
    answer = daemon.get("/metrics", Accept=f"{ACCEPTS[form]};escaping={scheme}")
    assert answer.headers["Content-Type"].endswith(f"; charset=utf-8; escaping={scheme}")
    READERS[form](answer.content())
    default = daemon.get("/metrics", Accept=ACCEPTS[form])
    assert default.headers["Content-Type"].endswith("; escaping=underscores")


def test_a_root_has_the_labels_of_its_configuration(daemon):
    samples = daemon.classic()
    ((first, _),) = samples.all("hardlink_root_info", root=ROOTS[0])
    ((second, _),) = samples.all("hardlink_root_info", root=ROOTS[1])
    assert second.keys() - first.keys() == {"team", "tier"}
    assert (second["team"], second["tier"]) == ('"1" storage', "1")
    assert "team" not in dict(samples.all("hardlink_up", root=ROOTS[1])[0][0])


def test_no_label_of_ours_can_be_given(daemon, config, tmp_path):
    ((ours, _),) = daemon.classic().all("hardlink_root_info", root=ROOTS[0])
    roots = [{"path": "/srv", "labels": dict.fromkeys(ours, "x")}]
    file = tmp_path / "config.yml"
    file.write_text(json.dumps({"roots": roots}), encoding="utf-8")
    done = exporter.run(f"--config.file={file}", "--config.check")
    assert done.returncode == 2
    for name in ours:
        assert f"roots[0].labels.{name}: this label has a meaning already" in done.stderr


def test_the_process_metrics_can_be_left_out(tmp_path):
    with exporter.daemon(trees.snapshots(tmp_path / "tree"), "--web.disable-exporter-metrics") as running:
        for samples in (running.classic(), running.openmetrics()):
            assert not [name for name in samples.names() if name.startswith("process_")]
            assert samples.value("hardlink_config_last_reload_successful") == 1
        assert running.good("/metrics?collect[]=process", Accept=ACCEPTS["classic"]).body == b""


def test_a_reload_changes_labels_and_histograms(config, tmp_path):
    settings = json.loads(config.read_text(encoding="utf-8"))
    file = tmp_path / "config.yml"
    file.write_text(json.dumps(settings), encoding="utf-8")
    with exporter.daemon(f"--config.file={file}") as running:
        running.wait_until_ready()
        settings["roots"][0]["labels"] = {"team": "other"}
        settings["metrics"]["histograms"] = "native"
        file.write_text(json.dumps(settings), encoding="utf-8")
        running.signal(signal.SIGHUP)
        processes.eventually(
            lambda: running.classic().all("hardlink_root_info", team="other"), running.log
        )
        assert "hardlink_inode_links_bucket" not in running.classic().names()
