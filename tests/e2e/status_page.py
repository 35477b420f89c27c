"""The status page of a daemon that has a root in each state, in a real browser."""

import contextlib
import os
import pathlib

import pytest

import browser
import exporter
import fusetree
import loopmount
import processes
from trees import copy_links, hard_linked, snapshots

DEMO_TREE = pathlib.Path(__file__).parents[2] / "scripts" / "demo-tree.sh"

CONFIG = """
roots:
  - {{path: {demo}/overlay, name: docker}}
  - {{path: {store}, name: store, layout: none}}
  - {{path: {hosts}, name: hosts, link_limit: 45}}
  - {{path: {filled}, name: bytes, layout: snapshots}}
  - {{path: {few}, name: few, link_limit: 66}}
  - {{path: {full}, name: full, link_limit: 38}}
  - {{path: {missing}, name: missing}}
  - {{path: {sealed}, name: sealed}}
  - {{path: {endless}, name: endless}}
scan: {{interval: 1h, watch_interval: 1s, max_duty: 100%}}
"""

ROOTS = ["docker", "store", "hosts", "bytes", "few", "full", "missing", "sealed", "endless"]
WORST_FIRST = ["full", "hosts", "few", "missing", "endless", "sealed", "docker", "bytes", "store"]

# {root: {field: text}} of the page as it is now.
READ_FIELDS = """
const roots = {};
for (const section of document.querySelectorAll(".root")) {
  const fields = {level: section.dataset.level};
  for (const field of section.querySelectorAll("[data-field]")) {
    if (!field.closest("[hidden]") && field.children.length === 0) {
      fields[field.dataset.field] = field.textContent;
    }
  }
  roots[section.dataset.root] = fields;
}
return roots;
"""

# Whether the page's script has shown a report.
DRAWN = "return document.querySelector('.root [data-field=more]:not([hidden])') !== null"


@contextlib.contextmanager
def sealed_snapshots(scratch):
    """Two snapshots on a read-only filesystem. It allows no new links, so it has no link limit."""
    snapshots(scratch / "unsealed", names=4)
    image = scratch / "image"
    processes.run([processes.program("mksquashfs"), str(scratch / "unsealed"), str(image)])
    (scratch / "sealed").mkdir()
    with loopmount.mounted(["-o", "loop,ro", str(image)], scratch / "sealed") as sealed:
        yield sealed


def three_hosts(top):
    """Four snapshots of each of three hosts, with three names each of one file."""
    oldest = top / "alpha" / "2024-01-01"
    hard_linked(oldest, 3)
    for host in ["alpha", "beta", "gamma"]:
        for day in range(1, 5):
            if top / host / f"2024-01-0{day}" != oldest:
                copy_links(oldest, top / host / f"2024-01-0{day}")
    return top


def allocate(path, mebibytes):
    """Makes a file of so many allocated bytes, whatever the filesystem has written of it yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, mebibytes << 20)


def filled_snapshots(top):
    """Three snapshots that share a file. The first and the last have one of their own."""
    allocate(top / "1" / "shared", 4)
    for copy in ["2", "3"]:
        copy_links(top / "1", top / copy)
    allocate(top / "1" / "own", 1)
    allocate(top / "3" / "own", 4)
    return top


@contextlib.contextmanager
def every_state(scratch):
    """A daemon with a root in each state that a root can be in."""
    demo, store = scratch / "docker", scratch / "store"
    processes.run([str(DEMO_TREE), str(demo)])
    hard_linked(store, 40)
    hosts = three_hosts(scratch / "hosts")
    few, full = three_hosts(scratch / "few"), three_hosts(scratch / "full")
    filled = filled_snapshots(scratch / "filled")
    config = scratch / "config.yml"
    with sealed_snapshots(scratch) as sealed, fusetree.endless() as endless:
        paths = {
            "demo": demo, "store": store, "hosts": hosts, "few": few, "full": full, "filled": filled,
            "sealed": sealed, "endless": endless.path,
        }
        config.write_text(CONFIG.format(missing=scratch / "missing", **paths))
        with exporter.daemon(f"--config.file={config}", ready=False) as running:
            running.demo = demo
            running.eventually(
                lambda now: [now.get("hardlink_up", root=name) for name in
                             [*ROOTS[:6], "sealed", "missing"]] == [1, 1, 1, 1, 1, 1, 1, 0],
                "the first censuses",
            )
            yield running


def open_page(chromium, daemon, fragment="", width=1200, scheme="light"):
    chromium.size(width)
    chromium.scheme(scheme)
    chromium.driver.get("about:blank")
    chromium.driver.get(f"http://127.0.0.1:{daemon.port}/{fragment}")
    chromium.eventually(DRAWN, "the figures drawn")


def assert_clean(page):
    assert page.run("return window.violations") == []
    assert page.run("return window.failures") == []


def fields(page, root):
    return page.run(READ_FIELDS)[root]


def cells(page, root, table):
    """The rows of a root's table, each a list of texts."""
    return page.run(
        "return [...document.querySelectorAll(`.root[data-root='${arguments[0]}'] "
        "[data-list=${arguments[1]}] tbody tr`)].map((row) => [...row.children].map((cell) => "
        "(cell.querySelector('a')?.title ?? cell.textContent)))", root, table,
    )


@pytest.fixture(name="daemon", scope="module")
def every_state_daemon(tmp_path_factory):
    with every_state(tmp_path_factory.mktemp("page")) as running:
        yield running


@pytest.fixture(name="chromium", scope="module")
def one_browser():
    with browser.chromium() as running:
        yield running


@pytest.fixture(name="page")
def opened(chromium, daemon):
    """The page with its figures, in a window of usual size."""
    open_page(chromium, daemon)
    return chromium
