"""Runs the programs that make stores, fills a file to the limit, and checks the report of a store."""

import json
import os

import exporter
import processes

LIMIT = 65000  # of ext4


class Program:
    """A program that always runs in one directory, which is its HOME, with the same first arguments."""

    def __init__(self, home, name, *first, **environment):
        path = name if os.path.isabs(name) else processes.program(name)
        self._command = [path, *map(str, first)]
        self._options = {
            "cwd": home,
            "env": {**processes.environment(), "HOME": str(home), **environment},
        }

    def __call__(self, *words, **options):
        return processes.run([*self._command, *map(str, words)], **{**self._options, **options})


def write(directory, **files):
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text)
    return directory


def files(top):
    return [path for path in top.rglob("*") if path.is_file() and not path.is_symlink()]


def fullest(top):
    return max(files(top), key=lambda path: path.stat().st_nlink)


def fill(path, elsewhere, room=0):
    """Gives a file names in `elsewhere` until its link count is `room` below the limit."""
    elsewhere.mkdir()
    for number in range(LIMIT - room - path.stat().st_nlink):
        os.link(path, elsewhere / f"{number:05}")
    assert path.stat().st_nlink == LIMIT - room


def judged(tool, path, layout="store", **figures):
    """The root's report. Checks that `tool` is recognised and that `plan` removes nothing."""
    root = exporter.scan_root(path)
    expected = {"tool": tool, "layout": layout, "layers": 0, **figures}
    assert {key: root[key] for key in expected} == expected
    assert f"{tool} in " in root["layout_reason"]
    if not expected["layers"]:
        assert root["extractions_remaining"] is None
        assert root["series"] == []
    refused(path, root["advice"])
    return root


def refused(path, advice):
    done = exporter.run("plan", "--target=64999", "--format=json", path)
    assert done.returncode == 1, done.stderr
    plan = json.loads(done.stdout)
    assert plan["steps"] == []
    if advice:
        assert advice in plan["refused"]
    done = exporter.run("plan", "--target=64999", "--format=commands", path)
    assert [line for line in done.stdout.splitlines() if not line.startswith("#")] == []
