#!/usr/bin/env python3
"""Checks every #include in src/ against the table of rooms in docs/design.md.

Usage: check_includes.py SOURCE_ROOT
"""

import pathlib
import re
import sys

# What each room may include of the others; base/ is open to all.
ROOMS = {
    "base": set(),
    "config": {"base"},
    "filesystem": {"base"},
    "layers": {"base", "config"},
    "census": {"base", "filesystem", "layers"},
    "report": {"base"},
    "scanner": {"base", "config", "census", "report"},
    "exposition": {"base", "report"},
    "http": {"base", "exposition", "scanner"},
    "cli": {"base", "config", "filesystem", "layers", "census", "report", "scanner",
            "exposition", "http"},
}

# The rooms that may use a third party, by the first component or the whole of its header's name.
THIRD_PARTIES = {
    "spdlog": {"base"},
    "fmt": {"base"},
    "yaml-cpp": {"config"},
    "libmount": {"filesystem"},
    "libmount.h": {"filesystem"},
    "prometheus": {"exposition"},
    "nlohmann": {"exposition", "layers"},
    "civetweb.h": {"http"},
    "CivetServer.h": {"http"},
    "zlib.h": {"http"},
    "crypt.h": {"http"},
    "openssl": {"http", "layers"},
    "archive.h": {"layers"},
    "archive_entry.h": {"layers"},
    "CLI": {"cli"},
    "systemd": {"cli"},
    "seccomp.h": {"cli"},
    "ext2fs": {"census"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)


def complaints(source_root):
    for path in sorted(source_root.glob("*/*")):
        room = path.parent.name
        if path.suffix not in {".h", ".cc"}:
            continue
        for kind, target in INCLUDE.findall(path.read_text()):
            first = target.split("/")[0]
            where = f"{path.relative_to(source_root)} includes {target}"
            if kind == '"':
                if first not in ROOMS:
                    yield f"{where}: not a room"
                elif first != room and first not in ROOMS[room]:
                    yield f"{where}: {room}/ must not know {first}/"
            elif first in THIRD_PARTIES and room not in THIRD_PARTIES[first]:
                yield f"{where}: belongs to {', '.join(sorted(THIRD_PARTIES[first]))}"


def main():
    source_root = pathlib.Path(sys.argv[1]) / "src"
    rooms = {path.name for path in source_root.iterdir() if path.is_dir()}
    problems = list(complaints(source_root))
    problems += [f"src/{room}/ is not in the table" for room in sorted(rooms - set(ROOMS))]
    problems += [f"src/{room}/ is missing" for room in sorted(set(ROOMS) - rooms)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
