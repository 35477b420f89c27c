"""A socket in NOTIFY_SOCKET that receives the daemon's notifications instead of systemd."""

import socket


class Manager:
    """Receives the notifications of one process."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(60)

    def close(self):
        self._socket.close()

    def next(self, wanted):
        """Waits for a message with a line that starts with `wanted`; returns its lines."""
        while True:
            lines = self._socket.recv(4096).decode().splitlines()
            if any(line.startswith(wanted) for line in lines):
                return lines
