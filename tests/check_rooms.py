#!/usr/bin/env python3
"""Compares the source and its documents with the table of rooms in src/CMakeLists.txt.

Usage: check_rooms.py SOURCE_ROOT ROOMS_TXT      (ROOMS_TXT is written by CMake)

It checks that every #include is permitted and every permission is used, that the table in docs/design.md and the map in
src/main.cc agree, that a header which calls itself the only user of a third party is right, that no two types of the program
have one name, which no compiler reports, and that the process ends only in main() or leaveHeldThreads().
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)
DESIGN_ROW = re.compile(r"^\| `([\w/]+)/` \|[^|]*\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
MAP_ROW = re.compile(r"^//   (\S[^\n]*(?:\n//       [^\n]*)*)", re.MULTILINE)
ONLY_USER = re.compile(r"[Tt]he only user of\s+(?:///\s+)?([\w-]+[\w])")
NAMESPACE = re.compile(r"^namespace (hardlink[\w:]*) \{", re.MULTILINE)
ANONYMOUS = re.compile(r"^namespace \{$.*?^\}  // namespace$", re.MULTILINE | re.DOTALL)
TYPE = re.compile(r"^(?:struct|class|union|enum class) (\w+)\b(?!::)[^;{]*\{", re.MULTILINE)
PROCESS_END = re.compile(r"(?<![\w.])(?:std::)?(_Exit|_exit|quick_exit|exit)\s*\(")


class Table:
    """The table that CMake writes: the rooms in order, what each may include and use, the headers of third parties."""

    def __init__(self, path):
        self.rooms = {}
        self.uses = {}
        self.party_of_header = {}
        for line in path.read_text().splitlines():
            kind, rest = line.split(" ", 1)
            name, values = rest.split(":", 1)
            if kind == "third-party":
                self.party_of_header.update({header: name for header in values.split()})
            else:
                rooms, uses = values.split("|")
                self.rooms[name] = set(rooms.split())
                self.uses[name] = set(uses.split())


def sources(source):
    return sorted(path for path in source.glob("*/**/*") if path.suffix in {".h", ".cc"})


def room_of(path, table):
    """The room of a file: its folder, or the nearest folder above that is a room."""
    folder = pathlib.PurePosixPath(path).parent
    while folder.as_posix() not in table.rooms and folder.as_posix() != ".":
        folder = folder.parent
    return folder.as_posix()


def include_problems(source, table):
    unused = {room: rooms | table.uses[room] for room, rooms in table.rooms.items()}
    for path in sources(source):
        room = room_of(path.relative_to(source), table)
        for kind, target in INCLUDE.findall(path.read_text()):
            name = (room_of(target, table) if kind == '"'
                    else table.party_of_header.get(target.split("/")[0]))
            if name is None or name == room:
                continue
            unused[room].discard(name)
            where = f"{path.relative_to(source)} includes {target}"
            if kind == '"' and name not in table.rooms:
                yield f"{where}: it is in no room"
            elif name not in table.rooms[room] | table.uses[room]:
                yield f"{where}: {room}/ may not use {name}"
    for room, names in unused.items():
        for name in sorted(names):
            yield f"src/CMakeLists.txt: {room} may use {name} and does not"


def names_in(cell):
    return set(re.findall(r"[\w/-]+", cell.replace("–", "")))


def design_problems(design, table):
    rows = {room: (names_in(rooms), names_in(uses))
            for room, rooms, uses in DESIGN_ROW.findall(design)}
    for room in sorted(set(table.rooms) ^ set(rows)):
        yield f"docs/design.md: the room {room} stands in one table of two"
    for room in sorted(set(table.rooms) & set(rows)):
        for what, said, true in zip(("may include", "third parties"), rows[room],
                                    (table.rooms[room], table.uses[room])):
            if said != true:
                yield (f"docs/design.md: {room}: {what} {', '.join(sorted(said)) or '–'}, "
                       f"in src/CMakeLists.txt {', '.join(sorted(true)) or '–'}")


def map_problems(source, table):
    """The map in main.cc must have every room in the order of the table, with all of its files."""
    text = (source / "main.cc").read_text()
    if text.count("\n") > 100:
        yield "src/main.cc: more than 100 lines"
    on_map = {}
    for row in MAP_ROW.findall(text):
        room, _, rest = row.replace("\n//      ", "").partition("/: ")
        on_map[room] = set(rest.rpartition(": ")[2].split(", "))
    if list(on_map) != list(table.rooms):
        yield f"src/main.cc: the map has {' '.join(on_map)}, the table {' '.join(table.rooms)}"
    for room, said in on_map.items():
        true = {path.name.split(".")[0] for path in (source / room).iterdir()
                if re.search(r"\.(h|cc|h\.in)$", path.name)}
        for what, names in (("does not have", said - true), ("has, and the map does not name", true - said)):
            if names:
                yield f"src/main.cc: {room}/ {what} {', '.join(sorted(names))}"


def only_user_problems(source, table):
    """`the only user of LIBRARY` in X.h: no other files than X.h and X.cc include it."""
    for header in sources(source):
        for library in ONLY_USER.findall(header.read_text()):
            if library not in table.party_of_header.values():
                yield f"{header.relative_to(source)}: the only user of {library}, which is no third party"
            for path in sources(source):
                used = any(kind == "<" and table.party_of_header.get(target.split("/")[0]) == library
                           for kind, target in INCLUDE.findall(path.read_text()))
                if used and path.with_suffix("") != header.with_suffix(""):
                    yield (f"{header.relative_to(source)}: calls itself the only user of {library}; "
                           f"so is {path.relative_to(source)}")


def twin_problems(source):
    """Types that one program would have twice. Those of an anonymous namespace are other types in each file."""
    first = {}
    for path in sources(source):
        text = ANONYMOUS.sub("", path.read_text())
        namespaces = tuple(NAMESPACE.findall(text))
        for name in TYPE.findall(text):
            other = first.setdefault((namespaces, name), path)
            if other != path:
                yield f"{path.relative_to(source)}: {name} is a type of {other.relative_to(source)} too"


def process_end_problems(source):
    for path in sources(source):
        if path.relative_to(source).as_posix() == "commands/standard_streams.h":
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            call = PROCESS_END.search(line.split("//")[0])
            if call:
                yield f"{path.relative_to(source)}:{number}: {call.group(1)}() instead of leaveHeldThreads()"


def main():
    root = pathlib.Path(sys.argv[1])
    source = root / "src"
    table = Table(pathlib.Path(sys.argv[2]))
    problems = sorted({f"src/{path.parent.relative_to(source)}/ is not in the table" for path in sources(source)
                       if path.parent.relative_to(source).as_posix() not in table.rooms})
    problems += include_problems(source, table)
    problems += design_problems((root / "docs/design.md").read_text(), table)
    problems += map_problems(source, table)
    problems += only_user_problems(source, table)
    problems += twin_problems(source)
    problems += process_end_problems(source)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
