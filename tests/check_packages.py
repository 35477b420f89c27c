#!/usr/bin/env python3
"""Checks tests/packages.txt, the table of packages for scripts/deps.sh: every row is about an existing test, and every
end-to-end test has the packages of the programs and Python modules that it uses.

Only programs and modules that are installed can be traced to their packages.

Usage: check_packages.py SOURCE_ROOT
"""

import ast
import fnmatch
import functools
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def rows(root):
    """(pattern, packages) of each row."""
    for line in (root / "tests/packages.txt").read_text().splitlines():
        pattern, *packages = line.split("#")[0].split() or [""]
        if pattern:
            yield pattern, set(packages)


# How the build declares a test, and what its name begins with in ctest.
DECLARED = (("unit_test", "unit."), ("e2e_test", "e2e."), ("program_test", ""), (r"add_test\(NAME ", ""))


def test_names(root):
    """The tests that the build declares, without the suffix of a build, and the programs of bench/."""
    names = {f"bench.{path.stem}" for path in root.glob("bench/*.py")}
    for path in [*root.glob("tests/**/CMakeLists.txt"), *root.glob("tests/**/*.cmake")]:
        for function, prefix in DECLARED:
            found = re.findall(rf"^ *{function}\(?([\w.]+)", path.read_text(), re.MULTILINE)
            names |= {prefix + name for name in found}
    return names


def wants(path, seen):
    """The files of the programs and modules that a test and its helper modules use."""
    seen.add(path)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("processes.program", "Program"):
            names = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
            yield from (shutil.which(name, path=PATH) for name in names)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
            for module in modules:
                local = path.parent / f"{module}.py"
                if local in seen:
                    continue
                if local.exists():
                    yield from wants(local, seen)
                elif module.split(".")[0] not in sys.stdlib_module_names:
                    found = importlib.util.find_spec(module.split(".")[0])
                    yield found and found.origin


@functools.cache
def package_of(file):
    """The package that installed a file; None for packages that every Debian has."""
    for name in {file, str(pathlib.Path(file).resolve())}:
        for alias in (name, name.removeprefix("/usr")):
            done = subprocess.run(["dpkg-query", "-S", alias], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                package = done.stdout.split(":")[0]
                priority = subprocess.run(["dpkg-query", "-W", "-f", "${Priority}\n", package], check=True,
                                          capture_output=True, text=True).stdout.split()[0]
                return None if priority in ("required", "important") else package
    return None


def dependencies_of(packages):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Depends}, ", *packages], capture_output=True, text=True,
                          check=False)
    return set(re.findall(r"(?:^|[,|] )([\w.+-]+)", done.stdout))


def main():
    root = pathlib.Path(sys.argv[1])
    table = list(rows(root))
    tests = test_names(root)
    problems = [f"{pattern} is no test" for pattern, _ in table if not fnmatch.filter(tests, pattern)]
    for test in sorted(name for name in tests if name.startswith("e2e.")):
        path = root / "tests/e2e" / f"test_{test.removeprefix('e2e.')}.py"
        named = set().union(*(packages for pattern, packages in table if fnmatch.fnmatch(test, pattern)))
        named |= dependencies_of(named)
        wanted = {package_of(file) for file in wants(path, set()) if file} - {None}
        problems += [f"{test} lacks {package}" for package in sorted(wanted - named)]
    for problem in problems:
        print(f"tests/packages.txt: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
