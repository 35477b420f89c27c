"""--web.systemd-socket: the daemon listens on sockets that it was given. test_package.py restarts it under systemd."""

import contextlib
import http.client
import signal
import socket
import ssl

import exporter
import passed_sockets
import processes
import pytest
import restarts
import tls_daemon
import trees
from passed_sockets import listening, port_of

REQUEST = b"GET /metrics HTTP/1.0\r\n\r\n"


@pytest.fixture(name="root")
def snapshots(tmp_path):
    return trees.snapshots(tmp_path / "root")


@pytest.fixture(name="given")
def given_socket():
    with listening() as made:
        yield made


def answer_to(connection):
    """The rest of what a client gets on `connection`."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    body = answer.read()
    assert len(body) == int(answer.headers["Content-Length"])
    return answer.status


def healthy(port, address="127.0.0.1", context=None):
    with socket.create_connection((address, port), timeout=30) as plain:
        secured = context.wrap_socket(plain, server_hostname=address) if context else plain
        secured.sendall(b"GET /-/healthy HTTP/1.0\r\n\r\n")
        return answer_to(secured)


def urls(daemon):
    """What the daemon says it listens on; it does after it has answered."""
    daemon.wait_until_started()
    lines = [line for line in daemon.log().splitlines() if "msg=listening" in line]
    return [line.split("url=")[1].strip('"') for line in lines]


def refused(port):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=30)
    return True


def test_a_given_socket_is_served_and_the_listen_address_is_not_used(root, given):
    other = processes.free_port()
    address = f"--web.listen-address=127.0.0.1:{other}"
    with passed_sockets.daemon(address, root, sockets=[given]) as daemon:
        assert daemon.value("hardlink_max_links", root=str(root)) == 6
        assert refused(other)
        assert urls(daemon) == [f"http://127.0.0.1:{port_of(given)}"]


def test_without_the_flag_given_sockets_are_left_alone(root, given):
    port = processes.free_port()
    with passed_sockets.daemon(root, sockets=[given], flag=False, port=port) as daemon:
        assert urls(daemon) == [f"http://127.0.0.1:{port}"]


def test_the_key_does_what_the_flag_does_and_a_reload_keeps_the_socket(tmp_path, root, given):
    file = tmp_path / "config.yml"
    file.write_text(f"roots: [{{path: {root}}}]\nweb: {{systemd_socket: true}}\n")
    with passed_sockets.daemon(f"--config.file={file}", sockets=[given], flag=False) as daemon:
        daemon.signal(signal.SIGHUP)
        processes.eventually(lambda: "configuration reloaded" in daemon.log(), daemon.log)
        assert healthy(port_of(given)) == 200
        assert "take effect after a restart" not in daemon.log()


def test_several_sockets_of_ipv4_and_ipv6_are_served_over_tls(tmp_path, given):
    authority = tls_daemon.authority_in(tmp_path)
    with listening("::1", socket.AF_INET6) as second, listening("0.0.0.0") as third:
        sockets = [given, second, third]
        options = {
            "command": passed_sockets.command(*sockets),
            "pass_fds": [each.fileno() for each in sockets],
            "port": port_of(given),
        }
        with tls_daemon.serving(
            authority, tls_daemon.TLS, "--web.systemd-socket", **options
        ) as daemon:
            context = ssl.create_default_context(cafile=authority.certificate)
            assert healthy(port_of(given), context=context) == 200
            assert healthy(port_of(second), "::1", context) == 200
            assert healthy(port_of(third), context=context) == 200
            assert urls(daemon) == [
                f"https://127.0.0.1:{port_of(given)}",
                f"https://[::1]:{port_of(second)}",
                f"https://localhost:{port_of(third)}",
            ]


def test_a_socket_below_1024_needs_no_right_to_listen(root):
    processes.need_root()
    with socket.socket() as low:
        ports = (port for port in range(1023, 600, -1))

        def bind():
            with contextlib.suppress(OSError):
                low.bind(("127.0.0.1", next(ports)))
                return True
            return False

        processes.eventually(bind, lambda: "no free port below 1024", pause=0)
        low.listen()
        with passed_sockets.daemon(root, sockets=[low]) as daemon:
            urls(daemon)
            assert "capabilities=dac_read_search " in daemon.log()


def unix_stream(tmp_path):
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(tmp_path / "socket"))
    made.listen()
    return made


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (unix_stream, "a Unix socket"),
        (lambda _: listening(kind=socket.SOCK_DGRAM), "a datagram socket"),
        (lambda _: socket.socket(), "a TCP socket that does not listen"),
        (lambda path: (path / "file").open("w"), "no socket"),
    ],
)
def test_another_kind_of_descriptor_is_refused_with_one_line(tmp_path, root, given, made, what):
    with made(tmp_path) as wrong:
        done = passed_sockets.run(root, sockets=[given, wrong])
    expected = f"listen on descriptor 4: expected a TCP socket that listens, got {what}\n"
    assert (done.returncode, done.stderr) == (2, "hardlink_exporter: " + expected)


@pytest.mark.parametrize("passed", [{}, {"LISTEN_FDS": "1", "LISTEN_PID": "1"}])
def test_no_socket_is_an_error_that_says_what_to_do(root, passed):
    done = exporter.run("--web.systemd-socket", root, env={**processes.environment(), **passed})
    line = (
        "hardlink_exporter: no sockets from the service manager: start the daemon from a .socket unit,"
        " or without --web.systemd-socket\n"
    )
    assert (done.returncode, done.stderr) == (2, line)


def test_every_client_that_waits_while_the_daemon_is_replaced_gets_its_answer(root, given):
    address = ("127.0.0.1", port_of(given))
    with contextlib.ExitStack() as clients:

        def ask():
            client = clients.enter_context(socket.create_connection(address, timeout=60))
            client.sendall(REQUEST)
            return client

        with passed_sockets.daemon(root, sockets=[given]) as first:
            # Stopped, it accepts nothing: these wait in the kernel when SIGTERM comes.
            first.signal(signal.SIGSTOP)
            waiting = [ask() for _ in range(50)]
            first.signal(signal.SIGTERM)
            first.signal(signal.SIGCONT)
            assert first.process.wait(timeout=30) == 0
        # These come while there is no daemon.
        waiting += [ask() for _ in range(50)]
        with passed_sockets.daemon(root, sockets=[given]):
            assert [answer_to(client) for client in waiting] == [200] * 100


def test_no_scrape_is_lost_while_the_daemon_is_replaced_again_and_again(root, given):
    with contextlib.ExitStack() as last:
        with restarts.scraped(port_of(given)) as scrapes:
            for _ in range(restarts.RESTARTS):
                with passed_sockets.daemon(root, sockets=[given]):
                    scrapes.more()
            last.enter_context(passed_sockets.daemon(root, sockets=[given]))
    assert scrapes.failures == []
