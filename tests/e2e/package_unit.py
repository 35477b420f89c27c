"""The unit of the Debian package, as systemd reads it."""

import shlex

PACKAGE = "hardlink-exporter"
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
