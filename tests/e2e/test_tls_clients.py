"""The certificates of clients: the daemon admits those that the web config file allows."""

import pytest

import prometheus_server
from certificates import Authority, bcrypt
from tls_daemon import MUTUAL, TLS, authority_in, serving, status


@pytest.fixture
def authority(tree):
    return authority_in(tree)


class Clients:
    """All kinds of certificates that a client may present."""

    def __init__(self, authority):
        own = Authority(authority.directory, "strangers")
        usage = {"usage": "clientAuth"}
        self.nobody = None
        self.good = authority.issue("good", "DNS:prometheus.example", **usage)
        self.other_name = authority.issue("other", "DNS:somebody.example", **usage)
        self.no_name = authority.issue("nameless", "", **usage)
        self.expired = authority.issue("old", "DNS:prometheus.example", expired=True, **usage)
        self.stranger = own.issue("stranger", "DNS:prometheus.example", **usage)
        self.server = authority.issue("misused", "DNS:prometheus.example", usage="serverAuth")

    def admitted(self, daemon, authority):
        return {
            name for name, pair in vars(self).items() if status(daemon, pair, authority) == 200
        }


def test_each_client_auth_type_admits_the_right_clients(authority):
    clients = Clients(authority)
    everybody = set(vars(clients))
    verified = {"good", "other_name", "no_name"}
    expected = {
        "NoClientCert": everybody,
        "RequestClientCert": everybody,
        "RequireAnyClientCert": everybody - {"nobody"},
        "VerifyClientCertIfGiven": verified | {"nobody"},
        "RequireAndVerifyClientCert": verified,
    }
    for kind, who in expected.items():
        ca = "" if kind == "NoClientCert" else "  client_ca_file: ca.crt\n"
        text = f"{TLS}{ca}  client_auth_type: {kind}\n"
        with serving(authority, text, pair=clients.good) as daemon:
            assert clients.admitted(daemon, authority) == who, kind


@pytest.mark.parametrize(
    "names",
    ["[prometheus.example]", "[nobody.example, prometheus.example]"],
)
def test_a_client_needs_one_of_the_allowed_names(authority, names):
    clients = Clients(authority)
    text = f"{MUTUAL}  client_allowed_sans: {names}\n"
    with serving(authority, text, pair=clients.good) as daemon:
        assert clients.admitted(daemon, authority) == {"good"}


@pytest.mark.parametrize(
    ("san", "allowed"),
    [
        ("IP:192.0.2.7", "192.0.2.7"),
        ("IP:2001:db8::7", "2001:0db8:0::7"),
        ("email:ops@example.org", "ops@example.org"),
        ("URI:spiffe://example.org/prometheus", "spiffe://example.org/prometheus"),
    ],
)
def test_an_allowed_name_can_be_of_each_kind(authority, san, allowed):
    good = authority.issue("good", san, usage="clientAuth")
    other = authority.issue("bad", "DNS:" + "elsewhere", usage="clientAuth")
    text = f"{MUTUAL}  client_allowed_sans: ['{allowed}']\n"
    with serving(authority, text, pair=good) as daemon:
        assert status(daemon, good, authority) == 200
        assert status(daemon, other, authority) is None


def test_prometheus_scrapes_with_its_certificate_and_password(authority):
    pair = authority.issue("prometheus", "DNS:prometheus.example", usage="clientAuth")
    users = f"basic_auth_users:\n  prometheus: {bcrypt('secret')}\n"
    text = MUTUAL + "  client_allowed_sans: [prometheus.example]\n  min_version: TLS13\n" + users
    access = {
        "scheme": "https",
        "tls_config": {
            "ca_file": str(authority.certificate),
            "cert_file": str(pair.certificate),
            "key_file": str(pair.key),
        },
        "basic_auth": {"username": "prometheus", "password": "secret"},
    }
    with serving(authority, text, pair=pair, login="prometheus:secret") as daemon:
        with prometheus_server.scraping(daemon.port, access=access) as prometheus:
            target = prometheus.target()
            assert target["health"] == "up", target
            assert prometheus.query("hardlink_config_last_reload_successful")
        without = {**access, "tls_config": {"ca_file": str(authority.certificate)}}
        with prometheus_server.scraping(daemon.port, access=without) as prometheus:
            assert prometheus.target()["health"] == "down"
