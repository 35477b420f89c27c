#!/usr/bin/env python3
"""Checks that every file of the project and every test exists that comments or documents name.

Usage: check_references.py SOURCE_ROOT
"""

import pathlib
import re
import subprocess
import sys

NAME = re.compile(r"(?<![\w./$}{*-])((?:[a-z_.-][\w.-]*/)*[A-Za-z_][\w-]*\.(?:h|cc|py|sh|md|cmake|libsonnet|js|css|supp))"
                  r"(?![\w*])")
COMMENT = {".h": "//", ".cc": "//", ".js": "//", ".libsonnet": "//", ".py": "#", ".sh": "#", ".cmake": "#",
           ".yml": "#", ".txt": "#"}
# A file of tests, `test_plan` or `parallel_test`, or a test of ctest: `unit.http`, `e2e.tls`.
TEST = re.compile(r"`(test_\w+|\w+_test|(?:unit|e2e|house)\.\w+)(?:\.py|\.cc|\.asan|\.tsan)?`")
# The folders of files of other projects that the text names, such as the kernel and e2fsprogs.
FOREIGN_FOLDERS = {"fs", "include", "linux", "ext2fs", "github.com"}
FOREIGN_FILES = {"testssl.sh"}


def tracked(root):
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"],
                            check=True, capture_output=True, text=True).stdout
    return [root / line for line in listed.splitlines()]


def prose(path):
    """(number, text) of the lines to check: all lines of a document, the comments of code."""
    if path.suffix != ".md" and path.suffix not in COMMENT:
        return
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        if path.suffix == ".md":
            yield number, line
        elif COMMENT[path.suffix] in line:
            yield number, line.split(COMMENT[path.suffix], 1)[1]


def exists(name, path, root, known):
    if "NAME" in name or name in FOREIGN_FILES or name.split("/")[0] in FOREIGN_FOLDERS:
        return True
    if name.startswith("../"):
        return (path.parent / name).is_file()
    return any(file == ending or file.endswith("/" + ending)
               for ending in (name, name + ".in") for file in known)


def tests_of(files):
    """The names of the files of tests, and the tests that the build declares."""
    names = {path.stem for path in files}
    for path in files:
        if path.name in ("tests.cmake", "CMakeLists.txt", "house.cmake"):
            text = path.read_text()
            names |= {f"unit.{name}" for name in re.findall(r"\bunit_test\((\w+)", text)}
            names |= {f"e2e.{name}" for name in re.findall(r"\be2e_test\((\w+)", text)}
            names |= set(re.findall(r"\b(?:add_test\(NAME |program_test\()(house\.\w+)", text))
    return names


def main():
    root = pathlib.Path(sys.argv[1])
    files = [path for path in tracked(root) if path.is_file()]
    known = {str(path.relative_to(root)) for path in files}
    tests = tests_of(files)
    stale = 0
    for path in files:
        for number, text in prose(path):
            missing = [name for name in NAME.findall(text) if not exists(name, path, root, known)]
            missing += [name for name in TEST.findall(text) if name not in tests]
            for name in missing:
                print(f"{path.relative_to(root)}:{number}: names {name}, which does not exist")
                stale += 1
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
