"""check --url: the verdict on a running daemon, on a false one, and without one."""

import contextlib
import datetime
import json
import os
import shutil
import socket
import ssl
import threading

import pytest

import certificates
import exporter
import processes
from trees import snapshots
from verdicts import (
    CRITICAL, NAMES, NPD_OK, NPD_PROBLEM, NPD_UNKNOWN, OK, UNKNOWN, WARNING, limit_for, nagios, npd,
)


@pytest.fixture
def top(tree):
    return snapshots(tree / "backups", names=NAMES)


@contextlib.contextmanager
def watching(tree, top, layers, *arguments, **options):
    """A daemon with the root `backups`, and the --url flag for it."""
    config = tree / "hardlink_exporter.yml"
    root = {"path": str(top), "name": "backups", "link_limit": limit_for(layers)}
    config.write_text(json.dumps({"roots": [root]}))
    with exporter.daemon(f"--config.file={config}", *arguments, **options) as daemon:
        yield daemon, f"--url=http://127.0.0.1:{daemon.port}"


@pytest.mark.parametrize(("layers", "state"), [(30, OK), (10, WARNING), (3, CRITICAL)])
def test_url_asks_a_daemon_instead_of_counting(tree, top, layers, state):
    with watching(tree, top, layers) as (daemon, url):
        answer = nagios(url)
        assert answer.code == state
        assert f"{layers} snapshots left" in answer.text
        assert answer.data == {
            "backups layers": (str(layers), "20:", "5:", "0", ""),
            "backups links": (str(NAMES * layers), "", "", "", str(limit_for(layers))),
        }
        assert npd(url).code == (NPD_OK if state == OK else NPD_PROBLEM)
        assert nagios(f"--url=http://localhost:{daemon.port}/").code == state
        assert nagios(url, "--root=backups").code == state


def test_url_works_over_ipv6(tree, top):
    port = processes.free_port()
    listen = f"--web.listen-address=[::1]:{port}"
    with watching(tree, top, 3, listen):
        assert nagios(f"--url=http://[::1]:{port}").code == CRITICAL


@contextlib.contextmanager
def secured(tree, top, sans, *, expired=False, users=""):
    """A daemon with TLS and a certificate for `sans` by a new CA, and an environment that trusts the CA."""
    authority = certificates.Authority(tree)
    authority.issue("server", sans, expired=expired)
    web = tree / "web.yml"
    web.write_text(f"tls_server_config: {{cert_file: server.crt, key_file: server.key}}\n{users}")
    trusting = dict(os.environ, SSL_CERT_FILE=str(authority.certificate))
    anybody = ssl._create_unverified_context()
    options = {"tls": anybody, "login": LOGIN if users else None}
    with watching(tree, top, 3, f"--web.config.file={web}", **options) as (daemon, _):
        yield daemon.port, trusting


LOGIN = "nagios:s3cret/@"
SANS = "DNS:localhost,IP:127.0.0.1,IP:::1"


def test_a_daemon_with_tls_is_asked_by_name_and_by_address(tree, top):
    with secured(tree, top, SANS) as (port, trusting):
        for host in ("localhost", "127.0.0.1"):
            answer = nagios(f"--url=https://{host}:{port}", env=trusting)
            assert answer.code == CRITICAL, answer.line
            assert answer.data["backups layers"][0] == "3"


def test_a_daemon_with_a_certificate_of_an_unknown_authority_is_unknown(tree, top):
    with secured(tree, top, SANS) as (port, _):
        answer = nagios(f"--url=https://localhost:{port}")
        assert answer.code == UNKNOWN
        assert f"https://localhost:{port}/api/v1/report: the server's certificate: " in answer.text
        assert "unable to get local issuer certificate" in answer.text
        assert npd(f"--url=https://localhost:{port}").code == NPD_UNKNOWN


@pytest.mark.parametrize(
    ("sans", "host", "reason"),
    [
        ("DNS:elsewhere.example", "localhost", "hostname mismatch"),
        ("DNS:localhost", "127.0.0.1", "IP address mismatch"),
        ("IP:127.0.0.1", "localhost", "hostname mismatch"),
    ],
)
def test_a_daemon_with_a_certificate_for_another_host_is_unknown(tree, top, sans, host, reason):
    with secured(tree, top, sans) as (port, trusting):
        answer = nagios(f"--url=https://{host}:{port}", env=trusting)
        assert (answer.code, reason in answer.text) == (UNKNOWN, True), answer.line


def test_a_daemon_whose_certificate_has_expired_is_unknown(tree, top):
    with secured(tree, top, SANS, expired=True) as (port, trusting):
        answer = nagios(f"--url=https://localhost:{port}", env=trusting)
        assert (answer.code, "certificate has expired" in answer.text) == (UNKNOWN, True)


def test_a_daemons_password_is_required_and_never_printed(tree, top):
    user, password = LOGIN.split(":")
    users = f"basic_auth_users: {{{user}: {certificates.bcrypt(password)}}}\n"
    with secured(tree, top, SANS, users=users) as (port, trusting):
        answer = nagios(f"--url=https://{user}:s3cret%2F%40@localhost:{port}", env=trusting)
        assert answer.code == CRITICAL, answer.line
        wrong = nagios(f"--url=https://{user}:s3cret@localhost:{port}", env=trusting)
        assert (wrong.code, "status 401" in wrong.text, "s3cret" in wrong.line) == (
            UNKNOWN, True, False
        )
        assert "status 401" in nagios(f"--url=https://localhost:{port}", env=trusting).text
    slip = nagios(f"--url=https://{user}:s3cret%@localhost")
    assert (slip.code, "'...@localhost'" in slip.text, "s3cret" in slip.line) == (
        UNKNOWN, True, False
    )


def test_http_to_a_tls_daemon_or_https_to_a_plain_one_is_unknown(tree, top):
    with secured(tree, top, SANS) as (port, trusting):
        answer = nagios(f"--url=http://localhost:{port}", env=trusting)
        assert (answer.code, "no answer in HTTP" in answer.text) == (UNKNOWN, True), answer.line
    with watching(tree, top, 3) as (daemon, _):
        answer = nagios(f"--url=https://localhost:{daemon.port}", "--timeout=5s")
        assert (answer.code, "TLS: " in answer.text) == (UNKNOWN, True), answer.line


def test_a_daemon_without_the_named_root_or_path_is_unknown(tree, top):
    with watching(tree, top, 30) as (_, url):
        answer = nagios(url, "--root=other")
        assert (answer.code, "no root other" in answer.text) == (UNKNOWN, True)
        answer = nagios(f"{url}/prefix")
        assert (answer.code, "404" in answer.text) == (UNKNOWN, True)


def test_a_root_that_went_down_is_unknown_though_its_last_figures_were_fine(tree, top):
    config = tree / "hardlink_exporter.yml"
    config.write_text(
        json.dumps(
            {
                "roots": [{"path": str(top), "name": "backups"}],
                "scan": {"interval": "200ms", "watch_interval": "200ms", "max_duty": "100%"},
            }
        )
    )
    with exporter.daemon(f"--config.file={config}") as daemon:
        url = f"--url=http://127.0.0.1:{daemon.port}"
        assert nagios(url).code == OK
        shutil.rmtree(top)
        daemon.eventually(lambda samples: samples.value("hardlink_up", root="backups") == 0, "down")
        answer = nagios(url)
        assert (answer.code, "No such file" in answer.text) == (UNKNOWN, True)
        assert npd(url).code == NPD_UNKNOWN


# What only claims to be a daemon


class Impostor:
    """A socket on loopback that gives the same answer to every request, one after the other. Without an answer it
    keeps the clients waiting."""

    def __init__(self, answer):
        self._answer = answer
        self._held = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"--url=http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for connection in [self._listener, *self._held]:
            connection.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                if self._answer is None:
                    self._held.append(connection)
                    continue
                with connection, contextlib.suppress(ConnectionError):
                    connection.recv(65536)
                    connection.sendall(self._answer)


def served(document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def reported(age_seconds=0, **changes):
    """A report of one root with figures of this age and with these changes."""
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age_seconds)
    root = {
        "root": "docker",
        "path": "/var/lib/docker/overlay",
        "up": True,
        "error": None,
        "complete": True,
        "layers": 301,
        "headroom_links": 5703,
        "extractions_remaining": 28,
        "filesystem": {"link_limit": 65000},
        "census": {"last_success": then.strftime("%Y-%m-%dT%H:%M:%SZ")},
    }
    return {"roots": [{**root, **changes}]}


@pytest.mark.parametrize(
    ("document", "state", "remark"),
    [
        (reported(), OK, ""),
        (reported(extractions_remaining=4), CRITICAL, ""),
        (reported(extractions_remaining=None, layers=0), WARNING, "5703 of 65000 links left"),
        (reported(extractions_remaining=None, layers=0, headroom_links=6500), OK, ""),
        (
            reported(extractions_remaining=None, headroom_links=None, filesystem={"link_limit": None}),
            UNKNOWN,
            "the link limit is unknown",
        ),
        (reported(complete=False), UNKNOWN, "some directories could not be read"),
        (reported(complete=False, extractions_remaining=4), CRITICAL, "some directories"),
        (reported(up=False, error="gone"), UNKNOWN, "gone"),
        (reported(up=None), UNKNOWN, "the first census has not ended"),
        (reported(age_seconds=3600), UNKNOWN, "old"),
        (reported(age_seconds=3600, extractions_remaining=4), UNKNOWN, "old"),
        ({"roots": []}, UNKNOWN, "no roots"),
    ],
)
def test_every_state_of_a_report(document, state, remark):
    with Impostor(served(document)) as daemon:
        answer = nagios(daemon.url)
        assert answer.code == state, answer.line
        assert remark in answer.text
        expected = {OK: NPD_OK, UNKNOWN: NPD_UNKNOWN}.get(state, NPD_PROBLEM)
        assert npd(daemon.url).code == expected


def test_max_age_limits_the_age_of_figures():
    with Impostor(served(reported(age_seconds=3600))) as daemon:
        assert nagios(daemon.url, "--max-age=2h").code == OK
        assert nagios(daemon.url, "--max-age=30m").code == UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        served(b"<html>It works!</html>"),
        served(b""),
        served({}),
        served([]),
        served(b"\xff\xfe" * 1000),
        served(b"[" * 1_000_000),
        served(reported())[:-20],
        served(json.dumps(reported()).encode()[:-20]),
        served(reported(extractions_remaining="28")),
        served(reported(extractions_remaining=-1)),
        served(reported(up="yes")),
        served(b" " * (16 * 1024 * 1024) + json.dumps(reported()).encode()),
    ],
    ids=range(16),
)
def test_an_answer_other_than_a_report_is_unknown(answer):
    with Impostor(answer) as daemon:
        assert nagios(daemon.url).code == UNKNOWN
        assert npd(daemon.url).code == NPD_UNKNOWN


def test_a_daemon_that_never_answers_is_unknown():
    with Impostor(None) as daemon:
        answer = nagios("--timeout=300ms", daemon.url)
        assert (answer.code, "no answer" in answer.text) == (UNKNOWN, True)
        assert npd("--timeout=300ms", daemon.url).code == NPD_UNKNOWN


def test_no_daemon_is_unknown():
    url = f"--url=http://127.0.0.1:{processes.free_port()}"
    answer = nagios(url)
    assert (answer.code, "Connection refused" in answer.text) == (UNKNOWN, True)
    assert npd(url).code == NPD_UNKNOWN
