"""Starts the daemon as a service manager does that passes sockets (sd_listen_fds(3))."""

import contextlib
import socket
import sys

import exporter

# The first number that a service manager uses.
FIRST = 3

# Moves the descriptors in the first argument to FIRST and up, and becomes the program in the others.
_PASS = f"""
import fcntl, os, sys
given = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 100) for number in sys.argv[1].split(",")]
for number, descriptor in enumerate(given, {FIRST}):
    os.dup2(descriptor, number)
    os.close(descriptor)
os.environ.update(LISTEN_FDS=str(len(given)), LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def command(*sockets):
    numbers = ",".join(str(each.fileno()) for each in sockets)
    return [sys.executable, "-c", _PASS, numbers, exporter.binary()]


def listening(address="127.0.0.1", family=socket.AF_INET, kind=socket.SOCK_STREAM):
    """A socket on a free port; a stream listens."""
    made = socket.socket(family, kind)
    made.bind((address, 0))
    if kind == socket.SOCK_STREAM:
        made.listen(128)
    return made


def port_of(listener):
    return listener.getsockname()[1]


@contextlib.contextmanager
def daemon(*arguments, sockets, flag=True, **options):
    """A daemon on these sockets, which is asked on the first one."""
    options.setdefault("port", port_of(sockets[0]))
    flags = ["--web.systemd-socket"] if flag else []
    given = {"command": command(*sockets), "pass_fds": [each.fileno() for each in sockets]}
    with exporter.daemon(*arguments, *flags, **given, **options) as running:
        yield running


def run(*arguments, sockets):
    """Runs the daemon on these sockets to its end, which the test expects at once."""
    return exporter.processes.run(
        [*command(*sockets), "--web.systemd-socket", *map(str, arguments)],
        check=False,
        pass_fds=[each.fileno() for each in sockets],
    )
