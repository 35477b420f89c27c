"""The tarball of scripts/release.sh: what is in it, and that it runs in an empty root, in one with nothing but busybox,
and there as if on an older kernel. e2e.kernels, e2e.sandbox and e2e.faults_process run its program too
(HARDLINK_TEST_RELEASE)."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import tarfile

import certificates
import exporter
import loopmount
import processes
import pytest
import release
import trees

SOURCE = pathlib.Path(__file__).parents[2]
DATE = {"SOURCE_DATE_EPOCH": "1700000000"}
NEWER_CALLS = [[], ["newer=ENOSYS"], ["newer=EPERM"]]


def named(rules):
    return ",".join(rules) or "this kernel"


@pytest.fixture(name="archive", scope="module")
def tarball(tmp_path_factory):
    return release.make(tmp_path_factory.mktemp("first"), **DATE)


@pytest.fixture(name="pristine", scope="module")
def unpacked_once(archive, tmp_path_factory):
    return release.unpack(archive, tmp_path_factory.mktemp("unpacked"))


@pytest.fixture(name="folder")
def unpacked_anew(pristine, tree):
    return shutil.copytree(pristine, tree / pristine.name, copy_function=os.link)


def run(folder, *arguments, **options):
    return exporter.run(*arguments, binary=str(folder / "hardlink_exporter"), **options)


# The tarball


def test_it_has_the_name_and_the_form_of_prometheus_own_releases(archive):
    cmake = (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")
    version = re.search(r"^project\(hardlink_exporter VERSION ([\d.]+)", cmake, re.MULTILINE)[1]
    machine = processes.run(["dpkg", "--print-architecture"]).stdout.strip()
    folder = f"hardlink_exporter-{version}.linux-"
    assert archive.name.startswith(folder) and archive.name.endswith(".tar.gz")
    assert machine not in ("amd64", "arm64") or archive.name == f"{folder}{machine}.tar.gz"
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
    assert {member.name.split("/")[0] for member in members} == {archive.name[: -len(".tar.gz")]}
    assert [member.name for member in members] == sorted(member.name for member in members)
    assert {(member.uid, member.gid) for member in members} == {(0, 0)}
    assert {member.mtime for member in members} == {int(DATE["SOURCE_DATE_EPOCH"])}
    for member in members:
        assert member.isdir() or member.isreg()
        assert member.mode == (0o755 if member.isdir() else member.mode & 0o755)


def test_it_has_everything_that_surrounds_the_program(pristine):
    for name in [
        "LICENSE",
        "NOTICE",
        "README.md",
        "CHANGELOG.md",
        "config/hardlink_exporter.yml",
        "deploy/prometheus/hardlink.rules.yml",
        "deploy/prometheus/hardlink.alerts.yml",
        "deploy/grafana/dashboards/hardlink.json",
        "deploy/completion/hardlink_exporter.bash",
        "deploy/systemd/hardlink-exporter.service",
        "deploy/systemd/hardlink-exporter-textfile.timer",
        "docs/man/hardlink_exporter.1",
        "docs/runbook.md",
    ]:
        assert (pristine / name).is_file(), name
    for unit in (pristine / "deploy/systemd").glob("*.service"):
        (command,) = re.findall(r"^ExecStart=(\S+)", unit.read_text(), re.MULTILINE)
        assert command == "/opt/hardlink_exporter/hardlink_exporter", unit


def test_every_library_has_its_notice_with_package_and_version(pristine):
    notice = (pristine / "NOTICE").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^(\S+) +(\S+) +licenses/", notice, re.MULTILINE))
    libraries = [*(pristine / "lib").glob("*.so.*"), pristine / "lib/loader/hardlink_exporter"]
    assert sources_of(libraries) <= set(listed.items())
    # Headers alone, so no library tells of them.
    for name in ("cli11", "nlohmann-json3"):
        assert name in listed
    for name in listed:
        text = (pristine / f"licenses/{name}.txt").read_text(encoding="utf-8")
        assert "opyright" in text
        for common in re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", text):
            exists = pathlib.Path("/usr/share/common-licenses", common).exists()
            assert (pristine / "licenses/common" / common).exists() == exists, (name, common)
    assert "civetweb" in (pristine / "licenses/hardlink_exporter.txt").read_text(encoding="utf-8")


def installed_as(library):
    """The installed file that is the same as a library of the release."""
    name = library.name if ".so" in library.name else "ld-linux*"
    directories = ("/lib", "/lib64", f"/lib/{os.uname().machine}-linux-gnu")
    found = {path.resolve() for top in directories for path in pathlib.Path(top).glob(name)}
    (same,) = [path for path in found if path.read_bytes() == library.read_bytes()]
    return str(same)


def sources_of(libraries):
    """{(source package, version)} of the packages that the libraries come from."""
    files = [installed_as(library) for library in libraries]
    # Where /lib is a symlink, dpkg knows a file by only one of its paths.
    names = [alias for file in files for alias in {file, file.removeprefix("/usr")}]
    found = processes.run(["dpkg-query", "-S", *names], check=False).stdout.splitlines()
    owned = [line for line in found if not line.startswith("diversion by")]
    assert {line.split(": ")[1].removeprefix("/usr") for line in owned} == {
        file.removeprefix("/usr") for file in files
    }
    packages = {line.split(":")[0] for line in owned}
    form = "${source:Package} ${source:Version}\n"
    shown = processes.run(["dpkg-query", "-W", "-f", form, *packages]).stdout
    return {tuple(line.split()) for line in shown.splitlines()}


def test_the_same_source_gives_the_same_bytes(archive, tmp_path):
    again = release.make(tmp_path, TZ="Asia/Tokyo", LC_ALL="C", **DATE)
    assert again.read_bytes() == archive.read_bytes()


# The launcher


def test_the_program_at_the_top_needs_no_loader_and_none_has_debug_information(pristine):
    for name in ("hardlink_exporter", "lib/hardlink_exporter"):
        headers = processes.run([processes.program("readelf"), "-lS", str(pristine / name)]).stdout
        assert ".debug_info" not in headers and ".symtab" not in headers
        assert ("INTERP" in headers) == name.startswith("lib/")


def test_arguments_reach_the_program_unchanged(folder, tree):
    (tree / "a ö\n").mkdir()
    done = run(folder, "scan", "--format=json", tree / "a ö\n")
    assert json.loads(done.stdout)["roots"][0]["path"] == str(tree / "a ö\n")
    done = run(folder, "", "--version")
    assert (done.returncode, done.stdout) == (2, "")
    usual = exporter.run("--help").stdout
    assert run(folder, "--help").stdout == usual


@pytest.mark.parametrize("name", ["with spaces", "ünï\tcode", "%s%n", "-dash"])
def test_it_runs_from_any_folder_and_by_any_symlink(folder, tree, name):
    moved = folder.rename(tree / name)
    (tree / "bin").mkdir()
    (tree / "bin" / "hle").symlink_to(f"../{name}/hardlink_exporter")
    for command in (moved / "hardlink_exporter", tree / "bin" / "hle"):
        assert processes.run([command, "--version"]).stdout.startswith("hardlink_exporter, version")
    relative = processes.run(["./hardlink_exporter", "--version"], cwd=moved)
    by_path = processes.run(
        ["sh", "-c", "hle --version"], env={**processes.environment(), "PATH": f"{tree}/bin:/bin"}
    )
    assert relative.stdout == by_path.stdout == exporter.run("--version").stdout


@pytest.mark.parametrize("name", ["a:b", "a;b", "$ORIGIN"])
def test_a_folder_that_the_loader_would_take_for_several_is_refused(folder, tree, name):
    done = run(folder.rename(tree / name), "--version")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "':', ';' or '$'" in done.stderr


@pytest.mark.parametrize("missing", ["lib", "lib/hardlink_exporter", "lib/loader"])
def test_without_its_lib_it_says_so_in_one_line(folder, tree, missing):
    (folder / missing).rename(tree / "elsewhere")
    done = run(folder, "--version")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("hardlink_exporter: ") and "No such file or directory" in line
    assert str(folder / "lib") in line


def test_the_callers_libraries_are_not_used(folder):
    given = {
        "LD_PRELOAD": "/nonexistent/preload.so",
        "LD_LIBRARY_PATH": "/nonexistent",
        "LD_DEBUG": "all",
        "LD_BIND_NOW": "1",
        "HOME": "/kept",
    }
    done = run(folder, "--version", env={**processes.environment(), **given})
    assert (done.returncode, done.stderr) == (0, "")
    with exporter.daemon(
        trees.snapshots(folder.parent / "root"),
        command=[folder / "hardlink_exporter"],
        env={**processes.environment(), **given},
    ) as daemon:
        environment = pathlib.Path(f"/proc/{daemon.process.pid}/environ").read_bytes().split(b"\0")
        assert not [each for each in environment if each.startswith(b"LD_")]
        assert b"HOME=/kept" in environment
        files = pathlib.Path(f"/proc/{daemon.process.pid}/maps").read_text().splitlines()
        mapped = {line.split(maxsplit=5)[5] for line in files if "/" in line}
        assert {path for path in mapped if not path.startswith(f"{folder}/lib/")} == set()


def test_ps_and_pidof_show_its_name(folder):
    root = trees.snapshots(folder.parent / "root")
    with exporter.daemon(root, command=[folder / "hardlink_exporter"]) as daemon:
        proc = pathlib.Path(f"/proc/{daemon.process.pid}")
        assert (proc / "comm").read_text() == "hardlink_export\n"  # the kernel keeps 15 characters
        words = (proc / "cmdline").read_bytes().decode().split("\0")
        assert words[0] == str(folder / "hardlink_exporter")
        assert f"{folder}/lib/hardlink_exporter {root}" in " ".join(words)


def test_an_ambient_capability_and_no_new_privileges_pass_through_it(folder, tree):
    processes.need_root()
    root = trees.snapshots(tree / "closed")
    root.chmod(0o700)
    rights = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
    rights += [f"--{kind}=-all,+dac_read_search" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
    command = [processes.program("setpriv"), *rights, folder / "hardlink_exporter"]
    with exporter.daemon(root, command=command) as daemon:
        assert daemon.value("hardlink_census_complete", root=str(root)) == 1
        assert "capabilities=dac_read_search no_new_privs=on seccomp=on" in daemon.log()


def test_other_distributions_certificates_are_found(folder, tree):
    """In a root with the certificates where Enterprise Linux has them."""
    processes.need_root()
    authority = certificates.Authority(tree)
    authority.issue("server", "DNS:exporter.example")
    bundle = folder / "etc/pki/tls/certs/ca-bundle.crt"
    bundle.parent.mkdir(parents=True)
    shutil.copy(authority.certificate, bundle)
    (folder / "etc/hosts").write_text("127.0.0.1 exporter.example\n")
    web = tree / "web.yml"
    web.write_text("tls_server_config: {cert_file: server.crt, key_file: server.key}\n")
    client = {"tls": certificates.client_context(authority)}
    client["tls"].check_hostname = False
    with exporter.daemon(f"--web.config.file={web}", trees.snapshots(tree / "r"), **client) as daemon:
        check = ["/hardlink_exporter", "check", f"--url=https://exporter.example:{daemon.port}"]
        chroot = [processes.program("chroot"), str(folder)]
        assert processes.run([*chroot, *check]).stdout.startswith("HARDLINK OK")
        bundle.unlink()
        refused = processes.run([*chroot, *check], check=False)
        assert refused.returncode == 3 and "certificate" in refused.stdout


# Roots with nothing in them


class Root:
    """A root directory in which the release is `/opt/hardlink_exporter`, without /proc, /dev and /etc."""

    def __init__(self, top, pristine):
        processes.need_root()
        self.top = top
        shutil.copytree(pristine, top / "opt" / pristine.name, copy_function=os.link)
        (top / "opt/hardlink_exporter").symlink_to(pristine.name)
        trees.snapshots(top / "srv/backups", names=3)

    def command(self, rules=(), program="/opt/hardlink_exporter/hardlink_exporter"):
        filtered = [os.environ["HARDLINK_OLDER_KERNEL"], *rules, "--"] if rules else []
        return [*filtered, processes.program("chroot"), str(self.top), program]

    def run(self, *arguments, rules=(), **options):
        return processes.run([*self.command(rules), *map(str, arguments)], check=False, **options)


@pytest.fixture(name="empty")
def empty_root(tree, pristine):
    top = tree / "root"
    top.mkdir()
    return Root(top, pristine)


@pytest.mark.parametrize("rules", NEWER_CALLS, ids=named)
def test_in_an_empty_root_it_counts_and_serves(empty, rules):
    done = empty.run("scan", "--format=json", "/srv/backups", rules=rules)
    assert (done.returncode, done.stderr) == (0, "")
    (root,) = json.loads(done.stdout)["roots"]
    assert (root["layers"], root["max_links"]) == (2, 6)
    assert empty.run("check", "/srv/backups", rules=rules).stdout.startswith("HARDLINK OK")
    assert empty.run("--version", rules=rules).returncode == 0
    with exporter.daemon("/srv/backups", command=empty.command(rules)) as daemon:
        assert daemon.value("hardlink_max_links") == 6
        url = f"--url=http://127.0.0.1:{daemon.port}"
        assert empty.run("check", url, rules=rules).stdout.startswith("HARDLINK OK")
        trees.copy_links(empty.top / "srv/backups/snap.0", empty.top / "srv/backups/snap.2")
        daemon.eventually(lambda now: now.value("hardlink_layers") == 3, "the new layer")
    assert not (empty.top / "proc").exists() and not (empty.top / "etc").exists()


@pytest.fixture(name="busybox")
def root_with_busybox(empty):
    """Also with host names, and name servers on the loopback interface."""
    (empty.top / "bin").mkdir()
    shutil.copy(processes.program("busybox"), empty.top / "bin/busybox")
    for applet in ("sh", "wget"):
        (empty.top / "bin" / applet).symlink_to("busybox")
    (empty.top / "etc").mkdir()
    (empty.top / "etc/hosts").write_text("127.0.0.1 localhost node.example\n")
    (empty.top / "usr/local/bin").mkdir(parents=True)
    (empty.top / "usr/local/bin/hardlink_exporter").symlink_to("/opt/hardlink_exporter/hardlink_exporter")
    return empty


def in_shell(root, script, rules=()):
    words = ["sh", "-euc", "PATH=/bin:/usr/local/bin; " + script]
    done = processes.run([*root.command(rules, "/bin/busybox"), *words], check=False)
    assert (done.returncode, done.stderr) == (0, ""), script
    return done.stdout


@pytest.mark.parametrize("rules", NEWER_CALLS, ids=named)
def test_in_a_root_with_only_busybox_it_serves_by_name_with_tls(busybox, tree, rules):
    authority = certificates.Authority(tree)
    authority.issue("server", "DNS:node.example,IP:127.0.0.1")
    for name in ("server.crt", "server.key", "ca.crt"):
        shutil.copy(tree / name, busybox.top / "etc")
    web = f'basic_auth_users: {{ops: "{certificates.bcrypt("secret")}"}}\n'
    web += "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
    (busybox.top / "etc/web.yml").write_text(web)
    # For passwords, a kernel without getrandom(2) has this file.
    (busybox.top / "dev").mkdir()
    os.mknod(busybox.top / "dev/urandom", 0o20444, os.makedev(1, 9))

    by_name, plain = processes.free_port(), processes.free_port()
    flags = [f"--web.listen-address=node.example:{by_name}", "--web.config.file=/etc/web.yml"]
    client = {"tls": certificates.client_context(authority), "login": "ops:secret"}
    with exporter.daemon(*flags, "/srv/backups", command=busybox.command(rules), **client) as daemon:
        assert daemon.value("hardlink_max_links") == 6
        check = f"SSL_CERT_FILE=/etc/ca.crt hardlink_exporter check --url=https://ops:secret@node.example:{by_name}"
        assert in_shell(busybox, check, rules).startswith("HARDLINK OK")
    with exporter.daemon("/srv/backups", command=busybox.command(rules), port=plain):
        scrape = in_shell(busybox, f"wget -q -O - http://localhost:{plain}/metrics", rules)
        assert '\nhardlink_max_links{root="/srv/backups"} 6\n' in scrape
    for program in ("hardlink_exporter", "cd /opt; ./hardlink_exporter/hardlink_exporter"):
        assert "/srv/backups" in in_shell(busybox, f"{program} scan /srv/backups", rules)


@contextlib.contextmanager
def name_server(address, names):
    """A DNS server on UDP port 53 of a loopback address that knows these names."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        try:
            server.bind((address, 53))
        except OSError as error:
            processes.skip(f"no name server can listen: {error}")
        server.settimeout(0.1)

        def answer():
            with contextlib.suppress(TimeoutError):
                query, client = server.recvfrom(512)
                server.sendto(_answer(query, names), client)

        with processes.again_and_again(answer):
            yield


def _answer(query, names):
    """RFC 1035: the question again, and an address if the question is for one."""
    end = query.index(b"\0", 12) + 5
    question = query[12:end]
    labels, at = [], 0
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode())
        at += 1 + question[at]
    address = names.get(".".join(labels))
    found = address and question[-4:-2] == b"\0\1"
    header = query[:2] + struct.pack(">HHHHH", 0x8180 if address else 0x8183, 1, bool(found), 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address) if found else b""
    return header + question + record


@pytest.mark.parametrize("rules", NEWER_CALLS, ids=named)
def test_names_of_hosts_are_asked_of_the_name_server(busybox, rules):
    (busybox.top / "etc/resolv.conf").write_text("nameserver 127.0.0.153\noptions timeout:1\n")
    with name_server("127.0.0.153", {"far.example": "127.0.0.1"}):
        port = processes.free_port()
        listen = f"--web.listen-address=far.example:{port}"
        with exporter.daemon(listen, "/srv/backups", command=busybox.command(rules)) as daemon:
            processes.eventually(lambda: f":{port}" in daemon.log(), daemon.log)
            checked = busybox.run("check", f"--url=http://far.example:{port}", rules=rules)
            assert checked.stdout.startswith("HARDLINK OK"), checked
        gone = busybox.run("check", f"--url=http://other.example:{port}", rules=rules)
        assert gone.returncode == 3


def test_it_runs_from_a_read_only_filesystem(pristine, tree):
    with loopmount.mounted(["-t", "tmpfs", "tmpfs"], tree):
        folder = shutil.copytree(pristine, tree / "release")
        processes.run([processes.program("mount"), "-o", "remount,ro", str(tree)])
        assert run(folder, "--version").returncode == 0
