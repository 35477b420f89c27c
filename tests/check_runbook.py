#!/usr/bin/env python3
"""Checks that every alert has a section in docs/runbook.md, a unit test in which it fires and one in which it does not,
and that every section is about an existing alert. Checks that the text of an alert ends with a command, and that its
section names the same program.

Usage: check_runbook.py SOURCE_ROOT
"""

import pathlib
import re
import sys


PROGRAMS = "hardlink_exporter|systemctl|journalctl|find|lsattr"


def without_command(runbook, tests):
    """A problem for each alert whose text ends without a command, or with a command that neither its section nor a
    section linked there names."""
    sections = dict(re.findall(r"^## (\w+)$(.*?)(?=^## |\Z)", runbook, re.MULTILINE | re.DOTALL))
    fired = r"description: '(.*)'\n.*#(\w+)$"
    names = {name.lower(): name for name in sections}
    for description, anchor in re.findall(fired, tests, re.MULTILINE):
        name = names.get(anchor, anchor)
        command = re.search(rf"Next step on the host[^:]*: ((?:{PROGRAMS})( [a-z]+)?)", description)
        if not command:
            yield f"a text of {name} ends with no command: {description}"
            continue
        section = sections.get(name, "")
        texts = [section] + [sections.get(other, "") for other in re.findall(r"\[(\w+)\]", section)]
        if not any(command.group(1) in text for text in texts):
            yield f"the section about {name} does not say {command.group(1)}"


def main():
    root = pathlib.Path(sys.argv[1])
    alerts = (root / "deploy/prometheus/hardlink.alerts.yml").read_text(encoding="utf-8")
    runbook = (root / "docs/runbook.md").read_text(encoding="utf-8")
    tests = "\n".join(
        file.read_text(encoding="utf-8")
        for file in sorted((root / "deploy/prometheus/tests").glob("*.yml"))
    )
    names = set(re.findall(r'alert: (\w+)', alerts))
    sections = set(re.findall(r"^## (\w+)$", runbook, re.MULTILINE))
    tested = re.findall(r"alertname: (\w+)\n +exp_alerts:( \[\])?", tests)
    fired = {name for name, nothing in tested if not nothing}
    quiet = {name for name, nothing in tested if nothing}
    links = set(re.findall(r'runbook_url: \S*#(\w+)', alerts))

    problems = [f"no section about {name} in docs/runbook.md" for name in sorted(names - sections)]
    problems += [f"a section about {name}, which is no alert" for name in sorted(sections - names)]
    problems += without_command(runbook, tests)
    problems += [f"no test sees {name} fire" for name in sorted(names - fired)]
    problems += [f"no test sees {name} not fire" for name in sorted(names - quiet)]
    if not names:
        problems.append("no alerts found")
    if links != {name.lower() for name in names}:
        problems.append("a runbook_url leads to no alert's section")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
