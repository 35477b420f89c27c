"""Real filesystems on loop devices, and other mounts, that never outlive the test."""

import contextlib
import ctypes
import os
import pathlib
import tempfile

import processes

_CLONE_NEWNS = 0x00020000
_private = False


def need_mounts():
    """Needs root. Moves this process into a new mount namespace, so that the kernel undoes the tests' mounts and frees
    their loop devices when the tests end, even if they crash."""
    global _private
    processes.need_root()
    if _private:
        return
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) != 0:
        processes.skip(f"cannot mount here: {os.strerror(ctypes.get_errno())}")
    processes.run([processes.program("mount"), "--make-rprivate", "/"])
    _private = True


@contextlib.contextmanager
def mounted(arguments, target):
    """`mount ARGUMENTS… TARGET` for as long as the context lasts."""
    need_mounts()
    processes.run([processes.program("mount"), *arguments, str(target)])
    try:
        yield target
    finally:
        unmount(target)


def unmount(target):
    """Unmounts, lazily if it is in use; does nothing if it is not mounted."""
    if not os.path.ismount(target):
        return
    umount = processes.program("umount")
    if processes.run([umount, str(target)], check=False).returncode != 0:
        processes.run([umount, "--lazy", str(target)])


@contextlib.contextmanager
def filesystem(kind="ext4", megabytes=512, mkfs=()):
    """A new filesystem of `kind`, mounted on a directory that is yielded."""
    need_mounts()
    mkfs_program = processes.program(f"mkfs.{kind}")
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as scratch:
        image = pathlib.Path(scratch, "image")
        target = pathlib.Path(scratch, "mnt")
        target.mkdir()
        with open(image, "wb") as sparse:
            sparse.truncate(megabytes << 20)
        processes.run([mkfs_program, *mkfs, str(image)])
        with mounted(["-o", "loop", str(image)], target):
            yield target
