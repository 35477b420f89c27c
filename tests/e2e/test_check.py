"""check: the verdict for monitoring systems, from a census and from a running daemon."""

import contextlib
import datetime
import json
import os
import re
import shutil
import socket
import ssl
import threading

import pytest

import certificates
import exporter
import fusetree
import processes
from trees import hard_linked, snapshots

# Two snapshots with seven names each of one inode: of a limit of 14 + 7 * N links, N layers remain.
NAMES = 7


def limit_for(layers):
    return 14 + NAMES * layers


NOBODY = 65534

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
NPD_OK, NPD_PROBLEM, NPD_UNKNOWN = 0, 1, 2


class Answer:
    """What `check` printed: one line, on standard output and nowhere else."""

    def __init__(self, done):
        assert done.stderr == ""
        assert done.stdout.endswith("\n") and done.stdout.count("\n") == 1, done.stdout
        self.code = done.returncode
        self.line = done.stdout[:-1]


class Nagios(Answer):
    """Taken apart as the Monitoring Plugins' guidelines say."""

    def __init__(self, done):
        super().__init__(done)
        text, _, data = self.line.partition("|")
        program, state, self.text = re.fullmatch(r"(\S+) (\S+) - (.*)", text.strip()).groups()
        assert (program, state) == ("HARDLINK", STATES[self.code])
        item = r"'((?:[^'=]|'')+)'=(U|-?\d+);([\d:@~]*);([\d:@~]*);(\d*);(\d*)"
        assert re.fullmatch(rf"(\s{item})*", data), data
        self.data = {match[0].replace("''", "'"): match[1:] for match in re.findall(item, data)}


def nagios(*arguments, **options):
    return Nagios(exporter.run("check", *arguments, **options))


def npd(*arguments, **options):
    answer = Answer(exporter.run("check", "--mode=npd", *arguments, **options))
    assert len(answer.line.encode()) <= 80
    return answer


@pytest.fixture
def top(tree):
    return snapshots(tree / "backups", names=NAMES)


# From a census


@pytest.mark.parametrize(
    ("layers", "state"),
    [(20, OK), (19, WARNING), (5, WARNING), (4, CRITICAL), (0, CRITICAL)],
)
def test_fewer_layers_than_a_threshold_alert(top, layers, state):
    limit = limit_for(layers)
    answer = nagios(f"--link-limit={limit}", top)
    assert answer.code == state
    assert f"{layers} snapshots left, {limit - 14} of {limit} links left" in answer.text
    assert answer.data == {
        f"{top} layers": (str(layers), "20:", "5:", "0", ""),
        f"{top} links": (str(limit - 14), "", "", "", str(limit)),
    }
    answer = npd(f"--link-limit={limit}", top)
    assert answer.code == (NPD_OK if state == OK else NPD_PROBLEM)
    assert answer.line.startswith(f"{layers} snapshots left")


@pytest.mark.parametrize(
    ("thresholds", "state"),
    [
        (["-w", "31", "-c", "30"], WARNING),
        (["-c", "@10:30"], CRITICAL),
        (["--warning=31", "--critical-links=211"], CRITICAL),
    ],
)
def test_each_threshold_alerts_at_its_value(top, thresholds, state):
    assert nagios(*thresholds, f"--link-limit={limit_for(30)}", top).code == state


def test_a_root_without_layers_is_judged_by_links(tree):
    hard_linked(tree / "store", 5)
    for limit, state in ((1000, OK), (5, CRITICAL)):
        answer = nagios(f"--link-limit={limit}", tree / "store")
        assert (answer.code, f"{limit - 5} of {limit} links left" in answer.text) == (state, True)
        assert answer.data[f"{tree}/store layers"][0] == "U"
        assert npd(f"--link-limit={limit}", tree / "store").code == (state != OK)
    answer = nagios("--link-limit=1000", "-w", "10:20", "-c", "~:900", tree / "store")
    assert answer.code == CRITICAL
    assert answer.data[f"{tree}/store links"] == ("995", "10:20", "~:900", "", "1000")


def full_files(top, full, empty):
    """Of a limit of 50 links: so many files at it, the first of them empty, and one with 23."""
    top.mkdir()
    for number in range(full + 1):
        file = top / f"m{number}"
        file.write_text("" if number < empty else "content")
        for name in range(49 if number < full else 22):
            os.link(file, top / f"c{number}_{name}")
    return top


@pytest.mark.parametrize(
    ("full", "empty", "flags", "state", "words"),
    [
        (3, 0, [], CRITICAL, "3 inodes full, 0 of 50 links left"),
        (3, 0, ["--allow-saturated=2"], CRITICAL, "3 inodes full"),
        (3, 0, ["--allow-saturated=3"], OK, "3 inodes full"),
        (3, 1, ["--allow-saturated=2"], OK, "3 inodes full, 1 empty"),
        (2, 2, [], OK, "2 inodes full but empty"),
        (0, 0, [], OK, "27 of 50 links left"),
    ],
)
def test_full_files_without_layers_are_critical_unless_allowed_or_empty(
    tree, full, empty, flags, state, words
):
    store = full_files(tree / "store", full, empty)
    answer = nagios("--link-limit=50", *flags, store)
    assert (answer.code, words in answer.text) == (state, True), answer.line
    allowed = flags[0].partition("=")[2] if flags else "0"
    assert answer.data[f"{store} full inodes"] == (str(full - empty), "", f"0:{allowed}", "0", "")
    assert npd("--link-limit=50", *flags, store).code == (state != OK)


def test_check_of_a_daemon_counts_its_full_files(tree):
    store = full_files(tree / "store", 3, 1)
    config = tree / "hardlink_exporter.yml"
    config.write_text(json.dumps({"roots": [{"path": str(store), "link_limit": 50}]}))
    with exporter.daemon(f"--config.file={config}") as daemon:
        url = f"--url=http://127.0.0.1:{daemon.port}"
        answer = nagios(url)
        assert (answer.code, "3 inodes full, 1 empty" in answer.text) == (CRITICAL, True)
        assert nagios(url, "--allow-saturated=2").code == OK
        samples = daemon.classic()
        assert samples.value("hardlink_saturated_inodes") == 3
        blocks = sum(os.stat(store / f"m{number}").st_blocks for number in range(3))
        assert samples.value("hardlink_saturated_bytes") == blocks * 512


def test_a_root_without_layers_and_limit_is_unknown_and_the_flag_is_named():
    answer = nagios("/proc/self/net")
    assert answer.code == UNKNOWN
    assert "the link limit is unknown; --link-limit=N" in answer.text
    assert npd("/proc/self/net").code == NPD_UNKNOWN


def test_several_roots_are_one_line_the_worst_first(tree):
    fine = snapshots(tree / "fine", names=1)
    tight = snapshots(tree / "tight", names=NAMES)
    answer = nagios(f"--link-limit={limit_for(10)}", fine, tree / "gone", tight)
    assert answer.code == WARNING
    parts = answer.text.split("; ")
    assert parts[0].startswith(f"{tight}: 10 snapshots left")
    assert parts[1].startswith(f"UNKNOWN {tree}/gone: ") and "No such file" in parts[1]
    assert parts[2].startswith(f"OK {fine}: ")
    assert [label for label, value in answer.data.items() if value[0] == "U"] == [
        f"{tree}/gone layers",
        f"{tree}/gone links",
    ]
    worst = npd(f"--link-limit={limit_for(10)}", fine, tree / "gone", tight)
    assert (worst.code, worst.line.startswith("10 snapshots left")) == (NPD_PROBLEM, True)


def test_an_incomplete_census_is_unknown_unless_its_figures_are_bad(top):
    processes.need_root()
    closed = top / "snap.0" / "closed"
    closed.mkdir(mode=0)
    binary = exporter.copy_for_everybody(top.parent)
    nobody = {"binary": binary, "user": NOBODY, "group": NOBODY, "extra_groups": []}
    answer = nagios(f"--link-limit={limit_for(30)}", top, **nobody)
    assert (answer.code, "could not be read" in answer.text) == (UNKNOWN, True)
    assert nagios(f"--link-limit={limit_for(3)}", top, **nobody).code == CRITICAL
    assert npd(f"--link-limit={limit_for(30)}", top, **nobody).code == NPD_UNKNOWN


def test_nothing_to_watch_is_unknown(tree):
    answer = nagios(cwd=tree)
    assert (answer.code, "nothing to watch" in answer.text) == (UNKNOWN, True)


@pytest.mark.parametrize("name", ["ü" * 60, "\N{PILE OF POO}" * 40, "x" * 200, "it's=a|b", "a\nb"])
def test_a_root_name_never_breaks_the_line(tree, name):
    top = snapshots(tree / name, names=NAMES)
    flag = f"--link-limit={limit_for(3)}"
    answer = nagios(flag, top)
    assert answer.code == CRITICAL
    assert sorted(value[0] for value in answer.data.values()) == ["21", "3"]
    answer = npd(flag, top)
    assert (answer.code, answer.line.startswith("3 snapshots left")) == (NPD_PROBLEM, True)


def test_a_wrong_command_line_is_unknown_too():
    """What is wrong, and what is said of it: tests/unit/cli/options_test.cc."""
    answer = nagios("--warning=x")
    assert (answer.code, "--warning: 'x'" in answer.text) == (UNKNOWN, True)
    answer = npd("--warning=x")
    assert (answer.code, answer.line.startswith("unknown: ")) == (NPD_UNKNOWN, True)


def test_a_filesystem_that_hangs_is_unknown_and_costs_no_other_root_its_verdict(top):
    with fusetree.endless() as endless:
        endless.hang()
        answer = nagios("-t", "1", "--engine=walk", endless.path)
        assert (answer.code, "no answer within 1 s" in answer.text) == (UNKNOWN, True)
        flag = f"--link-limit={limit_for(3)}"
        answer = nagios("--timeout=3s", "--engine=walk", flag, top, endless.path)
        assert answer.code == CRITICAL
        assert f"UNKNOWN {endless.path}: no answer within 3 s" in answer.text


# From a daemon


@contextlib.contextmanager
def watching(tree, top, layers, *arguments, **options):
    """A daemon with the root `backups`, and the flag that asks it."""
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
    """A daemon with TLS and a certificate for `sans` by a CA of its own, and an environment in
    which that CA is trusted."""
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


# From what says it is a daemon


class Impostor:
    """A socket on loopback that reads one request after the other and answers them all alike; with
    no answer it keeps them waiting."""

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
    """A report of one root whose figures are this old, with these fields changed."""
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


def test_a_path_that_looks_like_a_command_is_a_path(tree):
    top = snapshots(tree / "scan", names=NAMES)
    (report,) = exporter.scan("scan", cwd=tree)["roots"]
    assert report["path"] == str(top)
