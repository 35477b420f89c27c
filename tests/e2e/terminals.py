"""Runs the program in a pseudo-terminal, or in tmux, which also draws the screen."""

import contextlib
import errno
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata

import exporter
import processes

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CLEARED_LINE = "\r\x1b[K"


class Terminal:
    """A program with a controlling terminal of its own. Use terminal(), which also ends it."""

    def __init__(self, arguments, columns, rows, environment, **options):
        self._master, slave = pty.openpty()
        self.output = ""
        self._raw = b""
        self._mark = 0
        self.resize(columns, rows)
        env = {**processes.environment(), "TERM": "xterm-256color", **environment}
        streams = {"stdin": slave, "stdout": slave, "stderr": slave, **options}
        # setsid --ctty makes this terminal the controlling one and then executes the program.
        setsid = [processes.program("setsid"), "--ctty"]
        self.process = processes.start(
            [*setsid, exporter.binary(), *map(str, arguments)], env=env, **streams
        )
        os.close(slave)

    def resize(self, columns, rows):
        """Resizes the terminal; the kernel sends SIGWINCH to the program."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self._master, text.encode())

    def wait_for(self, pattern, seconds=60):
        """Waits until the output since the last wait matches; returns the match."""
        deadline = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.output[self._mark :], re.S)
            if match:
                self._mark += match.end()
                return match
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no {pattern!r} in {self.output[self._mark:]!r}")

    def finish(self, seconds=60):
        """Reads until the program has ended; returns its exit code."""
        deadline = time.monotonic() + seconds
        while self._read(deadline - time.monotonic()):
            pass
        return self.process.wait(timeout=max(1, deadline - time.monotonic()))

    def modes(self):
        """The local modes of the terminal, such as echo and line input."""
        return termios.tcgetattr(self._master)[3]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    def _read(self, seconds):
        """Reads the available output; false at its end or when the time is over."""
        ready, _, _ = select.select([self._master], [], [], max(0, seconds))
        if not ready:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError as error:
            if error.errno != errno.EIO:  # the other end is closed
                raise
            data = b""
        self._raw += data
        self.output = self._raw.decode("utf-8", "replace")
        return bool(data)


@contextlib.contextmanager
def terminal(*arguments, columns=80, rows=24, environment=None, **options):
    running = Terminal(arguments, columns, rows, environment or {}, **options)
    try:
        yield running
    finally:
        running.close()


class Emulator:
    """The program in a terminal of tmux, which draws what it writes. Use emulator()."""

    def __init__(self, directory):
        self._tmux = [processes.program("tmux"), "-u", "-S", str(directory / "socket")]
        # In the foreground: it ends with the tests.
        self.server = processes.start([*self._tmux, "-D", "-f", "/dev/null"])
        processes.eventually((directory / "socket").exists, lambda: "tmux")

    def run(self, arguments, columns, rows):
        size = ["-x", str(columns), "-y", str(rows)]
        self._command("new-session", "-d", *size, exporter.binary(), *map(str, arguments))

    def resize(self, columns, rows):
        self._command("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self):
        """The lines on the screen, without spaces at their ends."""
        return self._command("capture-pane", "-p").rstrip("\n").split("\n")

    def _command(self, *arguments):
        return processes.run([*self._tmux, *arguments], encoding="utf-8").stdout


@contextlib.contextmanager
def emulator(directory, *arguments, columns=80, rows=60):
    running = Emulator(directory)
    try:
        running.run(arguments, columns, rows)
        yield running
    finally:
        processes.terminate(running.server)


def scan(*arguments, **options):
    """Runs a `scan` that must succeed; returns the lines that are on the screen at the end."""
    with terminal("scan", *arguments, **options) as running:
        code = running.finish()
        assert code == 0, running.output
        return shown(running.output)


def shown(output):
    """The lines that remain, without colours; of a line that was rewritten, the last state."""
    lines = re.sub("\r+\n", "\n", output).split("\n")
    return [_CONTROL.sub("", line.rpartition(CLEARED_LINE)[2]) for line in lines]


def width(line):
    """The columns that a line takes."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in line)
    combining = sum(unicodedata.category(character) in ("Mn", "Me") for character in line)
    return len(line) + wide - combining
