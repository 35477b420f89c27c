"""The program under test as a user sees it: a process, its exit code, and its answers."""

import base64
import contextlib
import gzip
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import exposition
import processes

CLASSIC = "text/plain; version=0.0.4"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"

# On ext4, the tests check every figure with both engines.
ENGINES = ["walk", "ext4"]


def binary():
    path = os.environ.get("HARDLINK_EXPORTER_BINARY")
    assert path, "HARDLINK_EXPORTER_BINARY does not say which binary to test"
    return path


def always_given():
    """The flags that the daemon of this build needs."""
    return os.environ.get("HARDLINK_DAEMON_FLAGS", "").split()


def run(*arguments, **options):
    """Runs the program to its end; never checks the exit code."""
    command = options.pop("binary", None) or binary()
    return processes.run([command, *map(str, arguments)], check=False, **options)


def scan(*arguments, **options):
    """Runs `scan --format=json`, which must succeed; returns the parsed report."""
    done = run("scan", "--format=json", *arguments, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def scan_root(*arguments, **options):
    """The only root in the report of scan()."""
    (root,) = scan(*arguments, **options)["roots"]
    return root


def basic(login):
    """The Authorization header of "user:password"."""
    return "Basic " + base64.b64encode(login.encode()).decode()


class Refused(Exception):
    """An answer that is not 200."""


class Response:
    def __init__(self, answer):
        self.status = answer.status
        self.headers = answer.headers
        self.body = answer.read()

    def content(self):
        if self.headers["Content-Encoding"] == "gzip":
            return gzip.decompress(self.body)
        return self.body


class Daemon:
    """A running daemon on a loopback port. Use daemon(), which also ends it. If the daemon requires TLS or a
    password, requests use `tls` (an SSLContext) and `login` ("user:password")."""

    def __init__(
        self,
        arguments,
        stderr,
        *,
        telemetry_path="/metrics",
        command=(),
        tls=None,
        login=None,
        port=None,
        **options,
    ):
        self.port = port or processes.free_port()
        self.telemetry_path = telemetry_path
        self.tls = tls
        self.login = login
        self._stderr = stderr
        listen = f"--web.listen-address=127.0.0.1:{self.port}"
        self.process = processes.start(
            [*(command or [binary()]), *map(str, arguments), listen, *always_given()],
            stdout=stderr,
            stderr=stderr,
            **options,
        )

    def request(self, path, method="GET", headers=None, body=None):
        address = ("127.0.0.1", self.port)
        if self.tls:
            connection = http.client.HTTPSConnection(*address, timeout=30, context=self.tls)
        else:
            connection = http.client.HTTPConnection(*address, timeout=30)
        headers = dict(headers or {})
        if self.login:
            headers.setdefault("Authorization", basic(self.login))
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers)
            return Response(connection.getresponse())

    def get(self, path, **headers):
        return self.request(path, headers={key.replace("_", "-"): v for key, v in headers.items()})

    def good(self, path, **headers):
        """The answer with status 200; raises Refused for any other status."""
        answer = self.get(path, **headers)
        if answer.status != 200:
            raise Refused(f"{path}: {answer.status}")
        return answer

    def log(self):
        return pathlib.Path(self._stderr.name).read_text(encoding="utf-8")

    def wait_until_started(self):
        def has_started():
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.log()}"
            return "msg=sandbox" in self.log()

        processes.eventually(has_started, self.log)

    def wait_until_serving(self):
        processes.eventually(lambda: self._status("/-/healthy") == 200, self.log)

    def wait_until_ready(self):
        processes.eventually(lambda: self._status("/-/ready") == 200, self.log)

    def _status(self, path):
        assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.log()}"
        try:
            return self.get(path).status
        except ConnectionError:
            return None

    def classic(self):
        """The samples of a scrape in the classic format."""
        return exposition.classic(self._scrape("text/plain;version=0.0.4", CLASSIC))

    def openmetrics(self):
        """The samples of a scrape in OpenMetrics."""
        accept = "application/openmetrics-text;version=1.0.0"
        return exposition.openmetrics(self._scrape(accept, OPENMETRICS))

    def _scrape(self, accept, content_type):
        answer = self.good(self.telemetry_path, Accept=accept)
        assert answer.headers["Content-Type"].startswith(content_type), answer.headers
        return answer.content()

    def report(self):
        answer = self.good("/api/v1/report")
        assert answer.headers["Content-Type"].startswith("application/json")
        return json.loads(answer.body)

    def root(self, name):
        (root,) = [root for root in self.report()["roots"] if root["root"] == name]
        return root

    def value(self, metric, **labels):
        return self.classic().value(metric, **labels)

    def eventually(self, question, what, seconds=60):
        """Scrapes until `question(samples)` is true; returns those samples."""

        def scrape():
            samples = self.classic()
            return samples if question(samples) else None

        return processes.eventually(scrape, lambda: f"{what}\n{self.log()[-4000:]}", seconds)

    def next_census(self, root):
        """Waits for a census of `root` that began after this call; returns the samples then."""

        def ended(samples):
            return sum(value for _, value in samples.all("hardlink_censuses_total", root=root))

        # A census may be running now, so only the second one to end from now on surely began after this call.
        before = ended(self.classic())
        return self.eventually(lambda samples: ended(samples) >= before + 2, "two more censuses")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Sends SIGTERM, which must end the daemon with exit code 0. The daemon promises 2 s; the test allows more
        for a busy machine and still finds a daemon that hangs."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"30 s after SIGTERM still there\n{self.log()}") from None
        assert code == 0, f"exit code {code}\n{self.log()}"


@contextlib.contextmanager
def daemon(*arguments, ready=True, **options):
    """Starts a daemon with these arguments, waits until it is ready (with ready=False: until it answers; with
    ready=None: until it says that it has started), and stops it by SIGTERM at the end."""
    with tempfile.NamedTemporaryFile(prefix="hardlink-e2e-", suffix=".log") as stderr:
        running = Daemon(arguments, stderr, **options)
        try:
            if ready is None:
                running.wait_until_started()
            elif ready:
                running.wait_until_ready()
            else:
                running.wait_until_serving()
            yield running
            if running.process.poll() is None:
                running.stop()
        finally:
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()


def is_of_a_release():
    """Whether the program under test is that of a release, whose folder has everything it needs."""
    return pathlib.Path(binary()).with_name("lib").joinpath("loader").is_dir()


def copy_for_everybody(directory):
    """A copy of the program that any user can execute, even if others may not enter the build directory."""
    if is_of_a_release():
        source = pathlib.Path(binary())
        return str(shutil.copytree(source.parent, pathlib.Path(directory, "release")) / source.name)
    copy = shutil.copy(binary(), directory)
    os.chmod(copy, 0o755)
    return str(copy)
