#!/usr/bin/python3
"""Compares the commands and flags that --help lists with the manual page and the completions.

    check_flags.py BINARY SOURCE_DIRECTORY
"""

import pathlib
import re
import shutil
import subprocess
import sys

# The section of the manual page that several commands refer to, and the sentence with which they do.
COMMON = "common"
TAKES_COMMON = "Takes the common flags"
DAEMON = "daemon"


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def help_flags(text):
    return set(re.findall(r"^  (?:-\w,)?(--[\w.-]+)", text, re.M))


def of_help(binary):
    """{command: flags}; the daemon is the command ''."""
    text = run(binary, "--help")
    commands = re.findall(r"^  (\w+) ", text.partition("Subcommands:")[2].partition("\n\n")[0], re.M)
    flags = {"": help_flags(text.partition("Subcommands:")[0])}
    for command in commands:
        flags[command] = help_flags(run(binary, command, "--help"))
    return flags


def of_manual(path):
    """The same, read from the .Ss sections of the manual page; every command has --help."""
    sections = {}
    name = ""
    for line in path.read_text().splitlines():
        if match := re.match(r"\.S[hs] (.*)", line):
            name = match[1]
            sections[name] = {"flags": set(), "common": False}
        elif line.startswith(".It Fl "):
            # The macro itself writes the first dash.
            sections[name]["flags"].update("-" + flag for flag in re.findall(r"(-[\w.-]+)", line))
        elif line.startswith(TAKES_COMMON):
            sections[name]["common"] = True
    common = sections.pop(COMMON)["flags"]
    found = {}
    for name, section in sections.items():
        flags = section["flags"] | (common if section["common"] else set())
        if flags:
            found["" if name == DAEMON else name] = flags | {"--help"}
    return found


def bash_answers(script, words):
    """The completions that bash offers for the last of `words`."""
    program = """
      source /usr/share/bash-completion/bash_completion; source "$1"; shift
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
      compopt() { :; }
      _hardlink_exporter; printf '%s\\n' "${COMPREPLY[@]}"
    """
    return set(run("bash", "-c", program, "bash", str(script), *words).split())


def of_bash(path, commands):
    offered = {"": bash_answers(path, ["hardlink_exporter", "--"])}
    for command in bash_answers(path, ["hardlink_exporter", ""]) & set(commands):
        offered[command] = bash_answers(path, ["hardlink_exporter", command, "--"])
    return {name: {flag.rstrip("=") for flag in flags} for name, flags in offered.items()}


def fish_answers(path, line):
    program = f"source {path}; complete -C {line!r}"
    return {answer.split("\t")[0] for answer in run("fish", "-c", program).splitlines()}


def of_fish(path, commands):
    offered = {"": fish_answers(path, "hardlink_exporter --")}
    for command in fish_answers(path, "hardlink_exporter ") & set(commands):
        offered[command] = fish_answers(path, f"hardlink_exporter {command} --")
    return offered


def of_zsh(path):
    """Read from the branches of the `case` over the commands."""
    text = path.read_text()
    flags = r"(--[a-z][\w.-]*)"
    shared = text.partition("counting=(")[2].partition("\n  )")[0]
    described = set(re.findall(r"^    '(\w+):", text.partition("commands=(")[2], re.M))
    found = {}
    for name, body in re.findall(r"^    (\w+|\*)\)\n(.*?)^      ;;", text, re.M | re.S):
        if name != "*" and name not in described:
            continue
        body += shared if "$counting" in body else ""
        found["" if name == "*" else name] = set(re.findall(flags, body))
    return found


def differences(what, wanted, found):
    for name in sorted(wanted.keys() | found.keys()):
        where = f"{what}: {name or 'the daemon'}"
        if name not in found or name not in wanted:
            yield f"{where}: {'not there' if name in wanted else 'no such command'}"
            continue
        for flag in sorted(wanted[name] - found[name]):
            yield f"{where}: {flag} is missing"
        for flag in sorted(found[name] - wanted[name]):
            yield f"{where}: {flag} is no flag"


def main():
    binary, source = sys.argv[1], pathlib.Path(sys.argv[2])
    completion = source / "deploy/completion"
    wanted = of_help(binary)
    if len(wanted) < 2 or not all(wanted.values()):
        sys.exit(f"--help could not be read: {wanted}")
    places = {
        "manual page": of_manual(source / "docs/man/hardlink_exporter.1"),
        "bash": of_bash(completion / "hardlink_exporter.bash", wanted),
        "zsh": of_zsh(completion / "_hardlink_exporter"),
    }
    if shutil.which("fish"):
        places["fish"] = of_fish(completion / "hardlink_exporter.fish", wanted)
    found = [line for what, flags in places.items() for line in differences(what, wanted, flags)]
    print("\n".join(found) or f"{', '.join(places)}: {sum(map(len, wanted.values()))} flags agree")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
