"""Clients that misbehave: idle ones, slow ones, and senders of bad requests. Also trees that change during a census."""

import contextlib
import os
import pathlib
import resource
import socket
import threading

import processes

# A crowd replaces so many idle connections each second.
_RENEWED = 50

SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n"
MEGABYTE = 1 << 20

# Requests that the server refuses: the beginning, the part that is repeated, and the bytes of all repetitions.
RUDE = {
    "a header of 1 MB": (b"GET /metrics HTTP/1.1\r\nX: ", b"a" * 4096, MEGABYTE),
    "headers without end": (b"GET /metrics HTTP/1.1\r\n", b"A: b\r\n" * 1000, 100 * MEGABYTE),
    "a path without end": (b"GET /", b"a" * 4096, 100 * MEGABYTE),
    "no HTTP": (b"", b"\0\xff" * 2048, 100 * MEGABYTE),
    "a body of 100 MB": (
        b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n",
        b"a" * 65536,
        100 * MEGABYTE,
    ),
    "chunks without end": (
        b"POST /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1000\r\n" + b"a" * 4096 + b"\r\n",
        100 * MEGABYTE,
    ),
}


def allow_descriptors(count):
    """Raises the limit of descriptors of this process and of daemons that it starts; False if that is forbidden."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, hard)))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= count


def ask_rudely(port, request):
    """Sends a request of RUDE until the server closes or resets the connection. Returns the answer (empty if
    there was none) and the number of bytes sent."""
    head, part, length = RUDE[request]
    sent, answer = 0, b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(head)
            while sent < length:
                client.sendall(part)
                sent += len(part)
        with contextlib.suppress(ConnectionError):
            answer = client.recv(1 << 16)
    return answer, sent


class Idle:
    """Connections on which nothing is sent. They come from many addresses, because one has only 28,000 ports."""

    def __init__(self, port, count):
        self._port = port
        self._sockets = [self._connection(number) for number in range(count)]

    def _connection(self, number):
        client = socket.socket()
        client.bind((f"127.0.0.{2 + number % 250}", 0))
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", self._port))
        return client

    def renew(self, at_most=None):
        """Replaces connections that the server has closed, up to so many; returns their number."""
        closed = 0
        for number, client in enumerate(self._sockets):
            if closed == at_most:
                break
            if _is_closed(client):
                client.close()
                self._sockets[number] = self._connection(number)
                closed += 1
        return closed

    def close(self):
        for client in self._sockets:
            client.close()


def _is_closed(client):
    try:
        return client.recv(1, socket.MSG_PEEK) is not None  # an end, or an answer and then the end
    except BlockingIOError:
        return False
    except OSError:
        return True


class SlowReaders:
    """Clients that ask for the metrics and read one byte at each tick. Their windows and segments are small, so
    the server can send only little at once. Each client gets the first bytes of its answer before the next one
    asks, so the server does not answer them all at the same time."""

    def __init__(self, port, count):
        self.refused = 0
        self._port = port
        self._sockets = [self._connection() for _ in range(count)]

    def _connection(self):
        client = socket.socket()
        client.settimeout(60)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        client.connect(("127.0.0.1", self._port))
        client.sendall(SCRAPE)
        expected = b"HTTP/1.1 200"
        self.refused += client.recv(len(expected)) != expected
        return client

    def tick(self):
        for number, client in enumerate(self._sockets):
            try:
                done = client.recv(1) == b""
            except OSError:
                done = True
            if done:
                client.close()
                self._sockets[number] = self._connection()

    def close(self):
        for client in self._sockets:
            client.close()


class SlowWriters:
    """Clients that send one byte of their request at each tick and never finish it."""

    def __init__(self, port, count):
        self._port = port
        self._sockets = [self._connection() for _ in range(count)]
        self._sent = 0

    def _connection(self):
        client = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        client.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
        client.setblocking(False)
        return client

    def tick(self):
        for number, client in enumerate(self._sockets):
            with contextlib.suppress(OSError):
                client.send(b"a")
            if _is_closed(client):
                client.close()
                self._sockets[number] = self._connection()

    def close(self):
        for client in self._sockets:
            client.close()


class Crowd:
    """All of these clients at once, in a thread of their own; a tick is a second."""

    def __init__(self, port, idle=1000, slow=20):
        self._port = port
        self._idle = Idle(port, idle)
        self._slow = [SlowReaders(port, slow), SlowWriters(port, slow)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.closed = 0
        self.rude = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        for clients in [self._idle, *self._slow]:
            clients.close()

    def _run(self):
        requests = list(RUDE)
        while not self._stop.wait(1):
            # One after the other: connecting all at once would test a flood of connections, not idle ones.
            self.closed += self._idle.renew(at_most=_RENEWED)
            for clients in self._slow:
                clients.tick()
            ask_rudely(self._port, requests[self.rude % len(requests)])
            self.rude += 1


def plant_layer(layer, files, per_directory=20):
    """Makes a layer with so many files, one of which has a name in each directory."""
    for first in range(0, files, per_directory):
        directory = pathlib.Path(layer, f"d{first % 16}", f"directory-{first}")
        directory.mkdir(parents=True)
        for number in range(first, min(first + per_directory, files)):
            (directory / f"file-{number}").touch()
        os.link(_hot(layer), directory / "hot")


def _hot(layer):
    hot = pathlib.Path(layer, "hot")
    hot.touch()
    return hot


class Churn:
    """Copies a layer by hard links and removes the oldest one, again and again, as image builds and rotated
    backups do. `root` holds only layers, numbered from 0."""

    def __init__(self, root, layers, files, pause=0.5):
        self._root = pathlib.Path(root)
        self._pause = pause
        self._first, self._next = 0, 1
        self._layers = layers
        self._root.mkdir()
        plant_layer(self._path(0), files)
        while self._next < layers:
            self._make()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def made(self):
        return self._next - self._layers

    def _path(self, number):
        return self._root / f"snapshot-{number}"

    def _make(self):
        newest = self._path(self._next - 1)
        processes.run(["cp", "--archive", "--link", str(newest), str(self._path(self._next))])
        self._next += 1

    def _remove(self):
        processes.run(["rm", "--recursive", str(self._path(self._first))])
        self._first += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.wait(self._pause):
            self._make()
            self._remove()
