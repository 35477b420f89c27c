"""The status page in a real browser: it shows the figures of the metrics, with any bytes in the names,
and without JavaScript."""

import datetime
import json
import os
import pathlib

import browser
import exporter
import processes
from status_page import (  # noqa: F401  (fixtures)
    READ_FIELDS, ROOTS, assert_clean, cells, every_state_daemon, fields, one_browser, open_page, opened,
)
from trees import HOSTILE_NAMES, snapshots

# The figures that the server writes and the script keeps up to date.
FIELDS = [
    "name", "path", "state", "note", "layers_left", "headline", "headroom",
    "used_percent", "limit", "max_links", "layers", "takes", "last_census",
    "binding_path", "binding_layer", "layout", "advice", "links_per_user", "left_title",
    "layers_title", "takes_title", "path_title", "binding_title", "fullest", "saturated",
    "bytes", "stored_label", "largest",
]

READ_NUMBER = ("Number(document.querySelector('.root[data-root=docker] [data-field=max_links]')"
               ".textContent.replaceAll(',', ''))")


def number(text):
    return int(text.replace(",", ""))


def test_figures_on_the_page_are_those_of_the_metrics(page, daemon):
    now = daemon.classic()
    for root in ["docker", "store"]:
        shown = fields(page, root)
        assert number(shown["max_links"]) == now.value("hardlink_max_links", root=root)
        assert number(shown["layers"]) == now.value("hardlink_layers", root=root)
        headroom, of = shown["headroom"].split(" of ")
        assert number(headroom) == now.value("hardlink_headroom_links", root=root)
        assert number(of.split()[0]) == now.value("hardlink_link_limit", root=root)
    left = now.value("hardlink_extractions_remaining", root="docker")
    assert number(fields(page, "docker")["layers_left"]) == left
    for links, *_, path in cells(page, "docker", "hot_inodes"):
        assert number(links) == now.value("hardlink_hot_inode_links", root="docker", path=path)
    layers = cells(page, "docker", "tightest_layers")
    assert len(layers) == len(now.all("hardlink_layer_max_links", root="docker"))
    for remaining, each, most, layer, _ in layers:
        labels = {"root": "docker", "layer": layer}
        metric = "hardlink_layer_extractions_remaining"
        assert number(remaining) == now.value(metric, **labels)
        assert number(each) == now.value("hardlink_layer_links_per_extraction", **labels)
        assert number(most) == now.value("hardlink_layer_max_links", **labels)
    for _, remaining, _, _, image in cells(page, "docker", "images"):
        metric = "hardlink_image_extractions_remaining"
        assert number(remaining) == now.value(metric, root="docker", image=image)
    assert_clean(page)


def test_the_tables_beside_the_histograms_are_those_of_the_metrics(page, daemon):
    now = daemon.classic()
    for histogram in ["inode_links", "layer_links"]:
        rows = page.run(
            "return [...document.querySelectorAll(`.root[data-root=docker] "
            "[data-histogram=${arguments[0]}] tbody tr`)].map((row) => row.textContent && "
            "Number(row.lastElementChild.textContent.replaceAll(',', '')))", histogram,
        )
        buckets = now.all(f"hardlink_{histogram}_bucket", root="docker")
        assert len(rows) == len(buckets)
        assert sum(rows) == now.value(f"hardlink_{histogram}_gcount", root="docker")
        bars = page.run(
            "return document.querySelectorAll(`.root[data-root=docker] "
            "[data-histogram=${arguments[0]}] rect`).length", histogram,
        )
        assert bars == len(buckets)


def bars_of_layers(page, root):
    """[layer, share of the bar in percent, figure] of each layer in the picture of bytes."""
    return page.run(
        "return [...document.querySelectorAll(`.root[data-root=${arguments[0]}] .alone li`)]"
        ".map((row) => [row.querySelector('a').title, Number(row.querySelector('.bar-bytes')"
        ".getAttribute('width')), row.querySelector('.amount').textContent])", root,
    )


def test_the_picture_of_bytes_is_that_of_the_report(page, daemon):
    reported = daemon.root("bytes")
    layers = {each["layer"]: each["exclusive_bytes"] for each in reported["tightest_layers"]}
    assert layers == {"1": 1 << 20, "2": 0, "3": 4 << 20}
    assert bars_of_layers(page, "bytes") == [
        [layer, 25 * layers[layer] >> 20, {0: "0 bytes", 1: "1 MiB", 4: "4 MiB"}[layers[layer] >> 20]]
        for layer in layers
    ]
    shown = fields(page, "bytes")
    stored, copies = reported["allocated_bytes"], reported["referenced_bytes"]
    assert (stored, copies) == (9 << 20, 17 << 20)
    assert shown["bytes"] == "9 MiB stored, 17 MiB as copies: links save 8 MiB"
    assert shown["stored_label"] == "52.9 % is stored, links save the rest"
    assert shown["largest"] == "Snapshot 3 holds the most alone: 4 MiB"
    part = page.run(
        "return document.querySelector('.root[data-root=bytes] .bytes .bar-bytes')"
        ".getAttribute('width')")
    assert part == "52.9"
    assert_clean(page)


def test_a_root_without_layers_has_the_bytes_and_no_bars_of_layers(page):
    shown = fields(page, "store")
    assert shown["bytes"].endswith("as copies: links save 156 KiB")
    assert "largest" not in shown and "alone_title" not in shown
    assert bars_of_layers(page, "store") == []


def test_without_javascript_the_main_figures_are_there_and_the_same(page, daemon):
    with browser.chromium(javascript=False) as plain:
        plain.driver.get(f"http://127.0.0.1:{daemon.port}/")
        text = plain.text()
        assert "Without JavaScript" in text
        assert plain.run("return window.violations") == []
        without = plain.run(READ_FIELDS)
    assert not page.run("return document.querySelector('noscript p')")
    with_script = page.run(READ_FIELDS)
    assert set(with_script) == set(without) == {*ROOTS}
    for root, written in without.items():
        for name in ["level", *FIELDS]:
            assert with_script[root].get(name) == written.get(name), (root, name)


def test_every_state_of_a_root_has_words(page):
    docker = fields(page, "docker")
    assert docker["state"] == "up"
    assert docker["headline"] == f"{docker['layers_left']} more layers are sure to fit"
    store = fields(page, "store")
    assert store["layers_left"] == "\N{EN DASH}" and store["headline"] == store["headroom"]
    missing = fields(page, "missing")
    assert missing["state"] == "census failed"
    assert "No such file or directory" in missing["note"]
    assert missing["layers_left"] == missing["max_links"] == "unknown"
    sealed = fields(page, "sealed")
    assert sealed["limit"] == "unknown on squashfs"
    assert sealed["headroom"] == sealed["layers_left"] == "unknown"
    assert sealed["max_links"] == "8"
    assert "used_percent" not in sealed
    endless = fields(page, "endless")
    assert endless["state"] == "first census running"
    assert endless["last_census"] == "never"


def test_limits_are_a_table_and_the_first_is_marked_where_there_are_layers(page, daemon):
    report = daemon.root("hosts")
    rows = cells(page, "hosts", "limits")
    assert [row[0] for row in rows] == [each["limit"] for each in report["limits"]]
    assert {row[0] for row in rows if row[6] == "yes"} == {"links"} == {report["first_limit"]}
    links = report["limits"][0]
    assert rows[0] == ["links", "36", "45", "9", "3", "3", "yes", links["path"]]
    assert fields(page, "hosts")["note"].startswith("links end first: 36 of 45 used, ")
    store = cells(page, "store", "limits")
    assert [len(row) for row in store] == [5] * len(daemon.root("store")["limits"])


def test_snapshots_are_shown_as_such_and_series_by_series(page, daemon):
    report, shown = daemon.root("hosts"), fields(page, "hosts")
    assert shown["left_title"] == "Snapshots left" and shown["layers_left"] == "3"
    assert shown["headline"] == "3 more snapshots are sure to fit, 1 round of all 3 series"
    assert shown["layout"] == f"snapshots, tool rsync: {report['layout_reason']}"
    assert cells(page, "hosts", "series") == [
        ["3", "4", host, f"{host}/2024-01-04"] for host in ["alpha", "beta", "gamma"]]
    heads = {row[3]: row[4] for row in cells(page, "hosts", "tightest_layers")}
    assert {name for name, head in heads.items() if head == "yes"} == {
        each["head"] for each in report["series"]}
    assert len(heads) == 12
    section = page.run("return document.querySelector('.root[data-root=hosts]').innerText")
    assert "Room for 1 round of all 3 series; a round is one more snapshot of every series." in section
    assert "layer" not in section.lower().replace("layers being made", "")
    page.run("location.hash = '#explain?root=hosts&layer=alpha%2F2024-01-01'")
    page.eventually(
        "return document.querySelector('[data-page=details_title]').innerText"
        " === 'Snapshot alpha/2024-01-01'", "the details")
    assert_clean(page)


def test_it_follows_new_links_without_a_reload_and_keeps_its_elements(page, daemon):
    page.run("""
        window.kept = [...document.querySelectorAll(
          ".root[data-root=docker], .root[data-root=docker] :is(tr, svg, figure, [data-field])")];
        window.kept[0].scrollIntoView();
    """)
    before = number(fields(page, "docker")["max_links"])
    base = next((daemon.demo / "overlay").glob("*/root/var/lib/yum/yumdb/*/*/checksum_type"))
    for each in range(100):
        os.link(base, daemon.demo / f"another-{each}")
    page.eventually(
        f"return {READ_NUMBER} === {before + 100}", "a hundred more links"
    )
    now = daemon.classic()
    assert number(fields(page, "docker")["layers_left"]) == now.value(
        "hardlink_extractions_remaining", root="docker")
    assert page.run("return window.kept.every((element) => element.isConnected)")
    assert_clean(page)


MARKUP = b"<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'<"
BIDI = "turned \u202e around \u2066".encode()


def test_hostile_names_are_text_and_run_nothing(chromium, tree):
    top = tree / "hostile"
    for snapshot in [MARKUP, BIDI]:
        directory = os.fsencode(top) + b"/" + snapshot
        os.makedirs(directory)
    first = os.fsencode(top) + b"/" + MARKUP + b"/"
    names = [b"plain", MARKUP.replace(b"/", b""), *HOSTILE_NAMES.values()]
    for name in names:
        pathlib.Path(os.fsdecode(first + name)).write_bytes(name)
        os.link(first + name, os.fsencode(top) + b"/" + BIDI + b"/" + name)
    config = tree / "config.yml"
    name = "</script><script>document.title='owned'</script>\\u202e"
    # These are no usual names of snapshots, so only the configuration can say what they are.
    config.write_text(
        f'roots: [{{path: {top}, name: "{name}", layout: snapshots}}]\nmetrics: {{hot_inodes: 100}}\n'
    )
    with exporter.daemon(f"--config.file={config}") as daemon:
        open_page(chromium, daemon)
        title = chromium.driver.title
        assert title.startswith(f"ok: {name}, ") and title.endswith(" hardlink_exporter")
        (root,) = chromium.run(READ_FIELDS).values()
        assert root["name"] == name
        assert len(chromium.run("return [...document.querySelectorAll('img, script:not([src])')]")) == 0
        rows = chromium.run(
            "return [...document.querySelectorAll('[data-list=hot_inodes] tbody a')]"
            ".map((link) => link.title)"
        )
        assert len(rows) == len(names)
        for shown in rows:
            assert not any(unseen in shown for unseen in "\n\r\x1b\u202e\u2066"), shown
        layers = chromium.run(
            "return [...document.querySelectorAll('[data-list=tightest_layers] tbody a')]"
            ".map((link) => link.title)"
        )
        assert sorted(layers) == sorted(
            [MARKUP.decode(), "turned \\u202e around \\u2066"])
        # Each link leads to its details, with any name.
        for address in chromium.run(
            "return [...document.querySelectorAll('.root tbody a')].map((link) => link.hash)"
        ):
            chromium.run("location.hash = arguments[0]", address)
            chromium.eventually(
                "return document.querySelector('[data-page=details_facts]').children.length > 1"
                " && document.querySelector('[data-page=details_note]').hidden"
                " && !document.querySelector('[data-page=details]').hidden", address)
            chromium.run("location.hash = '#roots'")
            chromium.eventually(
                "return document.querySelector('[data-page=details]').hidden", "back")
        assert chromium.driver.title == title
        assert_clean(chromium)


def test_details_of_a_layer_and_of_a_file_have_an_address_of_their_own(page, daemon):
    report = daemon.root("docker")
    layer = report["tightest_layers"][0]
    fragment = f"#explain?root=docker&layer={layer['layer']}"
    open_page(page, daemon, fragment)
    page.eventually(
        "return document.querySelector('[data-page=details] svg') !== null", "the histogram")
    text = page.run("return document.querySelector('[data-page=details]').innerText")
    assert layer["layer"] in text
    for image in layer["images"]:
        assert image in text
    assert not page.run("return document.querySelector('[data-page=roots]').checkVisibility()")
    inode = report["hot_inodes"][0]
    page.run("location.hash = arguments[0]", f"#explain?root=docker&inode={inode['inode']}")
    page.eventually(
        "return document.querySelector('[data-page=details_facts]').innerText.includes(arguments[0])"
        .replace("arguments[0]", browser.quoted(inode["path"])), "the file")
    page.run("location.hash = '#explain?root=docker&inode=1'")
    page.eventually(
        "return document.querySelector('[data-page=details_note]').innerText"
        ".includes('does not hold')", "what is not held")
    page.run("document.querySelector('[data-page=back]').click()")
    page.eventually("return document.querySelector('[data-page=roots]').checkVisibility()", "back")
    assert_clean(page)


def test_a_path_is_copied_quoted_for_the_shell(page, daemon):
    button = ".root[data-root=docker] [data-list=hot_inodes] button"
    inode = daemon.root("docker")["hot_inodes"][0]
    path = f"{daemon.demo}/overlay/{inode['path']}"
    origin = f"http://127.0.0.1:{daemon.port}"
    page.command("Browser.grantPermissions", origin=origin,
                 permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.run(f"document.querySelector('{button}').click()")
    said = f"return document.querySelector('{button}').nextElementSibling.textContent"
    page.eventually(said, "an answer to the click")
    # Without permission, as on plain http, the text is selected, to be copied by hand.
    page.run("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.run(f"document.querySelector('{button}').click()")
    page.eventually("return getSelection().toString()", "the selection")
    assert page.run("return getSelection().toString()") == path


def call(page, module, expression):
    """The value of `expression`, in which `it` is one of the modules of the page's script."""
    address = page.run("return document.querySelector('script[src]').src").rpartition("/")[0]
    return page.driver.execute_async_script(
        f"const done = arguments[0]; import('{address}/{module}').then((it) => done({expression}))"
    )


def test_the_page_has_the_words_of_the_report(page, daemon):
    for root in ROOTS:
        reported, shown = daemon.root(root), fields(page, root)
        for name in ["state", "level", "headline", "note"]:
            if name == "level" and reported["level"] in ["ok", "unknown"]:
                attribute = page.run(
                    f"return document.querySelector('.root[data-root={root}]').dataset.level")
                assert attribute == reported["level"]
            else:
                assert shown.get(name) == reported[name], (root, name)


SHOW_ONE_AFTER_THE_OTHER = """(() => {
  const template = document.querySelector('[data-page=template]').content.firstElementChild;
  const element = template.cloneNode(true);
  const roots = JSON.parse(document.body.dataset.roots);
  const section = new it.RootSection(element, roots[0]);
  return roots.map((root) => {
    section.update(root, 0);
    const texts = (query) => [...element.querySelectorAll(query)].map((each) => each.textContent);
    return [texts('[data-list=tightest_layers] h3')[0], texts('[data-list=tightest_layers] th').pop()];
  });
})()"""


def test_a_root_gets_the_columns_of_its_layout(page, daemon):
    roots = [daemon.root(name) for name in ["endless", "docker", "hosts"]]
    page.run("document.body.dataset.roots = arguments[0]", json.dumps(roots))
    shown = call(page, "root.js", SHOW_ONE_AFTER_THE_OTHER)
    assert shown == [[None, None], ["Tightest layers", "Images"], ["Tightest snapshots", "Head"]]


def test_old_figures_are_marked_as_stale(page, daemon):
    after = daemon.root("docker")["stale"]["after"]
    last = daemon.root("docker")["census"]["last_success"]
    at, then = [datetime.datetime.fromisoformat(time.replace("Z", "+00:00")) for time in (last, after)]
    assert then - at == datetime.timedelta(hours=6)  # six intervals of the configuration
    root = 'JSON.parse(document.body.dataset.docker)'
    page.run("document.body.dataset.docker = arguments[0]", json.dumps(daemon.root("docker")))
    fresh = call(page, "root.js", f"it.summary({root}, Date.parse('{after}') - 1)")
    assert (fresh["state"], fresh["level"]) == ("up", "ok")
    stale = call(page, "root.js", f"it.summary({root}, Date.parse('{after}'))")
    assert (stale["state"], stale["level"]) == ("stale", "unknown")
    assert stale["headline"].startswith("last known: ")
    assert [alarm["name"] for alarm in stale["alarms"]] == ["HardlinkCensusStale"]
    failed = call(page, "root.js", "it.summary({level: 'low', stale: null}, Date.now())")
    assert failed["level"] == "low"


def test_a_census_that_fails_leaves_the_last_figures_and_no_green(chromium, tree):
    top = snapshots(tree / "backups", names=5)
    config = tree / "config.yml"
    config.write_text(f"roots: [{{path: {top}}}]\nscan: {{interval: 1s, max_duty: 100%}}\n")
    with exporter.daemon(f"--config.file={config}") as daemon:
        open_page(chromium, daemon)
        level = "return document.querySelector('.root').dataset.level"
        assert chromium.run(level) == "ok"
        top.rename(tree / "elsewhere")
        chromium.eventually(level + " === 'unknown'", "that the figures are not certain")
        (root,) = chromium.run(READ_FIELDS).values()
        assert root["state"] == "census failed"
        assert root["headline"] == f"last known: {root['layers_left']} more snapshots fit"
        assert "No such file or directory" in root["note"]
        assert_clean(chromium)


def test_a_copied_path_is_one_word_of_a_shell(page):
    for name in HOSTILE_NAMES.values():
        text = name.decode("utf-8", "backslashreplace")
        word = call(page, "format.js", f"it.shellQuoted({browser.quoted(text)})")
        assert "\n" not in word
        printed = processes.run(
            [processes.program("bash"), "-c", f"printf %s {word}"], encoding="utf-8").stdout
        assert printed == text.replace("\r\n", "\n").replace("\r", "\n")


def test_inode_numbers_beyond_those_of_javascript_stay_exact(page, daemon):
    numbers = [each["inode"] for each in daemon.root("docker")["hot_inodes"]]
    shown = page.run(
        "return [...document.querySelectorAll('.root[data-root=docker] [data-list=hot_inodes] a')]"
        ".map((link) => new URLSearchParams(link.hash.slice(9)).get('inode'))"
    )
    assert shown == [str(number) for number in numbers]
    text = json.dumps({"inode": 2**64 - 1, "x": '"inode": 7'})
    read = call(page, "source.js", f"it.parse({browser.quoted(text)})")
    assert read == {"inode": str(2**64 - 1), "x": '"inode": 7'}


def test_an_unreachable_daemon_is_reported_and_the_figures_stay(chromium, tree):
    top = snapshots(tree / "backups", names=5)
    with exporter.daemon(top) as daemon:
        open_page(chromium, daemon)
        assert not chromium.run(
            "return document.querySelector('[data-page=unreachable]').checkVisibility()")
        daemon.stop()
        chromium.eventually(
            "return document.querySelector('[data-page=unreachable]').innerText"
            ".startsWith('The daemon cannot be reached: no connection.')", "that it is gone")
        (root,) = chromium.run(READ_FIELDS).values()
        assert root["max_links"] == "10"


def test_the_page_loads_nothing_from_other_servers(page, daemon):
    asked = page.run("return performance.getEntriesByType('resource').map((each) => each.name)")
    assert len(asked) > 5
    assert all(url.startswith(f"http://127.0.0.1:{daemon.port}/") for url in asked), asked
