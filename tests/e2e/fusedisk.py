"""A disk that can break: an ext4 on a loop device whose image a FUSE filesystem serves. A test can make it answer
reads and writes of some blocks with EIO, answer slowly, or disappear. (The error and flakey targets of the
device mapper do the same, but not every kernel has them.)"""

import contextlib
import errno
import fcntl
import os
import pathlib
import re
import stat
import struct
import sys
import tempfile
import time

import fuseserver
import loopmount
import processes

_NODE = 2
_NAME = b"image"
_BLOCK = 4096
_DIRECT_IO = 1  # FOPEN_DIRECT_IO: the kernel caches nothing, so every read reaches this server
# linux/fs.h
_BLKFLSBUF, _FIFREEZE, _FITHAW = 0x1261, 0xC0045877, 0xC0045878


class _Disk(fuseserver.Filesystem):
    """A filesystem with one file, `image`, that has the content of another file."""

    def __init__(self, path):
        self._file = os.open(path, os.O_RDWR)
        self._size = os.fstat(self._file).st_size
        self._bad = []  # (begin, end) in bytes
        self._pause = 0.0
        self._slow_reads = 0

    def command(self, words):
        if words[0] == "break":
            self._bad.append((int(words[1]), int(words[2])))
        elif words[0] == "slow":
            self._pause, self._slow_reads = float(words[1]), 0
        elif words[0] == "reads":
            return str(self._slow_reads)
        else:
            assert words == ["mend"]
            self._bad, self._pause = [], 0.0
        return "done"

    def answer(self, opcode, node, body):
        if opcode == fuseserver.LOOKUP:
            known = body.rstrip(b"\0") == _NAME
            return fuseserver.entry_reply(*self._file_attributes()) if known else errno.ENOENT
        if opcode in (fuseserver.GETATTR, fuseserver.SETATTR):
            if node == fuseserver.ROOT:
                return fuseserver.attributes_reply(node, stat.S_IFDIR | 0o755)
            return fuseserver.attributes_reply(*self._file_attributes())
        if opcode == fuseserver.OPEN:
            return struct.pack("<QII", 0, _DIRECT_IO, 0)
        if opcode in (fuseserver.READ, fuseserver.WRITE):
            return self._transfer(opcode, body)
        done = (fuseserver.RELEASE, fuseserver.FLUSH, fuseserver.FSYNC)
        return b"" if opcode in done else errno.ENOSYS

    def _file_attributes(self):
        return _NODE, stat.S_IFREG | 0o600, self._size

    def _transfer(self, opcode, body):
        _, offset, size = struct.unpack_from("<QQI", body)
        if any(offset < end and begin < offset + size for begin, end in self._bad):
            return errno.EIO
        if opcode == fuseserver.READ:
            if self._pause > 0:
                self._slow_reads += 1
                time.sleep(self._pause)
            return os.pread(self._file, size, offset)
        written = os.pwrite(self._file, body[40 : 40 + size], offset)
        return struct.pack("<II", written, 0)


class Disk:
    """`path` is where it is mounted, `device` its block device."""

    def __init__(self, path, device, image, server):
        self.path = path
        self.device = device
        self._image = image
        self._server = server

    def forget(self):
        """Writes everything to its place on the disk and makes the kernel read it again from there."""
        top = os.open(self.path, os.O_RDONLY)
        # Blocks stay in memory while they are in the journal, and sync leaves them there.
        fcntl.ioctl(top, _FIFREEZE, 0)
        fcntl.ioctl(top, _FITHAW, 0)
        os.close(top)
        self._drop()

    def _drop(self):
        """Drops from memory the blocks that are on the disk too."""
        device = os.open(self.device, os.O_RDONLY)
        fcntl.ioctl(device, _BLKFLSBUF)
        os.close(device)

    def break_blocks_of(self, directory):
        """Breaks the blocks of a directory, after dropping all of them from memory."""
        blocks = self._blocks(os.stat(directory).st_ino)
        self.forget()
        for begin in blocks:
            self._server.command("break", begin, begin + _BLOCK)
        self._drop()  # a census may have read them again in the meantime

    def break_inode_tables(self):
        dump = processes.run([processes.program("dumpe2fs"), self.device]).stdout
        self.forget()
        for first, last in re.findall(r"Inode table at (\d+)-(\d+)", dump):
            self._server.command("break", int(first) * _BLOCK, (int(last) + 1) * _BLOCK)
        self._drop()

    def slow(self, seconds):
        """From now on, every read of the device takes so long."""
        self._server.command("slow", seconds)

    def is_read(self):
        """Whether the device has been read since it was made slow."""
        return self._server.command("reads") != "0"

    def mend(self):
        self._server.command("mend")

    def remove(self):
        """Removes the device: from now on, every read and write fails."""
        self._server.die()

    def _blocks(self, inode):
        """The offsets in bytes at which the blocks of an inode begin."""
        command = [processes.program("debugfs"), "-R", f"blocks <{inode}>", self.device]
        return [int(block) * _BLOCK for block in processes.run(command).stdout.split()]


@contextlib.contextmanager
def ext4(megabytes=64):
    """A new, mounted ext4 on such a disk, all of whose blocks have 4096 bytes."""
    loopmount.need_mounts()
    losetup = processes.program("losetup")
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as scratch:
        image, target = pathlib.Path(scratch, "image"), pathlib.Path(scratch, "mnt")
        target.mkdir()
        with open(image, "wb") as sparse:
            sparse.truncate(megabytes << 20)
        mkfs = [processes.program("mkfs.ext4"), "-b", str(_BLOCK), "-E", "lazy_itable_init=0"]
        processes.run([*mkfs, str(image)])
        with fuseserver.served(__file__, image) as (served, server):
            found = processes.run([losetup, "--find", "--show", f"{served}/{_NAME.decode()}"])
            device = found.stdout.strip()
            try:
                # A broken disk must not stop the machine, even if the image asks for that.
                options = ["-o", "errors=continue,noatime", device]
                with loopmount.mounted(options, target):
                    yield Disk(target, device, image, server)
            finally:
                processes.run([losetup, "--detach", device], check=False)


if __name__ == "__main__":
    fuseserver.serve(_Disk(sys.argv[2]), sys.argv[1])
