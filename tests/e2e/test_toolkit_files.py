"""The exporter toolkit's own test files: each is served as the toolkit serves it, or refused."""

import contextlib
import http.client
import pathlib
import shutil
import ssl

import certificates
import exporter
import processes
import pytest
import tls_daemon
from exporter import basic

FILES = pathlib.Path(__file__).parents[1] / "exporter-toolkit"

NO_FILE = "cannot be read: No such file or directory"
MISSING = "missing; TLS needs a certificate and a key"
TLS = "tls_server_config"
HEADERS = "http_server_config.headers"
# For each file the line, key and expectation of each problem.
BAD = {
    "web_config_auth_clientCAs_invalid.bad.yml": [
        (4, f"{TLS}.client_ca_file", NO_FILE),
        (4, f"{TLS}.client_ca_file", "expected RequireAndVerifyClientCert there"),
    ],
    "web_config_auth_user_list_invalid.bad.yml": [
        (5, "basic_auth_users.john", "expected a bcrypt hash of 60 characters"),
    ],
    "web_config_headers_content_type_options.bad.yml": [
        (3, f"{HEADERS}.X-Content-Type-Options", "expected nosniff"),
    ],
    "web_config_headers_extra_header.bad.yml": [
        (3, f"{HEADERS}.Content-Type", "expected one of Content-Security-Policy"),
    ],
    "web_config_headers_frame_options.bad.yml": [
        (3, f"{HEADERS}.X-Frame-Options", "expected deny or sameorigin"),
    ],
    "web_config_junk.yml": [(1, "", f"expected a mapping with {TLS}")],
    "web_config_junk_key.yml": [
        (2, f"{TLS}.cert_filse", 'did you mean "cert_file"?'),
        (2, f"{TLS}.cert_file", MISSING),
        (2, f"{TLS}.key_file", MISSING),
    ],
    "web_config_noAuth.bad.yml": [
        (4, f"{TLS}.client_ca_file", "expected RequireAndVerifyClientCert there"),
    ],
    "web_config_noAuth_certPath_empty.bad.yml": [
        (2, f"{TLS}.cert_file", "expected the name of a file"),
    ],
    "web_config_noAuth_certPath_invalid.bad.yml": [(2, f"{TLS}.cert_file", NO_FILE)],
    "web_config_noAuth_certPath_keyPath_empty.bad.yml": [
        (2, f"{TLS}.cert_file", "expected the name of a file"),
        (3, f"{TLS}.key_file", "expected the name of a file"),
        (4, f"{TLS}.client_auth_type", "expected NoClientCert"),
    ],
    "web_config_noAuth_certPath_keyPath_invalid.bad.yml": [
        (2, f"{TLS}.cert_file", NO_FILE),
        (3, f"{TLS}.key_file", NO_FILE),
    ],
    "web_config_noAuth_cert_empty.bad.yml": [(2, f"{TLS}.cert", "holds no certificate in PEM")],
    "web_config_noAuth_inventedCiphers.bad.yml": [
        (6, f"{TLS}.cipher_suites[0]", "expected a cipher suite"),
    ],
    "web_config_noAuth_inventedCurves.bad.yml": [
        (6, f"{TLS}.curve_preferences[0]", "expected X25519"),
    ],
    "web_config_noAuth_keyPath_empty.bad.yml": [
        (3, f"{TLS}.key_file", "expected the name of a file"),
    ],
    "web_config_noAuth_keyPath_invalid.bad.yml": [
        (2, f"{TLS}.cert_file", NO_FILE),
        (3, f"{TLS}.key_file", NO_FILE),
    ],
    "web_config_noAuth_key_empty.bad.yml": [(3, f"{TLS}.key", "holds no private key in PEM")],
    "web_config_noAuth_noHTTP2Cipher.bad.yml": [
        (6, f"{TLS}.cipher_suites", "expected TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or"),
    ],
    "web_config_noAuth_wrongTLSVersion.bad.yml": [
        (5, f"{TLS}.min_version", "expected TLS12 or TLS13"),
    ],
}
RSA_128, RSA_256 = "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"


class Files:
    """A directory with the toolkit's files and the certificates that they name."""

    def __init__(self, directory):
        self.directory = directory
        shutil.copytree(FILES, directory, dirs_exist_ok=True)
        self.authority = certificates.Authority(directory)
        self.authority.issue("server", tls_daemon.SERVER_SANS, algorithm="RSA")
        self.first = certificates.self_signed(directory, "client_selfsigned", "DNS:test1")
        self.second = certificates.self_signed(directory, "client2_selfsigned", "DNS:test3")
        self.watched = directory / "watched"
        self.watched.mkdir()

    @contextlib.contextmanager
    def serving(self, name, tls=True, warning="", **options):
        """A daemon with the file of this name. It logs just this warning, on one line."""
        if tls:
            options["tls"] = certificates.client_context(self.authority)
        flag = f"--web.config.file={self.directory / name}"
        with exporter.daemon(flag, self.watched, ready=None, **options) as daemon:
            warnings = [line for line in daemon.log().splitlines() if "web configuration" in line]
            assert len(warnings) == (1 if warning else 0), warnings
            assert not warning or warning in warnings[0]
            yield daemon

    def status(self, daemon, pair=None):
        return tls_daemon.status(daemon, pair, self.authority)


@pytest.fixture(scope="module", name="files")
def toolkit_files(tmp_path_factory):
    return Files(tmp_path_factory.mktemp("toolkit"))


def chosen(daemon, *flags):
    """The cipher of a handshake by `openssl s_client` with these flags; None if there is none."""
    target = ["-connect", f"127.0.0.1:{daemon.port}", *flags]
    lines = certificates.openssl("s_client", *target, check=False, input="").stdout.splitlines()
    found = [line.split("Cipher is ")[1] for line in lines if "Cipher is " in line]
    return found[0] if found and found[0] != "(NONE)" else None


def by_cipher(daemon, ciphers):
    return chosen(daemon, "-tls1_2", "-cipher", f"{ciphers}:@SECLEVEL=0")


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_file_is_refused_with_a_line_for_each_problem(files, name):
    path = files.directory / name
    done = exporter.run(f"--web.config.file={path}", files.watched)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == len(BAD[name]), done.stderr
    for line, (number, key, expectation) in zip(lines, BAD[name]):
        assert line.startswith(f"hardlink_exporter: {path}:{number}: {key + ': ' if key else ''}")
        assert expectation in line


def test_an_empty_file_gives_plain_http(files):
    with files.serving("web_config_empty.yml", tls=False) as daemon:
        assert daemon.get("/metrics").status == 200
        assert files.status(daemon) is None


def test_the_headers_are_sent(files):
    with files.serving("web_config_headers.good.yml", tls=False) as daemon:
        headers = daemon.get("/metrics").headers
    assert headers["X-Frame-Options"] == "deny"
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-XSS-Protection"] == "1"
    assert headers["Content-Security-Policy"] == "default-src 'self' *.test.example.net"


# Of the ways to be a client: without a certificate, with one of the system's authorities, with one of nobody's.
@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("web_config_noAuth.good.yml", 200),
        ("web_config_noAuth.good.blocking.yml", None),
        ("web_config_auth_clientCAs_missing.bad.yml", None),
    ],
)
def test_without_a_ca_file_the_systems_authorities_count(files, name, without):
    known = files.authority.issue("known", "DNS:known.example", usage="clientAuth")
    system = {**processes.environment(), "SSL_CERT_FILE": str(files.authority.certificate)}
    with files.serving(name, warning="without client_ca_file", env=system) as daemon:
        assert files.status(daemon) == without
        assert files.status(daemon, known) == 200
        assert files.status(daemon, files.first) is None


def test_plain_http_and_tls_11_are_not_served_on_a_tls_port(files):
    with files.serving("web_config_noAuth.good.yml", warning="client_ca_file") as daemon:
        assert chosen(daemon, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0") is None
        assert chosen(daemon, "-tls1_2") and chosen(daemon, "-tls1_3")
        connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=30)
        with contextlib.closing(connection), pytest.raises((OSError, http.client.HTTPException)):
            connection.request("GET", "/metrics")
            connection.getresponse()


def test_all_ciphers_of_the_toolkit_are_served_and_no_others(files):
    with files.serving(
        "web_config_noAuth_allCiphers.good.yml", warning="client_ca_file"
    ) as daemon:
        named = [RSA_128, RSA_256, "ECDHE-RSA-CHACHA20-POLY1305"]
        named += ["ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA"]
        assert [by_cipher(daemon, cipher) for cipher in named] == named
        for other in ["AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"]:
            assert by_cipher(daemon, other) is None
        suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
        assert [chosen(daemon, "-tls1_3", "-ciphersuites", suite) for suite in suites] == suites


@pytest.mark.parametrize(
    ("name", "of_the_other_order"),
    [
        ("web_config_noAuth_someCiphers.good.yml", RSA_128),
        ("web_config_noAuth_someCiphers_noOrder.good.yml", RSA_256),
    ],
)
def test_some_ciphers_are_served_in_whose_order_the_file_says(files, name, of_the_other_order):
    with files.serving(name, warning="client_ca_file") as daemon:
        assert by_cipher(daemon, RSA_128) == RSA_128
        assert by_cipher(daemon, f"{RSA_128}:{RSA_256}") == RSA_128
        assert by_cipher(daemon, f"{RSA_256}:{RSA_128}") == of_the_other_order
        assert by_cipher(daemon, "ECDHE-RSA-AES256-SHA") is None
        assert chosen(daemon, "-tls1_3") is None


def test_the_curves_of_the_file_are_served_and_no_others(files):
    warning = {"warning": "client_ca_file"}
    with files.serving("web_config_noAuth_allCurves.good.yml", **warning) as daemon:
        for curve in ["P-256", "P-384", "P-521", "X25519"]:
            assert chosen(daemon, "-tls1_3", "-curves", curve), curve
        assert chosen(daemon, "-tls1_3", "-curves", "X448") is None
    with files.serving("web_config_noAuth_someCurves.good.yml", **warning) as daemon:
        assert chosen(daemon, "-tls1_3", "-curves", "P-521")
        assert chosen(daemon, "-tls1_3", "-curves", "P-384") is None
        assert chosen(daemon, "-tls1_2", "-curves", "P-521") is None


def test_a_cipher_that_http2_forbids_is_served_with_http2_off(files):
    with files.serving("web_config_noAuth_noHTTP2.good.yml", warning="client_ca_file") as daemon:
        assert daemon.get("/metrics").status == 200
        assert by_cipher(daemon, RSA_256) == RSA_256
        assert by_cipher(daemon, RSA_128) is None
        context = ssl.create_default_context(cafile=files.authority.certificate)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with tls_daemon.connected(daemon, context) as connection:
            assert connection.selected_alpn_protocol() != "h2"


def test_clients_need_the_certificate_that_the_file_demands(files):
    admitted = {
        "tls_config_noAuth.requireanyclientcert.good.yml": [None, 200, 200],
        "tls_config_noAuth.requireandverifyclientcert.good.yml": [None, 200, None],
        "web_config_auth_client_san.good.yaml": [None, None, 200],
        "web_config_auth_client_san.bad.yaml": [None, None, None],
    }
    for name, expected in admitted.items():
        warning = "any certificate is good" if "requireany" in name else ""
        with files.serving(name, warning=warning) as daemon:
            clients = [None, files.first, files.second]
            assert [files.status(daemon, client) for client in clients] == expected, name


def test_an_interval_of_0_is_no_limit_and_a_burst_of_0_lets_nothing_through(files):
    with files.serving(
        "web_config_rate_limiter_nonblocking.yaml", tls=False, warning="interval of 0 is no limit"
    ) as daemon:
        assert {daemon.get("/metrics").status for _ in range(11)} == {200}
    with files.serving(
        "web_config_rate_limiter_one_second.yaml", tls=False, warning="burst of 0 refuses every"
    ) as daemon:
        assert {daemon.get("/metrics").status for _ in range(11)} == {429}


@pytest.mark.parametrize("name", ["web_config_users.good.yml", "web_config_users_noTLS.good.yml"])
def test_users_need_their_passwords(files, name):
    options = {"tls": "noTLS" not in name, "login": "dave:dave123", "warning": "503: bob (18)"}
    with files.serving(name, **options) as daemon:

        def asked(login):
            return daemon.request("/metrics", headers={"Authorization": login}).status

        assert asked("") == 401
        assert asked(basic("dave:dave123")) == 200
        assert asked(basic("dave:bad")) == 401
        # Two to the power of 18 rounds: others are served meanwhile, and the wait ends.
        assert asked(basic("bob:bob123")) in (200, 503)
        assert asked(basic("alice:alice123")) == 200
        assert asked(basic("carol:carol123")) == 200
        assert asked(basic("carol:dave123")) == 401
        assert asked(basic("nonexistent:nonexistent")) == 401
        if "noTLS" in name:
            processes.eventually(
                lambda: asked(basic("bob:bob123")) == 200, lambda: "bob is not served", seconds=300
            )


def test_every_file_is_in_a_test_above():
    tests = pathlib.Path(__file__).read_text(encoding="utf-8")
    names = {path.name for path in FILES.iterdir()} - {"README.md"}
    assert names and [name for name in sorted(names) if f'"{name}"' not in tests] == []
