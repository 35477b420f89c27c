"""The daemon's answers over HTTP, also with idle clients and to malformed requests."""

import contextlib
import re
import socket

import pytest

import exporter
import exposition
from trees import snapshots


def test_a_port_in_use_is_one_line_and_exit_code_2(tree):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        done = exporter.run(f"--web.listen-address={address}", snapshots(tree / "root"))
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if "in use" in line]
    assert address in line


def test_scrapes_go_on_with_hundreds_of_idle_connections(tree):
    with exporter.daemon(snapshots(tree / "root")) as daemon, contextlib.ExitStack() as stack:
        for number in range(300):
            idle = stack.enter_context(socket.create_connection(("127.0.0.1", daemon.port)))
            if number % 2:
                idle.sendall(b"GET /metrics HTTP/1.1\r\nHost: ")
        for _ in range(5):
            assert daemon.value("hardlink_up") == 1


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /%00%ff%zz HTTP/1.1\r\n\r\n",
    ],
    ids=["binary", "method only", "version", "long path", "long header", "length", "escapes"],
)
def test_malformed_requests_are_refused_and_scrapes_go_on(tree, request_bytes):
    with exporter.daemon(snapshots(tree / "root")) as daemon:
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=60) as client:
            answer = b""
            with contextlib.suppress(OSError):  # the daemon may close before the whole request is sent
                client.sendall(request_bytes)
                client.shutdown(socket.SHUT_WR)
                answer = client.recv(1 << 16)
            assert not answer or re.match(rb"HTTP/1\.1 (4\d\d|505) ", answer), answer[:200]
        assert daemon.value("hardlink_up") == 1


def test_routes_answer_get_and_head_and_refuse_other_methods(tree):
    with exporter.daemon(snapshots(tree / "root")) as daemon:
        for path in ("/", "/metrics", "/api/v1/report", "/-/healthy", "/-/ready"):
            got, head = daemon.get(path), daemon.request(path, method="HEAD")
            assert (got.status, head.status) == (200, 200), path
            assert got.body and head.body == b""
            assert daemon.request(path, method="POST").status == 405, path
        assert daemon.get("/no/such/page").status == 404
        assert daemon.get("/metrics/../etc/passwd").status in (400, 404)


def test_a_body_is_compressed_only_where_that_is_accepted(tree):
    with exporter.daemon(snapshots(tree / "root")) as daemon:
        plain = daemon.get("/metrics")
        packed = daemon.get("/metrics", Accept_Encoding="gzip")
        refused = daemon.get("/metrics", Accept_Encoding="gzip;q=0")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert plain.headers["Content-Encoding"] is None
        assert refused.headers["Content-Encoding"] is None
        same = [exposition.classic(each.content()).without_clock() for each in (plain, packed)]
        assert same[0] == same[1]
