"""Parses the output of `check` as the monitoring systems do."""

import re

import exporter

# Two snapshots with seven names each of one inode: a limit of 14 + 7 * N links leaves room for N more.
NAMES = 7


def limit_for(layers):
    return 14 + NAMES * layers


OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
NPD_OK, NPD_PROBLEM, NPD_UNKNOWN = 0, 1, 2


class Answer:
    """The output of `check`: one line on standard output, and nothing on standard error."""

    def __init__(self, done):
        assert done.stderr == ""
        assert done.stdout.endswith("\n") and done.stdout.count("\n") == 1, done.stdout
        self.code = done.returncode
        self.line = done.stdout[:-1]


class Nagios(Answer):
    """The line, parsed by the Monitoring Plugins' guidelines."""

    def __init__(self, done):
        super().__init__(done)
        text, _, data = self.line.partition("|")
        program, state, self.text = re.fullmatch(r"(\S+) (\S+) - (.*)", text.strip()).groups()
        assert (program, state) == ("HARDLINK", STATES[self.code])
        item = r"'((?:[^'=]|'')+)'=(U|-?\d+);([\d:@~]*);([\d:@~]*);(\d*);(\d*)"
        assert re.fullmatch(rf"(\s{item})*", data), data
        self.data = {match[0].replace("''", "'"): match[1:] for match in re.findall(item, data)}


def nagios(*arguments, **options):
    return Nagios(exporter.run("check", *arguments, **options))


def npd(*arguments, **options):
    answer = Answer(exporter.run("check", "--mode=npd", *arguments, **options))
    assert len(answer.line.encode()) <= 80
    return answer
