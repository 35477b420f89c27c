"""A FUSE filesystem with a tree that no census ever finishes, which can be told to hang: what a
dead NFS server or a huge tree looks like to a program. Speaks the kernel's protocol itself, so
that it needs no package. Run as a program it serves; endless() runs it."""

import contextlib
import ctypes
import errno
import os
import select
import stat
import struct
import subprocess
import sys
import tempfile

import loopmount
import processes

_LOOKUP, _FORGET, _GETATTR, _STATFS, _INIT = 1, 2, 3, 17, 26
_OPENDIR, _READDIR, _RELEASEDIR, _INTERRUPT, _BATCH_FORGET = 27, 28, 29, 36, 42
_NO_REPLY = {_FORGET, _BATCH_FORGET, _INTERRUPT}

_ROOT = 1
_SUBDIRECTORIES = 1000
_IN_HEADER = struct.Struct("<IIQQIIII")
_OUT_HEADER = struct.Struct("<IiQ")
_VALID_SECONDS = 0  # the kernel caches nothing: whoever asks again has to wait again


class _Tree:
    """Three levels of a thousand directories, each with one file."""

    def __init__(self):
        self._children = {}
        self._depth = {_ROOT: 0}

    def is_directory(self, node):
        return node in self._depth

    def lookup(self, parent, name):
        if name == b"file":
            return self._child(parent, name)
        if self._depth[parent] < 3 and name.isdigit() and int(name) < _SUBDIRECTORIES:
            node = self._child(parent, name)
            self._depth[node] = self._depth[parent] + 1
            return node
        return None

    def names(self, node):
        deeper = range(_SUBDIRECTORIES) if self._depth[node] < 3 else ()
        return [b"file", *(b"%d" % number for number in deeper)]

    def _child(self, parent, name):
        return self._children.setdefault((parent, name), _ROOT + 1 + len(self._children))


def _attributes(tree, node):
    mode = stat.S_IFDIR | 0o755 if tree.is_directory(node) else stat.S_IFREG | 0o644
    return struct.pack("<6Q10I", node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 2, 0, 0, 0, 4096, 0)


def _entry(tree, node):
    times = struct.pack("<QQII", _VALID_SECONDS, _VALID_SECONDS, 0, 0)
    return struct.pack("<QQ", node, 0) + times + _attributes(tree, node)


def _listing(tree, node, offset, size):
    page = b""
    for position, name in enumerate(tree.names(node)[offset:], offset + 1):
        child = tree.lookup(node, name)
        kind = stat.S_IFDIR >> 12 if tree.is_directory(child) else stat.S_IFREG >> 12
        entry = struct.pack("<QQII", child, position, len(name), kind) + name
        entry += bytes(-len(entry) % 8)
        if len(page) + len(entry) > size:
            break
        page += entry
    return page


def _answer(tree, opcode, node, body):
    """The reply to one request, or the number of an error."""
    if opcode == _INIT:
        return struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 16, 12, 4096, 1, 0, 0, 0)
    if opcode == _GETATTR:
        return struct.pack("<QII", _VALID_SECONDS, 0, 0) + _attributes(tree, node)
    if opcode == _LOOKUP:
        child = tree.lookup(node, body.rstrip(b"\0"))
        return _entry(tree, child) if child else errno.ENOENT
    if opcode == _OPENDIR:
        return struct.pack("<QII", 0, 0, 0)
    if opcode == _READDIR:
        _, offset, size = struct.unpack_from("<QQI", body)
        return _listing(tree, node, offset, size)
    if opcode == _STATFS:
        return struct.pack("<5Q4I24x", 1 << 30, 1 << 20, 1 << 20, 1 << 30, 1, 4096, 255, 4096, 0)
    return b"" if opcode == _RELEASEDIR else errno.ENOSYS


def _serve(device):
    """Answers until standard input ends; a line there, `hang`, makes it stop answering."""
    tree, hung = _Tree(), False
    while True:
        ready, _, _ = select.select([sys.stdin] if hung else [sys.stdin, device], [], [])
        if sys.stdin in ready:
            line = sys.stdin.readline()
            if not line:
                return
            hung = line == "hang\n"
            print("hung", flush=True)
        elif device in ready:
            _serve_one(tree, device)


def _serve_one(tree, device):
    try:
        request = os.read(device, 1 << 17)
    except OSError as error:
        if error.errno in (errno.EINTR, errno.ENOENT):
            return  # the caller gave up before the request was read
        raise
    _, opcode, unique, node, *_ = _IN_HEADER.unpack_from(request)
    answer = _answer(tree, opcode, node, request[_IN_HEADER.size :])
    if opcode in _NO_REPLY:
        return
    code, reply = (-answer, b"") if isinstance(answer, int) else (0, answer)
    header = _OUT_HEADER.pack(_OUT_HEADER.size + len(reply), code, unique)
    with contextlib.suppress(FileNotFoundError):  # the caller has been interrupted
        os.write(device, header + reply)


def _main(target):
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"endless", target.encode(), b"fuse.endless", 0, options) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    print("mounted", flush=True)
    _serve(device)


class Endless:
    def __init__(self, path, server):
        self.path = path
        self._server = server

    def hang(self):
        """From now on whoever asks for anything new waits until the end of the context."""
        self._server.stdin.write("hang\n")
        self._server.stdin.flush()
        assert self._server.stdout.readline() == "hung\n"


@contextlib.contextmanager
def endless():
    """The mounted tree. When the context ends its server does, which wakes whoever waits."""
    loopmount.need_mounts()
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        processes.skip("no /dev/fuse here")
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as target:
        server = processes.start(
            [sys.executable, __file__, target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        try:
            assert server.stdout.readline() == "mounted\n", "no FUSE mount"
            os.stat(target)  # the first request waits until kernel and server have met
            yield Endless(target, server)
        finally:
            server.kill()
            server.communicate()
            processes.run([processes.program("umount"), "--lazy", target], check=False)


if __name__ == "__main__":
    _main(sys.argv[1])
