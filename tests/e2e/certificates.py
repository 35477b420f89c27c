"""Makes certificates with openssl, and bcrypt hashes with libcrypt."""

import ctypes
import pathlib
import secrets
import ssl

import processes

_BCRYPT_DIGITS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def openssl(*arguments, **options):
    return processes.run([processes.program("openssl"), *map(str, arguments)], **options)


class Pair:
    """A certificate and its key, in files."""

    def __init__(self, directory, name):
        self.certificate = pathlib.Path(directory, f"{name}.crt")
        self.key = pathlib.Path(directory, f"{name}.key")

    def new_key(self, algorithm="EC"):
        option = {"EC": "ec_paramgen_curve:P-256", "RSA": "rsa_keygen_bits:2048"}[algorithm]
        openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", self.key)


class Authority(Pair):
    """A CA of its own."""

    def __init__(self, directory, name="ca"):
        super().__init__(directory, name)
        self.directory = pathlib.Path(directory)
        self.new_key()
        subject = ["-subj", f"/CN={name}", "-days", "2"]
        # Newer clients refuse a CA certificate that does not name the uses of its key.
        usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        openssl("req", "-x509", "-new", "-key", self.key, "-out", self.certificate, *subject,
                *usage)

    def issue(self, name, sans, usage="serverAuth", expired=False, algorithm="EC"):
        """A certificate for `sans`, such as "DNS:localhost,IP:127.0.0.1"."""
        pair = Pair(self.directory, name)
        pair.new_key(algorithm)
        request = self.directory / f"{name}.csr"
        openssl("req", "-new", "-key", pair.key, "-subj", f"/CN={name}", "-out", request)
        text = f"extendedKeyUsage={usage}\n" + (f"subjectAltName={sans}\n" if sans else "")
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(text)
        if expired:
            self._issue_by_date(request, extensions, pair)
        else:
            signer = ["-CA", self.certificate, "-CAkey", self.key, "-days", "2"]
            serial = ["-set_serial", str(secrets.randbits(60))]
            openssl("x509", "-req", "-in", request, *signer, *serial, "-extfile", extensions,
                    "-out", pair.certificate)
        return pair

    def _issue_by_date(self, request, extensions, pair):
        """Signs with `openssl ca`, which needs files: `openssl x509` of version 3.0 cannot set dates."""
        database = self.directory / "index.txt"
        database.touch()
        config = self.directory / "ca.conf"
        config.write_text(
            "[ca]\ndefault_ca=d\n[d]\npolicy=p\ndefault_md=sha256\nrand_serial=yes\n"
            f"database={database}\nnew_certs_dir={self.directory}\n[p]\ncommonName=supplied\n"
        )
        openssl("ca", "-batch", "-notext", "-config", config, "-cert", self.certificate,
                "-keyfile", self.key, "-in", request, "-out", pair.certificate,
                "-extfile", extensions, "-startdate", "20200101000000Z",
                "-enddate", "20200201000000Z")


def client_context(authority, pair=None):
    """The SSLContext of a client that trusts `authority` and presents `pair`."""
    context = ssl.create_default_context(cafile=authority.certificate)
    if pair:
        context.load_cert_chain(pair.certificate, pair.key)
    return context


def bcrypt(password, prefix="2y", cost=4):
    """The bcrypt hash of `password`, made by the system's libcrypt."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    salt = "".join(secrets.choice(_BCRYPT_DIGITS) for _ in range(21)) + secrets.choice(".Oeu")
    setting = f"${prefix}${cost:02}${salt}"
    return library.crypt(password.encode(), setting.encode()).decode()


def self_signed(directory, name, sans):
    """A certificate that no authority has signed, in NAME.pem."""
    pair = Pair(directory, name)
    pair.certificate = pathlib.Path(directory, f"{name}.pem")
    pair.new_key()
    options = ["-subj", f"/CN={name}", "-days", "2", "-addext", f"subjectAltName={sans}"]
    openssl("req", "-x509", "-new", "-key", pair.key, "-out", pair.certificate, *options)
    return pair
