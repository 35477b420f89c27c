"""The common part of the tests' FUSE filesystems: the kernel's protocol, without any package, and the server process.
A module with a filesystem runs itself as that process."""

import contextlib
import ctypes
import errno
import os
import select
import struct
import subprocess
import sys
import tempfile

import loopmount
import processes

LOOKUP, GETATTR, SETATTR, OPEN, READ, WRITE, STATFS = 1, 3, 4, 14, 15, 16, 17
RELEASE, FSYNC, FLUSH, OPENDIR, READDIR, RELEASEDIR = 18, 20, 25, 27, 28, 29
ROOT = 1

_FORGET, _INIT, _INTERRUPT, _BATCH_FORGET = 2, 26, 36, 42
_NO_REPLY = {_FORGET, _BATCH_FORGET, _INTERRUPT}
_IN_HEADER = struct.Struct("<IIQQIIII")
_OUT_HEADER = struct.Struct("<IiQ")
_MAX_WRITE = 1 << 17
_VALID_SECONDS = 0  # the kernel caches nothing, so every request reaches the server


class Filesystem:
    """A filesystem to serve. `answer` returns the reply to one request, or the number of an error."""

    silent = False  # whether requests stay unanswered

    def answer(self, opcode, node, body):
        raise NotImplementedError

    def command(self, words):
        """Runs the command in a line from the test; returns a line with the answer."""
        raise NotImplementedError


def attributes(node, mode, size=0):
    return struct.pack("<6Q10I", node, size, 0, 0, 0, 0, 0, 0, 0, mode, 2, 0, 0, 0, 4096, 0)


def attributes_reply(node, mode, size=0):
    return struct.pack("<QII", _VALID_SECONDS, 0, 0) + attributes(node, mode, size)


def entry_reply(node, mode, size=0):
    times = struct.pack("<QQII", _VALID_SECONDS, _VALID_SECONDS, 0, 0)
    return struct.pack("<QQ", node, 0) + times + attributes(node, mode, size)


def _answer(filesystem, opcode, node, body):
    if opcode == _INIT:
        return struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 16, 12, _MAX_WRITE, 1, 0, 0, 0)
    if opcode == STATFS:
        return struct.pack("<5Q4I24x", 1 << 30, 1 << 20, 1 << 20, 1 << 30, 1, 4096, 255, 4096, 0)
    return filesystem.answer(opcode, node, body)


def _serve_one(filesystem, device):
    try:
        request = os.read(device, _MAX_WRITE + 4096)
    except OSError as error:
        if error.errno in (errno.EINTR, errno.ENOENT):
            return  # the caller gave up before the request was read
        raise
    _, opcode, unique, node, *_ = _IN_HEADER.unpack_from(request)
    answer = _answer(filesystem, opcode, node, request[_IN_HEADER.size :])
    if opcode in _NO_REPLY:
        return
    code, reply = (-answer, b"") if isinstance(answer, int) else (0, answer)
    header = _OUT_HEADER.pack(_OUT_HEADER.size + len(reply), code, unique)
    with contextlib.suppress(FileNotFoundError):  # the caller has been interrupted
        os.write(device, header + reply)


def serve(filesystem, target):
    """Mounts `filesystem` on `target` and serves it until standard input ends. Each line of that is a command,
    which is answered with a line."""
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"test", target.encode(), b"fuse.test", 0, options) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    print("mounted", flush=True)
    while True:
        wanted = [sys.stdin] if filesystem.silent else [sys.stdin, device]
        ready, _, _ = select.select(wanted, [], [])
        if sys.stdin in ready:
            line = sys.stdin.readline()
            if not line:
                return
            print(filesystem.command(line.split()), flush=True)
        elif device in ready:
            _serve_one(filesystem, device)


class Server:
    """The server process, as the test sees it."""

    def __init__(self, process):
        self._process = process

    def command(self, *words):
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")

    def die(self):
        """Ends the server by SIGKILL: from now on, every request fails."""
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def served(module, *arguments):
    """Yields the directory on which `module` serves its filesystem, and its Server. The server ends with the context,
    which wakes all waiting processes."""
    loopmount.need_mounts()
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        processes.skip("no /dev/fuse here")
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as target:
        process = processes.start(
            [sys.executable, module, target, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        try:
            assert process.stdout.readline() == "mounted\n", "no FUSE mount"
            os.stat(target)  # the first request waits until the kernel and the server have exchanged INIT
            yield target, Server(process)
        finally:
            process.kill()
            process.communicate()
            processes.run([processes.program("umount"), "--lazy", target], check=False)
