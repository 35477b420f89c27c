"""`plan` as a user follows it: the plan, its commands, and a scan after each step."""

import json

import exporter
import processes


def run(*arguments):
    return exporter.run("plan", *arguments)


def plan(*arguments, code=0):
    """Runs `plan --format=json`, which must end with this code (None: with any); returns the parsed plan."""
    done = run("--format=json", *arguments)
    assert code is None or done.returncode == code, done.stderr
    return json.loads(done.stdout)


def commands(*arguments, code=0):
    """The lines of `plan --format=commands` without comments."""
    done = run("--format=commands", *arguments)
    assert done.returncode == code, done.stderr
    return [line for line in done.stdout.splitlines() if line and not line.startswith("#")]


def shell(line, **environment):
    bash = processes.program("bash")
    env = {**processes.environment(), **environment}
    return processes.run([bash, "-c", line], env=env, timeout=300)


def follow(plan_, lines, scan, **environment):
    """Runs the lines one by one. After each step, a scan must find the margin and layers that the plan announced."""
    assert lines == [line for step in plan_["steps"] for line in step["commands"]]
    before = scan()
    assert before["extractions_remaining"] == plan_["margin_before"]
    for step in plan_["steps"]:
        for line in step["commands"]:
            shell(line, **environment)
        after = scan()
        assert after["extractions_remaining"] == step["margin_after"], step
        assert before["layers"] - after["layers"] == len(step["layers"]), step
        before = after
