"""What the status page says of all roots together: the table of several, the tab's title and icon, the next step of each
alarm, and the runbook."""

import os
import pathlib
import re
import shlex

import exporter
import pytest
from status_page import (  # noqa: F401  (fixtures)
    ROOTS, WORST_FIRST, assert_clean, every_state_daemon, one_browser, open_page, opened,
)
from trees import snapshots

RULES = pathlib.Path(__file__).parents[2] / "deploy" / "prometheus" / "hardlink.alerts.yml"

# The cells of each row that a reader sees, after the name of the root.
READ_ROWS = """
return [...document.querySelectorAll("[data-page=rows] tr")].map((row) => [row.dataset.row,
  Object.fromEntries([...row.querySelectorAll("[data-cell]")].filter((cell) => cell.checkVisibility())
    .map((cell) => [cell.dataset.cell, cell.textContent]))]);
"""

READ_ALARMS = """
return [...document.querySelectorAll(`.root[data-root=${arguments[0]}] .alarms li`)]
  .filter((entry) => entry.checkVisibility()).map((entry) => Object.fromEntries(
    [...entry.querySelectorAll("[data-alarm]")].map((part) => [part.dataset.alarm, part.textContent])
      .concat([["address", entry.querySelector("a").getAttribute("href")]])));
"""

READ_TAB = "return [document.title, document.querySelector('link[rel=icon]').getAttribute('href')]"


def written(daemon, pattern):
    """What the server itself has written into the page."""
    return re.findall(pattern, daemon.get("/").body.decode())


def icon_of(level):
    return f"icon-{level}.svg"


def test_several_roots_are_a_table_with_the_worst_first(page, daemon):
    rows = page.run(READ_ROWS)
    assert [name for name, _ in rows] == WORST_FIRST == written(daemon, r'data-row="(\w+)"')
    roots = daemon.report()["roots"]
    assert [root["root"] for root in sorted(roots, key=lambda root: root["order"])] == WORST_FIRST
    for name, cells in rows:
        root = daemon.root(name)
        for cell in ["level", "state", "headline"]:
            assert cells[cell] == root[cell], (name, cell)
        assert cells["path"] == root["path"]
        assert cells["ends_first"] == root["first_limit"] or root["first_limit"] is None
        assert cells["figures_of"].startswith("figures ") == (root["census"]["last_success"] is not None)
    cells = dict(rows)
    assert cells["hosts"]["kind"] == "snapshots, tool rsync"
    assert cells["missing"]["level"] == "unknown" and cells["missing"]["state"] == "census failed"
    assert cells["missing"]["figures_of"] == "no figures"
    assert_clean(page)


def test_the_sections_below_the_table_keep_the_order_of_the_configuration(page):
    assert page.run(
        "return [...document.querySelectorAll('.root')].map((each) => each.dataset.root)") == ROOTS


def test_a_row_leads_to_the_section_of_its_root(page):
    for name in WORST_FIRST:
        page.run("document.querySelector(`[data-row=${arguments[0]}] a`).click()", name)
        assert page.run(
            "return document.querySelector(':target').dataset.root") == name
    assert page.run("return document.querySelector('[data-page=details]').hidden")


def test_the_details_of_a_layer_hide_the_table(page, daemon):
    layer = daemon.root("docker")["tightest_layers"][0]["layer"]
    visible = "return document.querySelector('[data-page=overview]').checkVisibility()"
    assert page.run(visible)
    page.run("location.hash = arguments[0]", f"#explain?root=docker&layer={layer}")
    page.eventually(visible.replace("return ", "return !"), "the details alone")
    page.run("location.hash = '#roots'")
    page.eventually(visible, "the table again")


MOVE_THE_FOCUSED_ROW = """
const done = arguments[0];
import(document.querySelector("script[src]").src.replace("status.js", "overview.js")).then(({Overview}) =>
  fetch("./api/v1/report").then((answer) => answer.json()).then(({roots}) => {
    const parts = {};
    for (const part of document.querySelectorAll("[data-page]")) {
      parts[part.dataset.page] = part;
    }
    const last = document.querySelector("[data-page=rows]").lastElementChild.dataset.row;
    const link = document.querySelector(`[data-row=${last}] a`);
    link.focus();
    roots.find((root) => root.root === last).order = 0;
    new Overview(parts).update(roots, Date.now());
    done([document.querySelector("[data-page=rows]").firstElementChild.dataset.row === last,
      document.activeElement === link]);
  }));
"""


def test_a_row_that_moves_keeps_the_focus(page):
    assert page.driver.execute_async_script(MOVE_THE_FOCUSED_ROW) == [True, True]


@pytest.mark.parametrize("width", [375, 1280])
def test_a_screen_reader_finds_the_table_on_any_screen(chromium, daemon, width):
    open_page(chromium, daemon, width=width)
    nodes = chromium.command("Accessibility.getFullAXTree")["nodes"]
    seen = [(node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in nodes if not node["ignored"]]
    assert ("table", "All roots, the worst first") in seen
    headers = [name for role, name in seen if role == "rowheader"]
    assert [name.split()[0] for name in headers] == WORST_FIRST
    columns = [name for role, name in seen if role == "columnheader"]
    assert columns[:6] == ["Level", "Root", "Room", "Ends first", "Kind of tree", "Last census"]
    assert chromium.run("return document.documentElement.scrollWidth") <= width


def test_one_root_has_no_table(chromium, tree):
    with exporter.daemon(snapshots(tree / "backups", names=5)) as daemon:
        open_page(chromium, daemon)
        assert not chromium.run("return document.querySelector('[data-page=overview]').checkVisibility()")
        assert written(daemon, 'data-page="overview"[^>]*hidden')


def test_the_title_and_the_icon_of_the_tab_are_those_of_the_worst_root(page, daemon):
    title, icon = page.run(READ_TAB)
    assert title == f"exhausted: full, {daemon.root('full')['headline']} \N{EN DASH} hardlink_exporter"
    assert icon.endswith(icon_of("exhausted"))
    assert written(daemon, "<title[^>]*>(.*)</title>") == [title]
    assert written(daemon, '<link rel="icon"[^>]*href="([^"]*)"') == [icon]


def test_each_level_has_an_icon_of_its_own_shape(page, daemon):
    icon = page.run(READ_TAB)[1].lstrip(".").rpartition("/")[0]
    shapes = set()
    for level in ["ok", "low", "critical", "exhausted", "unknown"]:
        answer = daemon.good(f"{icon}/{icon_of(level)}")
        assert answer.headers["Content-Type"] == "image/svg+xml"
        shapes.add(re.sub(r'(fill|stroke)="#\w+"', "", answer.body.decode()))
    assert len(shapes) == 5
    assert_clean(page)


def test_the_tab_follows_what_happens(chromium, tree):
    top = snapshots(tree / "backups", names=5)
    config = tree / "config.yml"
    config.write_text(f"roots: [{{path: {top}, name: r, link_limit: 200}}]\n"
                      "scan: {interval: 1s, watch_interval: 1s, max_duty: 100%}\n")
    with exporter.daemon(f"--config.file={config}") as daemon:
        open_page(chromium, daemon)
        for level, links in [("ok", 0), ("low", 100), ("critical", 70), ("exhausted", 16)]:
            for each in range(links):
                os.link(top / "snap.0" / "0", tree / f"{level}-{each}")
            chromium.eventually(f"return document.title.startsWith('{level}: r, ')", level)
            assert chromium.run(READ_TAB)[1].endswith(icon_of(level))
        daemon.stop()
        chromium.eventually(
            "return document.title === 'unknown: no answer from the daemon \\u2013 hardlink_exporter'",
            "that it is gone")
        assert chromium.run(READ_TAB)[1].endswith(icon_of("unknown"))


def anchors(daemon):
    return set(re.findall(r' id="([^"]*)"', daemon.good("/runbook").body.decode()))


EXPECTED = {
    "docker": [], "store": [], "bytes": [], "endless": [],
    "hosts": ["HardlinkExtractionsCritical"],
    "few": ["HardlinkExtractionsLow"],
    "full": ["HardlinkExtractionsExhausted"],
    "missing": ["HardlinkCensusFailing"],
    "sealed": ["HardlinkLimitUnknown"],
}


def test_every_alarm_has_its_next_step_and_leads_into_the_runbook(page, daemon):
    known = anchors(daemon)
    for name, alarms in EXPECTED.items():
        shown, reported = page.run(READ_ALARMS, name), daemon.root(name)["alarms"]
        assert [each["runbook"] for each in shown] == [f"Runbook: {alarm}" for alarm in alarms]
        assert [each["name"] for each in reported] == alarms
        for entry, alarm in zip(shown, reported, strict=True):
            assert entry["next_step"] == alarm["next_step"] and entry["command"] == alarm["command"]
            assert entry["address"] == f".{alarm['runbook']}"
            assert alarm["runbook"] == f"/runbook#{alarm['name'].lower()}"
            assert alarm["runbook"].partition("#")[2] in known
    assert_clean(page)


def test_the_server_writes_the_same_next_steps(page, daemon):
    commands = [command for name in ROOTS for command in
                [alarm["command"] for alarm in daemon.root(name)["alarms"]]]
    assert written(daemon, 'data-alarm="command">([^<]*)</code>') == commands
    assert page.run("return [...document.querySelectorAll('.alarms code[data-alarm]')]"
                    ".map((each) => each.textContent)") == commands


def test_the_commands_of_next_steps_run_and_print(daemon):
    for name in ["hosts", "few", "full"]:
        (alarm,) = daemon.root(name)["alarms"]
        program, *arguments = shlex.split(alarm["command"])
        assert program == "hardlink_exporter"
        done = exporter.run(*arguments)
        assert "gamma/2024-01-01" in done.stdout, done.stderr
        assert (daemon.demo.parent / name / "gamma" / "2024-01-01").exists()


def test_a_command_is_copied_as_it_is(page, daemon):
    button = ".root[data-root=full] .alarms button"
    page.run("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.run(f"document.querySelector('{button}').click()")
    page.eventually("return getSelection().toString()", "the selection")
    assert page.run("return getSelection().toString()") == daemon.root("full")["alarms"][0]["command"]


def test_every_alert_has_its_section_in_the_runbook_that_is_served(daemon):
    known = anchors(daemon)
    rules = RULES.read_text()
    alerts = re.findall(r"runbook_url: \S*#(\w+)", rules)
    assert len(alerts) > 15 and set(alerts) <= known


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_the_runbook_is_readable_on_any_screen(chromium, daemon, width, scheme):
    chromium.size(width)
    chromium.scheme(scheme)
    chromium.driver.get(f"http://127.0.0.1:{daemon.port}/runbook#inodes-end-first")
    assert chromium.run("return document.documentElement.scrollWidth") <= width
    assert chromium.run("return document.querySelector(':target').textContent") == "Inodes end first"
    # Nothing of the document's own markup is left.
    text = chromium.run("""
        document.querySelectorAll("code").forEach((each) => each.remove());
        return document.querySelector("main").innerText;
    """)
    assert not re.search(r"\*\*|\]\(|`|^#|^\|", text, re.MULTILINE)
    broken = chromium.run(
        "return [...document.querySelectorAll('main a')].filter((link) => link.hash === ''"
        " || document.getElementById(link.hash.slice(1)) === null).map((link) => link.href)")
    assert broken == []
    assert_clean(chromium)
