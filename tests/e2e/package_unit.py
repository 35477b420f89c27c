"""The unit of the Debian package: as systemd reads it, and running."""

import shlex
import urllib.request

import exposition
import processes

PACKAGE = "hardlink-exporter"
CONFIG = "/etc/hardlink_exporter/hardlink_exporter.yml"
UNITS = "/usr/lib/systemd/system"


def unit_settings(system, unit=f"{PACKAGE}.service"):
    """The settings that an installed unit has only once."""
    lines = system.at(f"{UNITS}/{unit}").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def as_unit(system, command):
    """Wraps `command` so that it runs with the user and the capabilities of the unit."""
    settings = unit_settings(system)
    assert settings["NoNewPrivileges"] == "yes"
    granted = settings["AmbientCapabilities"].removeprefix("CAP_").lower()
    bounding = settings["CapabilityBoundingSet"].removeprefix("CAP_").lower()
    return [
        *("chroot", str(system.path), "setpriv", "--no-new-privs", "--clear-groups"),
        *(f"--reuid={settings['User']}", f"--regid={settings['Group']}"),
        f"--bounding-set=-all,+{bounding}",
        *(f"--inh-caps=-all,+{granted}", f"--ambient-caps=-all,+{granted}"),
        *command,
    ]


def start_command(system):
    """ExecStart with the variables of EnvironmentFile expanded, as systemd does it."""
    settings = unit_settings(system)
    defaults = system.at(settings["EnvironmentFile"].removeprefix("-")).read_text(encoding="utf-8")
    variables = dict(line.split("=", 1) for line in defaults.splitlines() if line[:1].isalpha())
    words = []
    for word in settings["ExecStart"].split():
        value = variables[word[1:]].strip('"') if word.startswith("$") else None
        words += shlex.split(value) if value is not None else [word]
    return words


class Service:
    """The daemon that systemd runs in a machine."""

    def __init__(self, machine):
        self.machine = machine
        self.port = processes.free_port()

    def configure(self, roots, flags=""):
        config = self.machine.at(CONFIG)
        config.parent.mkdir()
        config.write_text(f"roots: {roots}\nscan: {{interval: 1s, max_duty: 100%}}\n", "utf-8")
        self.give(f"--web.listen-address=127.0.0.1:{self.port} {flags}")

    def install(self, package, roots):
        """Writes a configuration, then installs the package."""
        self.configure(roots)
        self.machine.install(package, "-o", "Dpkg::Options::=--force-confold")
        assert self.state() == "active", self.machine.journal(PACKAGE)

    def give(self, flags):
        """The flags of the daemon from its next start on."""
        defaults = self.machine.at("/etc/default/hardlink-exporter")
        defaults.write_text(f'ARGS="{flags}"\n', encoding="utf-8")

    def state(self):
        return self.machine.property(PACKAGE, "ActiveState")

    def scrape(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as answer:
            return exposition.classic(answer.read())

    def eventually(self, metric, value, **labels):
        processes.eventually(
            lambda: self.scrape().get(metric, **labels) == value,
            lambda: f"{metric} is not {value}: {self.machine.journal(PACKAGE)[-4000:]}",
        )
