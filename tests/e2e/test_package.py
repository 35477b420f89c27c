"""The Debian package in a bare system: it is installed, started like its unit, upgraded and purged."""

import os
import pathlib
import shutil
import tempfile

import debroot
import exporter
import loopmount
import processes
import pytest
import release
import restarts
import trees
from package_unit import CONFIG, PACKAGE, UNITS, Service, as_unit, start_command, unit_settings

USER = "hardlink-exporter"
_CAP_DAC_READ_SEARCH = 2


@pytest.fixture(scope="module", name="package")
def built_package():
    """The .deb in HARDLINK_PACKAGE, or one made from the build directory under test."""
    given = os.environ.get("HARDLINK_PACKAGE")
    if given:
        yield pathlib.Path(given)
        return
    build = os.environ["HARDLINK_BUILD_DIRECTORY"]
    with tempfile.TemporaryDirectory(prefix="hardlink-e2e-") as directory:
        cpack = [shutil.which("cpack"), "-G", "DEB", "--config", f"{build}/CPackConfig.cmake"]
        processes.run([*cpack, "-B", directory], timeout=600, cwd=build)
        (package,) = pathlib.Path(directory).glob("*.deb")
        yield package


@pytest.fixture(scope="module", name="bare")
def bare_system():
    with debroot.bare() as bare, debroot.copy(bare) as system:
        system.run("apt-get", "update", "-q")
        yield system


@pytest.fixture(scope="module")
def system_with_package(bare, package):
    with debroot.copy(bare) as system:
        system.install(package)
        yield system


@pytest.fixture
def system(system_with_package):
    with debroot.copy(system_with_package) as fresh:
        yield fresh


def closed_tree(system):
    """Two snapshots with three names each of one file. Only their owner may enter, which is neither root nor the
    daemon's user."""
    root = trees.snapshots(system.at("/srv/closed"))
    for path in [root, *root.rglob("*")]:
        os.chown(path, 4711, 4711, follow_symlinks=False)
    root.chmod(0o700)
    system.at(CONFIG).write_text("roots: [{path: /srv/closed, name: closed}]\n", encoding="utf-8")
    return root


def running(system):
    return exporter.daemon(command=as_unit(system, start_command(system)))


def test_every_promised_file_is_installed(system):
    expected = {
        "/usr/bin/hardlink_exporter": 0o755,
        f"{UNITS}/hardlink-exporter.service": 0o644,
        f"{UNITS}/hardlink-exporter.socket": 0o644,
        f"{UNITS}/hardlink-exporter-textfile.service": 0o644,
        f"{UNITS}/hardlink-exporter-textfile.timer": 0o644,
        "/usr/lib/sysusers.d/hardlink-exporter.conf": 0o644,
        CONFIG: 0o644,
        "/etc/default/hardlink-exporter": 0o644,
        "/usr/share/man/man1/hardlink_exporter.1.gz": 0o644,
        "/usr/share/bash-completion/completions/hardlink_exporter": 0o644,
        "/usr/share/zsh/vendor-completions/_hardlink_exporter": 0o644,
        "/usr/share/fish/vendor_completions.d/hardlink_exporter.fish": 0o644,
        "/usr/share/hardlink-exporter/prometheus/hardlink.alerts.yml": 0o644,
        "/usr/share/hardlink-exporter/prometheus/hardlink.rules.yml": 0o644,
        "/usr/share/hardlink-exporter/alertmanager/alertmanager.yml": 0o644,
        "/usr/share/hardlink-exporter/grafana/dashboards/hardlink.json": 0o644,
        "/usr/share/hardlink-exporter/systemd/hardlink-exporter.service.d/ext4-device.conf": 0o644,
        "/usr/share/doc/hardlink-exporter/copyright": 0o644,
        "/usr/share/doc/hardlink-exporter/changelog.Debian.gz": 0o644,
    }
    listed = set(system.run("dpkg", "-L", PACKAGE).stdout.split())
    assert not expected.keys() - listed
    # A minimal system may be told not to unpack manual pages and documentation.
    present = {path: mode for path, mode in expected.items() if system.at(path).exists()}
    assert {path: system.at(path).stat().st_mode & 0o7777 for path in present} == present
    left_out = expected.keys() - present.keys()
    assert all(path.startswith(("/usr/share/man", "/usr/share/doc")) for path in left_out)
    version = system.run("hardlink_exporter", "--version").stdout
    assert version.startswith("hardlink_exporter, version ")


def test_only_root_and_the_daemon_can_read_what_is_put_beside_the_configuration(system):
    account = system.run("getent", "passwd", USER).stdout.strip().split(":")
    directory = system.at(CONFIG).parent.stat()
    assert (directory.st_uid, directory.st_gid) == (0, int(account[3]))
    assert directory.st_mode & 0o7777 == 0o750
    assert account[-1].endswith("/nologin")
    assert int(account[2]) < 1000


def test_as_its_unit_starts_it_the_daemon_counts_a_tree_that_is_closed_to_it(system):
    closed_tree(system)
    with running(system) as daemon:
        assert daemon.value("hardlink_up", root="closed") == 1
        assert daemon.value("hardlink_census_complete", root="closed") == 1
        assert daemon.value("hardlink_max_links", root="closed") == 6
        assert daemon.value("hardlink_names", root="closed") == 6

        status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="ascii")
        fields = dict(line.split(":", 1) for line in status.splitlines())
        account = system.run("getent", "passwd", USER).stdout.split(":")
        assert set(fields["Uid"].split()) == {account[2]}
        for kind in ("CapEff", "CapPrm", "CapBnd"):
            assert int(fields[kind], 16) == 1 << _CAP_DAC_READ_SEARCH, kind
        assert int(fields["CapAmb"], 16) == 0
        assert fields["NoNewPrivs"].strip() == "1"


@pytest.mark.parametrize("target", ["/srv/closed/new", CONFIG, "/etc/hardlink_exporter/new"])
def test_with_the_units_rights_nothing_can_be_written(system, target):
    closed_tree(system)
    denied = processes.run(as_unit(system, ["tee", target]), check=False, input="x")
    assert denied.returncode == 1
    assert "Permission denied" in denied.stderr


def test_without_docker_the_default_says_what_it_looked_for_and_with_docker_it_works(system):
    check = as_unit(system, [*start_command(system), "--config.check"])
    nothing = processes.run(check, check=False)
    assert nothing.returncode == 2
    assert "nothing to watch" in nothing.stderr and "/var/lib/docker/overlay" in nothing.stderr
    assert unit_settings(system)["RestartPreventExitStatus"] == "2"
    system.at("/var/lib/docker/overlay").mkdir(parents=True)
    system.at("/var/lib/docker").chmod(0o700)
    assert processes.run(check).stdout.endswith("valid, 1 root(s)\n")


def test_the_textfile_timers_command_writes_what_the_collector_reads(system):
    closed_tree(system)
    collector = system.at("/var/lib/prometheus/node-exporter")
    collector.mkdir(parents=True)
    command = unit_settings(system, f"{PACKAGE}-textfile.service")["ExecStart"]
    rights = ["setpriv", "--no-new-privs", "--bounding-set=-all,+dac_read_search"]
    system.run(*rights, *command.replace("$SCAN_ARGS", "/srv/closed").split())
    written = collector / "hardlink.prom"
    assert written.stat().st_mode & 0o777 == 0o644
    assert 'hardlink_up{root="/srv/closed"} 1\n' in written.read_text(encoding="utf-8")


def repacked(package, directory, *, version, config=None):
    """The package with another version and, if given, another configuration."""
    tree = pathlib.Path(directory, "tree")
    processes.run(["dpkg-deb", "-R", str(package), str(tree)])
    control = tree / "DEBIAN/control"
    lines = control.read_text(encoding="utf-8").splitlines()
    lines = [f"Version: {version}" if line.startswith("Version:") else line for line in lines]
    control.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if config:
        (tree / CONFIG.lstrip("/")).write_text(config, encoding="utf-8")
    result = pathlib.Path(directory, f"{PACKAGE}_{version}.deb")
    processes.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", str(tree), str(result)])
    return result


@pytest.mark.parametrize("new_default", [None, "roots: [{path: /new}]\n"])
def test_an_upgrade_keeps_a_changed_configuration(system, package, tmp_path, new_default):
    mine = "roots: [{path: /srv/mine}]\n"
    system.at(CONFIG).write_text(mine, encoding="utf-8")
    system.at("/etc/default/hardlink-exporter").write_text("ARGS=--log.level=debug\n", "utf-8")
    new = repacked(package, tmp_path, version="99.0-1", config=new_default)
    system.install(new, "-o", "Dpkg::Options::=--force-confold")
    shown = system.run("dpkg-query", "-W", "-f=${Version} ${db:Status-Status}", PACKAGE).stdout
    assert shown == "99.0-1 installed"
    assert system.at(CONFIG).read_text(encoding="utf-8") == mine
    assert "debug" in system.at("/etc/default/hardlink-exporter").read_text(encoding="utf-8")
    # dpkg puts a new default beside the changed file, so that the administrator can compare.
    assert system.at(CONFIG + ".dpkg-dist").exists() == (new_default is not None)


def test_an_upgrade_replaces_a_configuration_that_nobody_changed(system, package, tmp_path):
    new = "roots: [{path: /new}]\n"
    system.install(repacked(package, tmp_path, version="99.0-1", config=new))
    assert system.at(CONFIG).read_text(encoding="utf-8") == new


def test_removing_keeps_the_configuration_and_purging_leaves_nothing(system):
    mine = "roots: [{path: /srv/mine}]\n"
    system.at(CONFIG).write_text(mine, encoding="utf-8")
    system.run("apt-get", "remove", "-q", "-y", PACKAGE)
    assert not system.at("/usr/bin/hardlink_exporter").exists()
    assert system.at(CONFIG).read_text(encoding="utf-8") == mine
    system.run("apt-get", "purge", "-q", "-y", PACKAGE)
    assert system.paths("*hardlink[-_]exporter*") == set()
    for accounts in ("passwd", "group", "shadow"):
        assert USER not in system.at(f"/etc/{accounts}").read_text(encoding="utf-8")


def test_a_purge_keeps_the_administrators_own_files(system):
    key = system.at(CONFIG).parent / "server.key"
    key.write_text("secret", encoding="utf-8")
    system.run("apt-get", "purge", "-q", "-y", PACKAGE)
    assert key.read_text(encoding="utf-8") == "secret"
    assert [path.name for path in key.parent.iterdir()] == ["server.key"]


@pytest.fixture(scope="module")
def system_with_systemd(bare, package):
    """A system that also has the packages that ours needs, so that a test installs only our package."""
    needed = processes.run(["dpkg-deb", "--field", str(package), "Depends"]).stdout.strip()
    with debroot.copy(bare) as system:
        satisfy = ("apt-get", "satisfy", "-q", "-y", "--no-install-recommends")
        system.run(*satisfy, f"systemd, {needed}")
        yield system


@pytest.fixture(name="machine")
def running_machine(system_with_systemd):
    with debroot.copy(system_with_systemd) as system, debroot.booted(system) as machine:
        yield machine


@pytest.fixture(name="service")
def installable_service(machine):
    return Service(machine)


def test_systemd_runs_the_service_sandboxed_and_it_counts_a_closed_tree(service, package):
    machine = service.machine
    for path in (root := trees.snapshots(machine.at("/srv/closed")), *root.rglob("*")):
        os.chown(path, 4711, 4711)
    root.chmod(0o700)
    service.install(package, "[{path: /srv/closed, name: closed}]")
    service.eventually("hardlink_max_links", 6, root="closed")
    assert service.scrape().value("hardlink_census_complete", root="closed") == 1

    pid = machine.property(PACKAGE, "MainPID")
    status = machine.run("cat", f"/proc/{pid}/status").stdout
    assert f"CapBnd:\t{1 << _CAP_DAC_READ_SEARCH:016x}\n" in status
    assert "Seccomp:\t2\n" in status
    # The daemon's own sandbox works inside that of the unit.
    (line,) = [line for line in machine.journal(PACKAGE).splitlines() if "msg=sandbox" in line]
    assert "capabilities=dac_read_search no_new_privs=on seccomp=on landlock=" in line
    assert "refused" not in line
    assert machine.property(PACKAGE, "StatusText") == "watching 1 root(s)"
    assert machine.run("systemctl", "is-enabled", PACKAGE).stdout == "enabled\n"
    for unit in (f"{PACKAGE}.socket", f"{PACKAGE}-textfile.timer"):
        shown = machine.run("systemctl", "is-enabled", unit, check=False)
        assert shown.stdout == "disabled\n"
    units = [f"{UNITS}/{PACKAGE}.{kind}" for kind in ("service", "socket")]
    assert machine.run("systemd-analyze", "verify", "--man=no", *units).stderr == ""


def test_a_filesystem_that_is_mounted_while_the_service_runs_is_seen_and_can_be_unmounted(
    service, package
):
    machine = service.machine
    machine.at("/srv/later").mkdir()
    service.install(package, "[{path: /srv/later/tree, name: later}]")
    service.eventually("hardlink_up", 0, root="later")
    machine.run("mount", "-t", "tmpfs", "tmpfs", "/srv/later")
    trees.snapshots(machine.at("/srv/later/tree"))
    service.eventually("hardlink_max_links", 6, root="later")
    processes.eventually(  # umount fails while a census has the root open
        lambda: machine.run("umount", "/srv/later", check=False).returncode == 0,
        lambda: "still busy",
    )
    service.eventually("hardlink_up", 0, root="later")


def test_systemd_waits_for_a_reload_and_notices_a_stopped_main_thread(service, package):
    machine = service.machine
    trees.snapshots(machine.at("/srv/tree"))
    drop_in = machine.at(f"/etc/systemd/system/{PACKAGE}.service.d/fast.conf")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text("[Service]\nWatchdogSec=2s\nRestartSec=100ms\n", encoding="utf-8")
    service.install(package, "[{path: /srv/tree, name: tree}]")
    machine.run("systemctl", "reload", PACKAGE)
    assert service.state() == "active"
    machine.run("systemctl", "kill", "--signal=STOP", PACKAGE)
    processes.eventually(
        lambda: machine.property(PACKAGE, "NRestarts") == "1" and service.state() == "active",
        lambda: machine.journal(PACKAGE),
    )
    assert "Watchdog timeout" in machine.journal(PACKAGE)


def test_no_scrape_is_lost_while_systemd_restarts_the_service(service, package):
    machine = service.machine
    trees.snapshots(machine.at("/srv/tree"))
    service.install(package, "[{path: /srv/tree, name: tree}]")
    drop_ins = machine.at("/etc/systemd/system")
    (drop_ins / f"{PACKAGE}.service.d").mkdir(parents=True)
    # The unit permits ten starts in five minutes.
    unlimited = "[Unit]\nStartLimitIntervalSec=0\n"
    (drop_ins / f"{PACKAGE}.service.d/often.conf").write_text(unlimited, encoding="utf-8")
    (drop_ins / f"{PACKAGE}.socket.d").mkdir()
    stream = f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{service.port}\n"
    (drop_ins / f"{PACKAGE}.socket.d/port.conf").write_text(stream, encoding="utf-8")
    machine.run("systemctl", "daemon-reload")

    service.give("--web.systemd-socket")
    machine.run("systemctl", "stop", PACKAGE)
    machine.run("systemctl", "enable", "--now", f"{PACKAGE}.socket")
    # The first scrape starts the service.
    with restarts.scraped(service.port) as scrapes:
        for _ in range(restarts.RESTARTS):
            machine.run("systemctl", "restart", PACKAGE)
            scrapes.more()
        machine.run("systemctl", "reload", PACKAGE)
        scrapes.more()
    assert scrapes.failures == []
    print(f"{scrapes.served} scrapes in {restarts.RESTARTS} restarts")
    assert f"url=http://127.0.0.1:{service.port}\n" in machine.journal(PACKAGE)
    machine.run("systemctl", "stop", f"{PACKAGE}.socket")
    assert service.state() == "inactive"


def test_with_nothing_to_watch_it_is_not_started_and_started_it_fails_once(machine, package):
    said = machine.install(package).stdout
    assert "nothing to watch" in said and f"Edit {CONFIG}" in said
    assert machine.property(PACKAGE, "ActiveState") == "inactive"
    assert machine.run("systemctl", "start", PACKAGE, check=False).returncode == 1
    assert machine.property(PACKAGE, "ActiveState") == "failed"
    assert machine.property(PACKAGE, "NRestarts") == "0"


def test_the_drop_in_lets_the_ext4_engine_read_its_device_and_nobody_write_it(service, package):
    machine = service.machine
    drop_ins = machine.at(f"/etc/systemd/system/{PACKAGE}.service.d")
    drop_ins.mkdir(parents=True)
    with loopmount.filesystem("ext4") as outside:
        device = processes.run(["findmnt", "-n", "-o", "SOURCE", str(outside)]).stdout.strip()
        trees.snapshots(outside / "tree")
        machine.at("/srv/data").mkdir()
        machine.run("mount", device, "/srv/data")
        service.install(package, "[{path: /srv/data/tree, name: data, engine: ext4}]")
        service.eventually("hardlink_max_links", 6, root="data")
        assert service.scrape().labels("hardlink_root_info", "engine") == ["walk"]

        example = machine.at(f"/usr/share/{PACKAGE}/systemd/{PACKAGE}.service.d/ext4-device.conf")
        text = example.read_text(encoding="utf-8")
        assert "DeviceAllow=/dev/sdX r\n" in text
        write = f"ExecStartPre=-/bin/sh -c ': >>{device}'\n"
        text = text.replace("/dev/sdX", device) + write
        (drop_ins / "ext4-device.conf").write_text(text, encoding="utf-8")
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "restart", PACKAGE)
        service.eventually("hardlink_max_links", 6, root="data")
        assert service.scrape().labels("hardlink_root_info", "engine") == ["ext4"]
        assert f"cannot create {device}" in machine.journal(PACKAGE)
        machine.run("systemctl", "stop", PACKAGE)
        machine.run("umount", "/srv/data")


def test_the_textfile_timer_writes_where_node_exporter_reads(machine, package):
    trees.snapshots(machine.at("/srv/tree"))
    collector = machine.at("/var/lib/prometheus/node-exporter")
    collector.mkdir(parents=True)
    machine.install(package)
    machine.at("/etc/default/hardlink-exporter").write_text("SCAN_ARGS=/srv/tree\n", "utf-8")
    machine.run("systemctl", "start", f"{PACKAGE}-textfile.service")
    written = collector / "hardlink.prom"
    assert 'hardlink_max_links{root="/srv/tree"} 6\n' in written.read_text(encoding="utf-8")
    assert written.stat().st_mode & 0o777 == 0o644
    machine.run("systemctl", "enable", "--now", f"{PACKAGE}-textfile.timer")
    assert machine.property(f"{PACKAGE}-textfile.timer", "ActiveState") == "active"


def test_a_release_runs_as_its_own_unit_starts_it(service):
    machine = service.machine
    for path in (root := trees.snapshots(machine.at("/srv/closed")), *root.rglob("*")):
        os.chown(path, 4711, 4711)
    root.chmod(0o700)
    folder = release.unpack(release.make(machine.at("/opt")), machine.at("/opt"))
    machine.at("/opt/hardlink_exporter").symlink_to(folder.name)
    service.configure("[{path: /srv/closed, name: closed}]", flags=f"--config.file={CONFIG}")
    unit = folder / f"deploy/systemd/{PACKAGE}.service"
    shutil.copy(unit, machine.at("/etc/systemd/system"))
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "enable", "--now", PACKAGE)
    service.eventually("hardlink_max_links", 6, root="closed")
    journal = machine.journal(PACKAGE)
    assert "capabilities=dac_read_search no_new_privs=on seccomp=on landlock=" in journal
    assert "refused" not in journal
    machine.run("systemctl", "reload", PACKAGE)
    assert service.state() == "active"
    assert machine.property(PACKAGE, "StatusText") == "watching 1 root(s)"
    said = machine.run("systemd-analyze", "verify", f"{PACKAGE}.service")
    assert (said.stdout, said.stderr) == ("", "")
