"""SIGTERM and SIGHUP, and reloads by either a signal or a request."""

import signal

import exporter
from trees import snapshots


def test_sigterm_ends_an_idle_daemon_with_success(tree):
    with exporter.daemon(snapshots(tree / "root")) as daemon:
        daemon.stop()


def reload_state(samples):
    return samples.value("hardlink_config_last_reload_successful")


def test_sighup_loads_a_changed_configuration(tree, config):
    one, two = snapshots(tree / "one", names=3), snapshots(tree / "two", names=4)
    with exporter.daemon(config(f"path: {one}, name: one")) as daemon:
        config(f"path: {two}, name: two", f"path: {one}, name: renamed, link_limit: 100")
        daemon.signal(signal.SIGHUP)
        samples = daemon.eventually(
            lambda now: now.get("hardlink_up", root="two") == 1
            and now.get("hardlink_up", root="renamed") == 1,
            "the new roots",
        )
        assert sorted(samples.labels("hardlink_up", "root")) == ["renamed", "two"]
        assert samples.value("hardlink_link_limit", root="renamed") == 100
        assert samples.value("hardlink_max_links", root="two") == 8
        assert reload_state(samples) == 1


def test_the_interval_that_is_served_is_that_of_the_configuration_in_use(tree, config):
    root = f"path: {snapshots(tree / 'root')}, name: r"
    file = tree / "hardlink_exporter.yml"
    with exporter.daemon(config(root)) as daemon:
        def reloaded(text, successful):
            file.write_text(text)
            daemon.signal(signal.SIGHUP)
            samples = daemon.eventually(
                lambda now: reload_state(now) == successful, "the end of the reload")
            return samples.value("hardlink_scan_interval_seconds")

        before = daemon.value("hardlink_scan_interval_seconds")
        assert reloaded("scan: {interval: never}\n", 0) == before
        assert reloaded(f"roots: [{{{root}}}]\nscan: {{interval: 90m}}\n", 1) == 5400


def test_a_bad_file_changes_nothing_and_is_logged(tree, config):
    root = snapshots(tree / "root", names=5)
    flag = config(f"path: {root}, name: r")
    file = tree / "hardlink_exporter.yml"
    good = file.read_text()
    with exporter.daemon(flag) as daemon:
        first = daemon.value("hardlink_config_last_reload_success_timestamp_seconds")
        file.write_text("roots:\n  - path: relative\n    name: other\n")
        daemon.signal(signal.SIGHUP)
        bad = daemon.eventually(lambda now: reload_state(now) == 0, "a failed reload")
        assert bad.value("hardlink_config_last_reload_success_timestamp_seconds") == first
        assert f"{file}:2" in daemon.log()
        assert daemon.next_census("r").value("hardlink_max_links", root="r") == 10
        file.unlink()
        daemon.signal(signal.SIGHUP)
        file.write_text(good)
        daemon.signal(signal.SIGHUP)
        daemon.eventually(lambda now: reload_state(now) == 1, "a good reload")


def test_sighup_without_a_file_does_not_kill(tree):
    with exporter.daemon(snapshots(tree / "root")) as daemon:
        for _ in range(5):
            daemon.signal(signal.SIGHUP)
            assert daemon.value("hardlink_up") == 1


def test_a_root_of_the_command_line_may_be_gone_when_the_daemon_reloads(tree):
    root = snapshots(tree / "root", names=5)
    with exporter.daemon(root) as daemon:
        root.rename(tree / "elsewhere")
        daemon.signal(signal.SIGHUP)
        daemon.eventually(lambda _: "configuration reloaded" in daemon.log(), "a reload")
        assert daemon.value("hardlink_max_links") == 10


def test_a_post_reloads_where_the_lifecycle_is_enabled(tree, config):
    one, two = snapshots(tree / "one"), snapshots(tree / "two")
    flag = config(f"path: {one}, name: one")
    with exporter.daemon(flag, "--web.enable-lifecycle") as daemon:
        assert daemon.get("/-/reload").status == 405
        config(f"path: {two}, name: two")
        assert daemon.request("/-/reload", method="POST").status == 200
        daemon.eventually(lambda now: now.get("hardlink_up", root="two") == 1, "the new root")
        (tree / "hardlink_exporter.yml").write_text("rooots: []\n")
        answer = daemon.request("/-/reload", method="POST")
        assert answer.status == 500
        assert b"rooots" in answer.body
        assert reload_state(daemon.classic()) == 0


def test_a_post_reloads_nothing_where_the_lifecycle_is_not_enabled(tree, config):
    one, two = snapshots(tree / "one"), snapshots(tree / "two")
    with exporter.daemon(config(f"path: {one}, name: one")) as daemon:
        config(f"path: {two}, name: two")
        assert daemon.request("/-/reload", method="POST").status == 403
        assert daemon.next_census("one").labels("hardlink_up", "root") == ["one"]
