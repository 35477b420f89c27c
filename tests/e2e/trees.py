"""The trees that the tests share."""

import os

# Names that Linux allows and that mean something special in some output format.
HOSTILE_NAMES = {
    "newline": b"new\nline",
    "quote": b'quo"te',
    "backslash": b"back\\slash\\n",
    "invalid UTF-8": b"inv\xff\xfe\xc3alid",
    "surrogate": b"sur\xed\xa0\x80rogate",
    "longest": b"x" * 255,
    "longest, wide": "\N{PILE OF POO}".encode() * 63,
    "control": b"\x1b[31m\x07\x01\x7f",
    "option": b"--help",
    "brace": b'{root="x"} 1',
    "comment": b"# HELP",
    "end": b"\r\n# EOF",
}

# The same names as the program shows them: bytes that are not UTF-8 appear as \xNN.
SHOWN = {
    "newline": "new\nline",
    "quote": 'quo"te',
    "backslash": "back\\slash\\n",
    "invalid UTF-8": "inv\\xff\\xfe\\xc3alid",
    "surrogate": "sur\\xed\\xa0\\x80rogate",
    "longest": "x" * 255,
    "longest, wide": "\N{PILE OF POO}" * 63,
    "control": "\x1b[31m\x07\x01\x7f",
    "option": "--help",
    "brace": '{root="x"} 1',
    "comment": "# HELP",
    "end": "\r\n# EOF",
}


def write(path, content):
    """Writes a file to the disk, so that its allocated bytes do not change any more."""
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def hard_linked(directory, names, prefix=""):
    """Makes one inode with so many names in `directory`; returns its first name."""
    directory.mkdir(parents=True, exist_ok=True)
    first = directory / f"{prefix}0"
    write(first, b"content")
    for number in range(1, names):
        os.link(first, directory / f"{prefix}{number}")
    return first


def backup_source(directory, names):
    """Fills a directory to back up: one file with so many names, and one with a single name."""
    first = directory / "000"
    write(first, b"sha256")
    for number in range(1, names):
        os.link(first, directory / f"{number:03}")
    write(directory / "alone", b"one name")


def copy_links(source, target):
    """Copies a tree by hard links, like Docker's overlay driver."""
    for directory, _, files in os.walk(source):
        copy = target / os.path.relpath(directory, source)
        copy.mkdir(parents=True, exist_ok=True)
        for name in files:
            os.link(os.path.join(directory, name), copy / name, follow_symlinks=False)


def snapshots(top, names=3):
    """Makes two snapshots that share one inode with so many names in each."""
    hard_linked(top / "snap.0", names)
    copy_links(top / "snap.0", top / "snap.1")
    return top


def deep(top, levels=40, width=200):
    """Makes a chain of directories that is far longer than PATH_MAX, with a file of two names at its end."""
    descriptor = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(levels):
        name = b"d" * width
        os.mkdir(name, dir_fd=descriptor)
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(os.open(b"file", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor))
    os.link(b"file", b"again", src_dir_fd=descriptor, dst_dir_fd=descriptor)
    os.close(descriptor)


def await_tick(directory):
    """Waits until a new file in this directory is younger than the files made before."""
    probe = directory.parent / "tick"
    probe.touch()
    start = probe.stat().st_mtime_ns
    while probe.stat().st_mtime_ns == start:
        probe.touch()
    probe.unlink()
