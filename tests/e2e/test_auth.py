"""Passwords, limits and headers of the web config file, as clients see them."""

import concurrent.futures
import contextlib
import threading

import pytest

import exporter
import processes
from certificates import bcrypt
from exporter import basic


@contextlib.contextmanager
def serving(tree, text, *arguments, login="alice:secret"):
    watched = tree / "watched"
    watched.mkdir(exist_ok=True)
    file = tree / "web.yml"
    file.write_text(text)
    flags = [f"--web.config.file={file}", "--log.level=debug", *arguments]
    with exporter.daemon(*flags, watched, ready=False, login=login) as daemon:
        yield daemon


def users(**passwords):
    lines = [f"  {name}: {bcrypt(password)}\n" for name, password in passwords.items()]
    return "basic_auth_users:\n" + "".join(lines)


def asked(daemon, login, path="/-/healthy"):
    headers = {"Authorization": basic(login)} if login else {"Authorization": ""}
    return daemon.request(path, headers=headers)


def bcrypt_runs(daemon):
    return daemon.log().count('msg="password checked"')


def test_every_route_wants_the_password(tree):
    with serving(tree, users(alice="secret"), "--web.enable-lifecycle") as daemon:
        for path in ["/", "/metrics", "/api/v1/report", "/-/healthy", "/-/ready", "/nowhere"]:
            answer = asked(daemon, None, path)
            assert answer.status == 401, path
            assert answer.headers["WWW-Authenticate"].startswith('Basic realm="'), path
            assert asked(daemon, "alice:secret", path).status != 401, path
        assert daemon.request("/-/reload", "POST", {"Authorization": ""}).status == 401
        assert daemon.request("/-/reload", "POST").status == 200


@pytest.mark.parametrize(
    "login", ["alice:wrong", "alice:", "bob:secret", ":secret", "alice:secret\0x", "alice:Secret"]
)
def test_a_wrong_password_or_user_is_refused(tree, login):
    with serving(tree, users(alice="secret")) as daemon:
        assert asked(daemon, login).status == 401


@pytest.mark.parametrize("header", ["Bearer abc", "Basic", "Basic !!!!", "Basic YWxpY2U=", "Basic A"])
def test_an_authorization_header_without_a_password_is_refused(tree, header):
    with serving(tree, users(alice="secret")) as daemon:
        assert daemon.request("/metrics", headers={"Authorization": header}).status == 401


@pytest.mark.parametrize("prefix", ["2a", "2b", "2y"])
def test_each_kind_of_bcrypt_works(tree, prefix):
    text = f"basic_auth_users: {{alice: {bcrypt('sécret:x', prefix)}}}\n"
    with serving(tree, text, login="alice:sécret:x") as daemon:
        assert daemon.get("/metrics").status == 200
        assert asked(daemon, "alice:secret:x").status == 401


def test_curl_is_served_with_the_password(tree):
    with serving(tree, users(alice="secret")) as daemon:
        command = [processes.program("curl"), "-sS", "-o", "/dev/null", "-w", "%{http_code}"]
        url = f"http://127.0.0.1:{daemon.port}/metrics"
        assert processes.run([*command, "-u", "alice:secret", url]).stdout == "200"
        assert processes.run([*command, "-u", "alice:guess", url]).stdout == "401"


def test_a_password_is_hashed_once_however_often_it_comes(tree):
    with serving(tree, users(alice="secret")) as daemon:
        for _ in range(20):
            assert daemon.get("/metrics").status == 200
        assert bcrypt_runs(daemon) == 1


def test_scrapes_that_begin_at_once_need_one_hash(tree):
    text = f"basic_auth_users: {{alice: {bcrypt('x')}, bob: {bcrypt('secret', cost=12)}}}\n"
    with serving(tree, text, login="alice:x") as daemon:
        before = bcrypt_runs(daemon)
        answers = []

        def scrape():
            answers.append(asked(daemon, "bob:secret", "/metrics").status)

        threads = [threading.Thread(target=scrape) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert answers == [200] * 40
        assert bcrypt_runs(daemon) == before + 1


def test_after_ten_wrong_passwords_an_address_has_to_wait(tree):
    with serving(tree, users(alice="secret", bob="other")) as daemon:
        assert [asked(daemon, f"alice:guess{i}").status for i in range(10)] == [401] * 10
        before = bcrypt_runs(daemon)
        refusal = asked(daemon, "alice:guess")
        assert refusal.status == 429
        assert int(refusal.headers["Retry-After"]) >= 1
        # Now even the right password is refused, unless the daemon has checked it before and remembers it.
        assert asked(daemon, "bob:other").status == 429
        assert daemon.get("/metrics").status == 200
        assert bcrypt_runs(daemon) == before
        assert daemon.log().count("too many wrong passwords") == 1


def test_a_removed_user_is_refused_without_a_restart(tree):
    with serving(tree, users(alice="secret", bob="other")) as daemon:
        assert asked(daemon, "bob:other").status == 200
        (tree / "web.yml").write_text(users(alice="secret"))
        processes.eventually(lambda: "web configuration reloaded" in daemon.log(), daemon.log)
        assert asked(daemon, "bob:other").status == 401
        assert asked(daemon, "alice:secret").status == 200


def test_requests_beyond_the_rate_limit_are_refused(tree):
    with serving(tree, "rate_limit: {interval: 1h, burst: 5}\n", login=None) as daemon:
        answers = [daemon.get("/metrics").status for _ in range(6)]
        assert answers[0] == 200
        assert answers[-1] == 429


def test_every_answer_has_the_headers_of_the_web_config_file(tree):
    text = (
        "http_server_config:\n  http2: false\n  headers:\n"
        "    X-Frame-Options: deny\n    X-Content-Type-Options: nosniff\n"
        "    Strict-Transport-Security: max-age=31536000\n    X-XSS-Protection: ''\n"
        "    Content-Security-Policy: default-src 'none'\n"
    )
    with serving(tree, text, login=None) as daemon:
        for path in ["/", "/metrics", "/nowhere"]:
            headers = daemon.get(path).headers
            assert headers.get_all("X-Frame-Options") == ["deny"]
            assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
            assert headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
            assert headers.get_all("Content-Security-Policy") == ["default-src 'none'"]
            assert headers.get_all("X-XSS-Protection") is None


def test_the_key_of_the_configuration_file_does_what_the_flag_does(tree):
    web = tree / "access.yml"
    web.write_text(users(alice="secret"))
    config = tree / "config.yml"
    config.write_text(f"roots: [{{path: {tree}}}]\nweb: {{config_file: {web}}}\n")
    with exporter.daemon(f"--config.file={config}", ready=False, login="alice:secret") as daemon:
        assert asked(daemon, None).status == 401
    config.write_text(f"roots: [{{path: {tree}}}]\nweb: {{config_file: access.yml}}\n")
    done = exporter.run("--config.check", f"--config.file={config}")
    assert done.returncode == 2
    assert ':2: web.config_file: expected an absolute path, got "access.yml"' in done.stderr


def test_a_bad_hash_is_one_line_that_does_not_show_it(tree):
    secret = "hunter2-in-plain-text"
    (tree / "web.yml").write_text(f"basic_auth_users:\n  alice: {secret}\n")
    done = exporter.run(f"--web.config.file={tree}/web.yml", tree)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"hardlink_exporter: {tree}/web.yml:2: basic_auth_users.alice: ")
    assert "expected a bcrypt hash" in line
    assert secret not in line


def test_a_hash_that_takes_days_holds_up_neither_others_nor_the_end(tree):
    endless = bcrypt("secret").replace("$04$", "$31$")
    text = users(alice="secret") + f"  slow: {endless}\n"
    with serving(tree, text) as daemon:
        with concurrent.futures.ThreadPoolExecutor(60) as pool:
            slow = [pool.submit(asked, daemon, "slow:secret") for _ in range(60)]
            assert asked(daemon, "alice:secret").status == 200
            assert {done.result().status for done in slow} == {503}
        assert asked(daemon, "slow:other").status == 503
        assert asked(daemon, "alice:other").status == 401
        daemon.stop()


def test_passwords_and_hashes_stay_out_of_the_log(tree):
    text = users(alice="secret")
    with serving(tree, text) as daemon:
        asked(daemon, "alice:a-wrong-guess")
        asked(daemon, "typed-in-the-wrong-field:x")
        log = daemon.log()
        for word in ["secret", "a-wrong-guess", "typed-in-the-wrong-field", "$2y$"]:
            assert word not in log
