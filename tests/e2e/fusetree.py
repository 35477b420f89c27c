"""A FUSE filesystem with a tree that no census ever finishes, like a huge tree. A test can make it hang, like a dead
NFS server."""

import contextlib
import errno
import stat
import struct
import sys

import fuseserver

_SUBDIRECTORIES = 1000
_DIRECTORY = stat.S_IFDIR | 0o755
_FILE = stat.S_IFREG | 0o644


class _Tree(fuseserver.Filesystem):
    """Three levels of a thousand directories, each with one file."""

    def __init__(self):
        self._children = {}
        self._depth = {fuseserver.ROOT: 0}

    def command(self, words):
        assert words == ["hang"]
        self.silent = True
        return "hung"

    def answer(self, opcode, node, body):
        if opcode == fuseserver.GETATTR:
            return fuseserver.attributes_reply(node, self._mode(node))
        if opcode == fuseserver.LOOKUP:
            child = self._lookup(node, body.rstrip(b"\0"))
            return fuseserver.entry_reply(child, self._mode(child)) if child else errno.ENOENT
        if opcode == fuseserver.OPENDIR:
            return struct.pack("<QII", 0, 0, 0)
        if opcode == fuseserver.READDIR:
            _, offset, size = struct.unpack_from("<QQI", body)
            return self._listing(node, offset, size)
        return b"" if opcode == fuseserver.RELEASEDIR else errno.ENOSYS

    def _mode(self, node):
        return _DIRECTORY if node in self._depth else _FILE

    def _lookup(self, parent, name):
        if name == b"file":
            return self._child(parent, name)
        if self._depth[parent] < 3 and name.isdigit() and int(name) < _SUBDIRECTORIES:
            node = self._child(parent, name)
            self._depth[node] = self._depth[parent] + 1
            return node
        return None

    def _child(self, parent, name):
        number = fuseserver.ROOT + 1 + len(self._children)
        return self._children.setdefault((parent, name), number)

    def _names(self, node):
        deeper = range(_SUBDIRECTORIES) if self._depth[node] < 3 else ()
        return [b"file", *(b"%d" % number for number in deeper)]

    def _listing(self, node, offset, size):
        page = b""
        for position, name in enumerate(self._names(node)[offset:], offset + 1):
            child = self._lookup(node, name)
            kind = stat.S_IFMT(self._mode(child)) >> 12
            entry = struct.pack("<QQII", child, position, len(name), kind) + name
            entry += bytes(-len(entry) % 8)
            if len(page) + len(entry) > size:
                break
            page += entry
        return page


class Endless:
    def __init__(self, path, server):
        self.path = path
        self._server = server

    def hang(self):
        """From now on, every new request waits until the context ends."""
        self._server.command("hang")

    def die(self):
        """Ends the server: every request fails."""
        self._server.die()


@contextlib.contextmanager
def endless():
    """The mounted tree. The server ends with the context, which wakes all waiting processes."""
    with fuseserver.served(__file__) as (path, server):
        yield Endless(path, server)


if __name__ == "__main__":
    fuseserver.serve(_Tree(), sys.argv[1])
