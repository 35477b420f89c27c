"""Clients that scrape all the time while a daemon is restarted."""

import contextlib
import http.client
import os
import threading

import processes

RESTARTS = int(os.environ.get("HARDLINK_RESTARTS", "5"))
_CLIENTS = 4


class Scrapes:
    """What the clients of a port got. Every request is made on a new connection."""

    def __init__(self, port):
        self.served = 0
        self.failures = []
        self._port = port
        self._lock = threading.Lock()

    def once(self):
        failure = None
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        with contextlib.closing(connection):
            try:
                connection.request("GET", "/metrics")
                answer = connection.getresponse()
                answer.read()  # fails if the body is shorter than its Content-Length
                if answer.status != 200:
                    failure = answer.status
            except (OSError, http.client.HTTPException) as error:
                failure = error
        with self._lock:
            if failure is None:
                self.served += 1
            else:
                self.failures.append(failure)

    def more(self):
        """Waits until some more scrapes have been answered."""
        enough = self.served + 5 * _CLIENTS
        processes.eventually(
            lambda: self.served >= enough or self.failures, lambda: f"{self.served} scrapes"
        )


@contextlib.contextmanager
def scraped(port):
    """Clients that scrape `port` until the end of the context, when a daemon has to answer them."""
    scrapes = Scrapes(port)
    with contextlib.ExitStack() as clients:
        for _ in range(_CLIENTS):
            clients.enter_context(processes.again_and_again(scrapes.once))
        yield scrapes
