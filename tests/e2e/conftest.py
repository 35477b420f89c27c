"""Shared by all test files. The vocabulary is in the modules beside this one: exporter (the
program under test), loopmount, dockerd, images (real parts), census (figures worked out without
it)."""

import functools
import pathlib
import tempfile

import pytest

import configuration
import loopmount

# These modules assert too. pytest shows the values only of modules that it rewrites.
pytest.register_assert_rewrite("plans", "preflights", "status_page", "verdicts")

# The exit code that ctest shows as "skipped".
_EXIT_ALL_SKIPPED = 77


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """pytest calls a session in which every test is skipped a success; ctest shows it as skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and reporter.stats.get("skipped") and not reporter.stats.get("passed"):
        session.exitstatus = _EXIT_ALL_SKIPPED


@pytest.fixture
def tree():
    """An empty directory that everybody can enter."""
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
    """Writes a configuration of these roots with short intervals; returns its flag."""
    return functools.partial(configuration.write, tree)


@pytest.fixture
def often(tree):
    """As config, with even shorter ones."""
    return functools.partial(configuration.write, tree, scan=configuration.OFTEN)
