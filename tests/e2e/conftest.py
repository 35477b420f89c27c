"""Shared by all test files. Their helpers are the modules beside this one: exporter runs the program under test;
loopmount, dockerd and images make the trees; census calculates the figures without the program."""

import functools
import os
import pathlib
import tempfile

import pytest

import configuration
import loopmount
import release

# These helpers assert too. pytest shows the values in a failed assertion only for modules that it rewrites.
pytest.register_assert_rewrite(
    "package_unit", "plans", "preflights", "snapshot_makers", "status_page", "stores", "verdicts"
)

# ctest shows this exit code as "skipped".
_EXIT_ALL_SKIPPED = 77


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """Makes ctest show a session as skipped if pytest skipped all of its tests; pytest calls that a success."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and reporter.stats.get("skipped") and not reporter.stats.get("passed"):
        session.exitstatus = _EXIT_ALL_SKIPPED


@pytest.fixture(scope="session", autouse=True)
def program_of_a_release():
    """With HARDLINK_TEST_RELEASE=1, all tests run the program of an unpacked release."""
    if os.environ.get("HARDLINK_TEST_RELEASE") != "1":
        yield
        return
    with release.unpacked() as folder:
        os.environ["HARDLINK_EXPORTER_BINARY"] = str(folder / "hardlink_exporter")
        yield


@pytest.fixture
def tree():
    """An empty directory that every user can enter."""
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as directory:
        path = pathlib.Path(directory)
        path.chmod(0o755)
        yield path


@pytest.fixture
def ext4():
    """A new, mounted ext4."""
    with loopmount.filesystem("ext4") as path:
        yield path


@pytest.fixture
def config(tree):
    """A function that writes a configuration with these roots and short intervals, and returns the flag for it."""
    return functools.partial(configuration.write, tree)


@pytest.fixture
def often(tree):
    """Like `config`, with even shorter intervals."""
    return functools.partial(configuration.write, tree, scan=configuration.OFTEN)
