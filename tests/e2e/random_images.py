"""Images of random layers with few names, so that entries collide: hard links, symlinks, whiteouts, and paths that are
written in several ways, repeated, or without their parents."""

import dataclasses
import io
import random
import tarfile

import images

_NAMES = "abc"
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_AUFS_LINKS = ".wh..wh.plnk"

# Kinds of entries, and how often each is chosen.
_KINDS = {
    "file": 30,
    "directory": 22,
    "link": 16,
    "symlink": 9,
    "whiteout": 8,
    "opaque": 6,
    "fifo": 2,
    "aufs file": 2,
    "aufs link": 1,
    "aufs metadata": 1,
    "comment": 1,
    "old file": 1,
    "unknown": 0.2,
}
_TYPES = {
    "directory": tarfile.DIRTYPE,
    "link": tarfile.LNKTYPE,
    "aufs link": tarfile.LNKTYPE,
    "symlink": tarfile.SYMTYPE,
    "fifo": tarfile.FIFOTYPE,
    "comment": tarfile.XGLTYPE,
    "old file": tarfile.AREGTYPE,
    "unknown": b"Z",
}


@dataclasses.dataclass(frozen=True)
class Entry:
    kind: str
    path: str
    target: str = ""


class Generator:
    """Makes the same images for the same seed."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def chance(self, share):
        return self._random.random() < share

    def choice(self, among):
        return self._random.choice(among)

    def layers(self):
        """Between one and three layers, each a list of entries."""
        return [self._layer() for _ in range(self._random.randint(1, 3))]

    def _layer(self):
        # The path of one entry in twenty may exist already.
        entries, paths = [], set()
        for _ in range(self._random.randint(1, 7)):
            entry = self._entry()
            if entry.path.strip("/") not in paths or self.chance(0.05):
                entries.append(entry)
                paths.add(entry.path.strip("/"))
        return entries

    def _entry(self):
        (kind,) = self._random.choices(list(_KINDS), weights=list(_KINDS.values()))
        path = self._path()
        directory = path.rpartition("/")[0]
        below = f"{directory}/" if directory else ""
        if kind == "link":
            return Entry(kind, self._written(path), self._written(self._path()))
        if kind == "symlink":
            return Entry(kind, self._written(path), self._symlink_target())
        if kind == "whiteout":
            name = self._random.choices([self.choice(_NAMES), "", ".", ".."], [40, 1, 1, 1])[0]
            return Entry(kind, self._written(below + _WHITEOUT + name))
        if kind == "opaque":
            return Entry(kind, self._written(below + _OPAQUE))
        if kind == "aufs file":
            return Entry(kind, self._written(f"{_AUFS_LINKS}/{self.choice('12')}"))
        if kind == "aufs link":
            return Entry(kind, path, self._written(f"{_AUFS_LINKS}/{self.choice('12')}"))
        if kind == "aufs metadata":
            return Entry(kind, self._written(".wh..wh.aufs"))
        if kind in ("directory", "old file") and self.chance(0.5):
            return Entry(kind, self._written(path) + "/")
        return Entry(kind, self._written(path))

    def _path(self):
        depth = self._random.choices([1, 2, 3, 4], [4, 5, 3, 1])[0]
        return "/".join(self.choice(_NAMES) for _ in range(depth))

    def _written(self, path):
        """The same path, now and then in an unusual spelling."""
        if not self.chance(0.12):
            return path
        name = self.choice(_NAMES)
        return self.choice(
            [f"./{path}", f"/{path}", f"../{path}", f"{name}/../{path}", path.replace("/", "//"),
             f"{path}/.", f"{path}/{name}/..", f"{path}/", "."]
        )

    def _symlink_target(self):
        path = self._path()
        return self.choice([path, path, f"/{path}", f"../{path}", f"../../{path}", ".", "..", ""])


def _member(entry):
    member = tarfile.TarInfo(entry.path)
    member.type = _TYPES.get(entry.kind, tarfile.REGTYPE)
    member.linkname = entry.target
    member.mode = 0o755
    return member


def built(entries, label):
    """The layer. `label` makes it differ from a layer with the same entries elsewhere."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for entry in entries:
            tar.addfile(_member(entry))
    # Bytes after the end of a tar change its digest and nothing else.
    return images.of_bytes(buffer.getvalue() + label.encode())
