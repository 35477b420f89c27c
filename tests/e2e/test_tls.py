"""TLS, as openssl, curl, Python and testssl.sh see it from a daemon with a web config file."""

import contextlib
import json
import os
import resource
import socket
import ssl
import threading

import pytest

import certificates
import exporter
import processes
from certificates import Authority, openssl
from tls_daemon import SERVER_SANS, TLS, authority_in, connected, serving, write


@pytest.fixture
def authority(tree):
    return authority_in(tree)


def handshake(daemon, *flags):
    """The output of `openssl s_client` for a handshake; it may use old versions and ciphers."""
    target = ["-connect", f"127.0.0.1:{daemon.port}", "-cipher", "ALL:@SECLEVEL=0"]
    return openssl("s_client", *target, *flags, check=False, input="")


def negotiates(daemon, *flags):
    done = handshake(daemon, *flags)
    return "Cipher is (NONE)" not in done.stdout and "Cipher is" in done.stdout


def serial(daemon):
    """The serial number of the certificate that a new connection gets."""
    with connected(daemon, daemon.tls) as connection:
        return connection.getpeercert()["serialNumber"]


def test_only_tls_12_and_13_are_spoken(authority):
    with serving(authority, TLS) as daemon:
        assert not negotiates(daemon, "-tls1")
        assert not negotiates(daemon, "-tls1_1")
        assert negotiates(daemon, "-tls1_2")
        assert negotiates(daemon, "-tls1_3")
        assert "TLSv1.3" in handshake(daemon).stdout


@pytest.mark.parametrize(
    "cipher", ["AES128-SHA", "AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-SHA"]
)
def test_ciphers_without_forward_secrecy_or_authentication_of_data_are_refused(authority, cipher):
    authority.issue("server", SERVER_SANS, algorithm="RSA")
    with serving(authority, TLS) as daemon:
        assert not negotiates(daemon, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
        assert negotiates(daemon, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")


def test_the_versions_of_the_file_hold(authority):
    with serving(authority, TLS + "  min_version: TLS13\n") as daemon:
        assert not negotiates(daemon, "-tls1_2")
        assert negotiates(daemon, "-tls1_3")
    with serving(authority, TLS + "  max_version: TLS12\n") as daemon:
        assert negotiates(daemon, "-tls1_2")
        assert not negotiates(daemon, "-tls1_3")


def test_the_cipher_suites_and_curves_of_the_file_hold(authority):
    chosen = "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_AES_256_GCM_SHA384]\n"
    chosen += "  curve_preferences: [CurveP384]\n"
    # HTTP/2 requires another suite.
    with serving(authority, TLS + chosen + "http_server_config: {http2: false}\n") as daemon:
        assert negotiates(daemon, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384")
        assert not negotiates(daemon, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")
        assert not negotiates(daemon, "-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256")
        assert negotiates(daemon, "-tls1_3", "-curves", "P-384")
        assert not negotiates(daemon, "-tls1_3", "-curves", "X25519")


def test_the_file_decides_whose_cipher_order_counts(authority):
    both = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    suites = (
        "  cipher_suites:\n"
        "    - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n"
        "    - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n"
    )
    with serving(authority, TLS + suites) as daemon:
        assert "Cipher is ECDHE-ECDSA-AES256" in handshake(daemon, "-tls1_2", "-cipher", both).stdout
    with serving(authority, TLS + suites + "  prefer_server_cipher_suites: false\n") as daemon:
        assert "Cipher is ECDHE-ECDSA-AES128" in handshake(daemon, "-tls1_2", "-cipher", both).stdout


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_curl_is_served_over_ipv4_and_ipv6(authority, host):
    port = processes.free_port()
    with serving(authority, TLS, f"--web.listen-address=[::1]:{port}") as daemon:
        port = daemon.port if host == "127.0.0.1" else port
        command = [processes.program("curl"), "-sS", "--cacert", str(authority.certificate)]
        done = processes.run([*command, f"https://{host}:{port}/metrics"])
        assert "hardlink_exporter_build_info" in done.stdout
        processes.eventually(lambda: f"url=https://{host}:{port}" in daemon.log(), daemon.log)


def test_a_chain_is_sent_whole(authority):
    request, extensions = authority.directory / "sub.csr", authority.directory / "sub.ext"
    between = certificates.Pair(authority.directory, "sub")
    between.new_key()
    openssl("req", "-new", "-key", between.key, "-subj", "/CN=sub", "-out", request)
    extensions.write_text("basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n")
    signer = ["-CA", authority.certificate, "-CAkey", authority.key, "-set_serial", "7"]
    openssl("x509", "-req", "-in", request, *signer, "-days", "2", "-extfile", extensions,
            "-out", between.certificate)
    issuer = Authority.__new__(Authority)
    issuer.__dict__.update(between.__dict__, directory=authority.directory)
    leaf = issuer.issue("server", SERVER_SANS)
    leaf.certificate.write_text(leaf.certificate.read_text() + between.certificate.read_text())
    with serving(authority, TLS) as daemon:
        assert daemon.get("/-/healthy").status == 200


def test_a_new_certificate_is_served_while_an_open_connection_goes_on(authority):
    with serving(authority, TLS) as daemon:
        before = serial(daemon)
        with connected(daemon, daemon.tls) as connection:
            connection.sendall(b"GET /-/healthy HTTP/1.0\r\nX-Slow: ")
            authority.issue("server", SERVER_SANS)

            def renewed():
                connection.sendall(b"x")  # a silent client would be cut off
                return serial(daemon) != before

            processes.eventually(renewed, daemon.log, pause=0.2)
            connection.sendall(b"\r\n\r\n")
            assert b" 200 OK" in connection.recv(4096)
            assert connection.getpeercert()["serialNumber"] == before
        processes.eventually(lambda: "web configuration reloaded" in daemon.log(), daemon.log)


def test_a_certificate_behind_links_is_renewed_when_they_lead_elsewhere(authority):
    """As Kubernetes replaces the files of a mounted secret."""
    directory = authority.directory

    def publish(name):
        authority.issue("server", SERVER_SANS)
        (directory / name).mkdir()
        for file in ["server.crt", "server.key"]:
            (directory / file).rename(directory / name / file)
        (directory / "new").symlink_to(name)
        (directory / "new").rename(directory / "data")

    publish("one")
    text = TLS.replace("server.", "data/server.")
    with serving(authority, text) as daemon:
        before = serial(daemon)
        publish("two")
        processes.eventually(lambda: serial(daemon) != before, daemon.log)


def reload_state(daemon):
    return daemon.value("hardlink_config_last_reload_successful")


def test_a_bad_new_certificate_changes_nothing_and_is_logged_once(authority):
    with serving(authority, TLS) as daemon:
        before = serial(daemon)
        good = (authority.directory / "server.crt").read_text()
        (authority.directory / "server.crt").write_text("garbage\n")
        processes.eventually(lambda: reload_state(daemon) == 0, daemon.log)
        assert serial(daemon) == before
        (authority.directory / "server.crt").write_text(good)
        processes.eventually(lambda: reload_state(daemon) == 1, daemon.log)
        problems = [line for line in daemon.log().splitlines() if "level=error" in line]
        assert len(problems) == 1, problems
        assert "web.yml:2: tls_server_config.cert_file: " in problems[0]
        assert "holds no certificate" in problems[0]


def test_sighup_reads_the_web_config_file_too(authority):
    with serving(authority, TLS, f"--config.file={os.devnull}") as daemon:
        write(authority, TLS + "  min_version: TLS10\n")
        daemon.signal(1)
        processes.eventually(lambda: reload_state(daemon) == 0, daemon.log)
        assert "TLS 1.0 and 1.1 are broken" in daemon.log()
        write(authority, TLS + "  min_version: TLS13\n")
        processes.eventually(lambda: reload_state(daemon) == 1, daemon.log)
        assert not negotiates(daemon, "-tls1_2")


def test_tls_cannot_be_switched_off_while_running(authority):
    with serving(authority, TLS) as daemon:
        write(authority, "{}\n")
        processes.eventually(lambda: reload_state(daemon) == 0, daemon.log)
        assert "TLS cannot be switched off before a restart" in daemon.log()
        assert daemon.get("/-/healthy").status == 200


def test_unfinished_handshakes_do_not_block_other_clients(authority):
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, allowed[1]), allowed[1]))
    with serving(authority, TLS) as daemon, contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, allowed)
        # Each of these clients would hold a thread for two seconds, which is far longer together than a client waits.
        for _ in range(3000):
            half = socket.create_connection(("127.0.0.1", daemon.port), timeout=30)
            stack.enter_context(half).sendall(b"\x16\x03\x01")
        answers = []

        def scrape():
            # A slow client may be taken for one of the unfinished ones and closed, once.
            for _ in range(5):
                with contextlib.suppress(ConnectionError, ssl.SSLError):
                    answers.append(daemon.get("/metrics").status)
                    return

        threads = [threading.Thread(target=scrape) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert answers == [200] * 20


def test_plain_http_and_garbage_to_a_tls_port_get_no_answer(authority):
    with serving(authority, TLS) as daemon:
        for nonsense in [b"GET /metrics HTTP/1.0\r\n\r\n", b"\x16\x03\x01\xff\xff" + 700 * b"\xff"]:
            with socket.create_connection(("127.0.0.1", daemon.port), timeout=30) as connection:
                connection.sendall(nonsense)
                with contextlib.suppress(ConnectionError):
                    assert b"HTTP/1.1 200" not in connection.recv(4096)
        assert daemon.get("/-/healthy").status == 200


def refused(authority, text):
    """The one line with which the daemon refuses this file, both when it checks and when it starts."""
    file = write(authority, text)
    flags = [f"--web.config.file={file}", "--web.listen-address=127.0.0.1:0", authority.directory]
    checked = exporter.run("--config.check", *flags)
    started = exporter.run(*flags)
    assert (checked.returncode, started.returncode) == (2, 2)
    assert checked.stderr == started.stderr
    (line,) = checked.stderr.splitlines()
    return line.removeprefix(f"hardlink_exporter: {authority.directory}/")


def test_an_unusable_certificate_is_one_line(authority):
    directory = authority.directory
    missing = refused(authority, TLS.replace("server.crt", "gone.crt"))
    expected = f"tls_server_config.cert_file: {directory}/gone.crt cannot be read: No such file"
    assert missing.startswith("web.yml:2: " + expected), missing
    other = refused(authority, TLS.replace("server.key", "ca.key"))
    assert other.endswith("web.yml:3: tls_server_config.key_file: "
                          f"{directory}/ca.key: is not the key of the certificate"), other
    key = directory / "server.key"
    openssl("pkey", "-in", key, "-aes256", "-passout", "pass:x", "-out", directory / "locked.key")
    locked = refused(authority, TLS.replace("server.key", "locked.key"))
    assert "needs a password" in locked, locked
    rsa = authority.issue("rsa", SERVER_SANS, algorithm="RSA")
    assert "is not the key" in refused(authority, TLS.replace("server.key", rsa.key.name))


def test_testssl_finds_no_weakness(authority):
    """testssl.sh's list of protocols, cipher categories and known attacks."""
    program = processes.program("testssl")
    authority.issue("server", SERVER_SANS, algorithm="RSA")
    output = authority.directory / "found.json"
    with serving(authority, TLS) as daemon:
        what = ["--protocols", "--std", "--heartbleed", "--ccs", "--ticketbleed", "--robot",
                "--renegotiation", "--crime", "--tls-fallback", "--sweet32", "--freak", "--drown",
                "--logjam", "--beast", "--rc4"]
        flags = ["--quiet", "--color=0", "--warnings=off", "--nodns=none", "--openssl=" +
                 processes.program("openssl"), f"--jsonfile={output}"]
        environment = {**processes.environment(), "HOME": str(authority.directory), "TERM": "dumb"}
        processes.run([program, *flags, *what, f"https://127.0.0.1:{daemon.port}"], check=False,
                      timeout=240, env=environment)
        assert daemon.get("/-/healthy").status == 200
    found = json.loads(output.read_text())
    verdicts = {each["id"]: (each["severity"], each["finding"]) for each in found}
    for version, offered in {"SSLv3": False, "TLS1": False, "TLS1_1": False, "TLS1_2": True,
                             "TLS1_3": True}.items():
        assert verdicts[version][1].startswith("offered") == offered, verdicts[version]
    bad = {name: verdict for name, verdict in verdicts.items()
           if verdict[0] in {"LOW", "MEDIUM", "HIGH", "CRITICAL"}}
    assert not bad
