"""A daemon with TLS, and the CA of its certificate."""

import contextlib
import socket
import ssl

import exporter
from certificates import Authority, client_context

SERVER_SANS = "DNS:localhost,IP:127.0.0.1,IP:::1"
TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
MUTUAL = TLS + "  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n"


def authority_in(directory):
    """A CA in a directory with server.crt and server.key."""
    made = Authority(directory)
    made.issue("server", SERVER_SANS)
    return made


def write(authority, text):
    file = authority.directory / "web.yml"
    file.write_text(text)
    return file


@contextlib.contextmanager
def serving(authority, text, *arguments, pair=None, **options):
    """A daemon with this web config file. It is asked with the certificate of `pair`, if given."""
    watched = authority.directory / "watched"
    watched.mkdir(exist_ok=True)
    file = write(authority, text)
    options.setdefault("tls", client_context(authority, pair))
    flag = f"--web.config.file={file}"
    with exporter.daemon(flag, *arguments, watched, ready=False, **options) as daemon:
        yield daemon


def status(daemon, pair=None, authority=None):
    """The status of a request with the certificate of `pair`; None if the daemon closes the connection."""
    context = client_context(authority, pair)
    try:
        with connected(daemon, context) as connection:
            connection.sendall(b"GET /-/healthy HTTP/1.0\r\n\r\n")
            return int(connection.recv(4096).split()[1])
    except (ssl.SSLError, ConnectionError):
        return None


@contextlib.contextmanager
def connected(daemon, context):
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            yield connection
