#!/usr/bin/python3
"""Runs a daemon under load for as long as wanted, prints its resources, and judges them.

    sudo bench/soak.py [--seconds=600] [--build=build/release] [--clients=40] [--interval=1000]
                       [--idle=1000] [--layers=40] [--files=4000] [--every=SECONDS]

The daemon has two roots on a separate ext4 (a loop device), one for each engine, in which layers
come and go all the time. It starts a census of each as soon as the last one has ended. Meanwhile
bench/load scrapes it from 40 connections at once, every second; one client reads every format and
checks every sample; and a crowd misbehaves: idle connections, slow readers, requests that never end,
and huge ones.

Prints one line of a table per interval, and then a verdict: no error, no growth of memory, and as many
descriptors and threads as before. Exits with 1 if one of these does not hold.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests/e2e"))

import crowd  # noqa: E402  (the path is set above)
import exporter  # noqa: E402
import loopmount  # noqa: E402
import processes  # noqa: E402

CONFIG = """
roots:
  - {path: %s/ext4, name: ext4, layout: snapshots, engine: ext4}
  - {path: %s/walk, name: walk, layout: snapshots, engine: walk}
scan: {interval: 100ms, watch_interval: 1s, max_duty: 100%%}
"""

# The limit for the growth of memory from the first tenth of the run to its end.
GROWTH_BYTES = 16 << 20

COLUMNS = [
    "time", "RSS", "PSS", "fds", "threads", "scrapes", "errors", "p50", "p99", "max", "checked",
    "censuses", "layers made", "idle again", "rude",
]


class Usage:
    """The resources of a process at this moment."""

    def __init__(self, pid):
        proc = pathlib.Path("/proc", str(pid))
        memory = (proc / "smaps_rollup").read_text()
        self.rss, self.pss = (self._kilobytes(memory, name) << 10 for name in ("Rss", "Pss"))
        self.threads = len(os.listdir(proc / "task"))
        self.descriptors = len(os.listdir(proc / "fd"))

    @staticmethod
    def _kilobytes(memory, name):
        return int(re.search(rf"^{name}:\s+(\d+) kB", memory, re.MULTILINE).group(1))


def at_rest(pid, tries=200):
    """The smallest numbers of threads and of descriptors within a while, which leave out those of censuses."""
    seen = []
    for _ in range(tries):
        usage = Usage(pid)
        seen.append((usage.threads, usage.descriptors))
        time.sleep(0.01)
    return min(threads for threads, _ in seen), min(descriptors for _, descriptors in seen)


class Checker:
    """Reads every format again and again and checks every sample. It is slow and reads one at a time, because it
    looks for wrong content."""

    def __init__(self, daemon):
        self._daemon = daemon
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.checked = 0
        self.errors = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.wait(0.2):
            try:
                self._check()
                self.checked += 3
            except Exception as error:  # any exception is a finding
                self.errors.append(repr(error))

    def _check(self):
        for samples in (self._daemon.classic(), self._daemon.openmetrics()):
            ups = [value for _, value in samples.all("hardlink_up")]
            assert ups == [1, 1], f"not up: {ups}"
            failed = samples.all("hardlink_censuses_total", result="failed")
            assert sum(value for _, value in failed) == 0, failed
        report = self._daemon.report()
        assert all(root["up"] and root["layers"] > 0 for root in report["roots"])


def censuses(daemon):
    return int(sum(value for _, value in daemon.classic().all("hardlink_censuses_total")))


class Soak:
    def __init__(self, daemon, options):
        self._daemon = daemon
        self._options = options
        self._usages = []
        self._errors = []
        self._whole = None

    def run(self, churns, crowd_, checker):
        """Prints a line for each line of bench/load."""
        options = self._options
        load = options.build / "bench/load"
        command = ["chrt", "--rr", "1", load, self._daemon.port, f"--seconds={options.seconds}"]
        command += [f"--report={options.every}", f"--clients={options.clients}"]
        command += [f"--interval={options.interval}"]
        begin = time.monotonic()
        client = processes.start(
            [str(word) for word in command], stdout=subprocess.PIPE, encoding="utf-8"
        )
        print("| " + " | ".join(COLUMNS) + " |\n|" + "--:|" * len(COLUMNS), flush=True)
        for line in client.stdout:
            scrapes = json.loads(line)
            if scrapes["whole"]:
                self._whole = scrapes
                break
            usage = Usage(self._daemon.process.pid)
            self._usages.append(usage)
            if scrapes["errors"]:
                self._errors.append(scrapes["example"])
            figures = [
                f"{time.monotonic() - begin:.0f} s",
                f"{usage.rss / 1e6:.1f} MB",
                f"{usage.pss / 1e6:.1f} MB",
                usage.descriptors,
                usage.threads,
                scrapes["scrapes"],
                scrapes["errors"] + len(checker.errors),
                *(f"{scrapes[name]:.1f} ms" for name in ("p50", "p99", "max")),
                checker.checked,
                censuses(self._daemon),
                sum(churn.made for churn in churns),
                crowd_.closed,
                crowd_.rude,
            ]
            print("| " + " | ".join(map(str, figures)) + " |", flush=True)
        if client.wait() != 0:
            self._errors.append(f"bench/load ended with {client.returncode}")
        self._errors += checker.errors

    def verdict(self, before, after):
        """Prints the findings; returns whether all of them are good."""
        settled = self._usages[len(self._usages) // 10].rss
        growth = self._usages[-1].rss - settled
        findings = [
            (not self._errors, f"errors: {len(self._errors)} {self._errors[:3] or ''}"),
            (
                growth <= GROWTH_BYTES,
                f"RSS grew by {growth / 1e6:.1f} MB since the first tenth of the run"
                f" (allowed: {GROWTH_BYTES / 1e6:.1f} MB)",
            ),
            (after[0] <= before[0], f"threads at rest: {before[0]} before, {after[0]} after"),
            (after[1] <= before[1], f"descriptors at rest: {before[1]} before, {after[1]} after"),
        ]
        print()
        for good, text in findings:
            print(f"- {'good' if good else 'BAD'}: {text}")
        times = ", ".join(f"{name} {self._whole[name]:.1f} ms" for name in ("p50", "p99", "p999"))
        print(f"- of {self._whole['scrapes']} scrapes: {times}")
        return all(good for good, _ in findings)


def soak(options):
    with contextlib.ExitStack() as stack:
        mount = stack.enter_context(loopmount.filesystem("ext4", megabytes=4096))
        churns = [
            crowd.Churn(mount / name, options.layers, options.files) for name in ("ext4", "walk")
        ]
        config = pathlib.Path(mount, "hardlink_exporter.yml")
        config.write_text(CONFIG % (mount, mount))
        # The 40 scrapers, the checker, and requests that are refused.
        daemon = stack.enter_context(
            exporter.daemon(f"--config.file={config}", "--web.max-requests=64")
        )
        # Real clients run on other machines, so here they yield the processors to the daemon.
        os.nice(10)
        before = at_rest(daemon.process.pid)
        run = Soak(daemon, options)
        with contextlib.ExitStack() as load:
            checker = load.enter_context(Checker(daemon))
            crowd_ = load.enter_context(crowd.Crowd(daemon.port, idle=options.idle))
            for churn in churns:
                load.enter_context(churn)
            run.run(churns, crowd_, checker)
        # The server closes the crowd's connections within seconds.
        processes.eventually(
            lambda: Usage(daemon.process.pid).descriptors <= before[1] + 40, lambda: "descriptors"
        )
        return run.verdict(before, at_rest(daemon.process.pid))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", type=pathlib.Path, default="build/release")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--every", type=int, help="seconds per line; default: a twentieth")
    parser.add_argument("--clients", type=int, default=40, help="scrapes at once")
    parser.add_argument("--interval", type=int, default=1000, help="milliseconds between those")
    parser.add_argument("--idle", type=int, default=1000, help="idle connections")
    parser.add_argument("--layers", type=int, default=40)
    parser.add_argument("--files", type=int, default=4000, help="files of a layer")
    options = parser.parse_args()
    options.every = options.every or max(1, options.seconds // 20)
    options.build = options.build.resolve()
    os.environ["HARDLINK_EXPORTER_BINARY"] = str(options.build / "hardlink_exporter")
    if os.geteuid() != 0:
        sys.exit("soak.py: needs root, for the loop mount and the block device")
    if not crowd.allow_descriptors(options.idle + 1000):
        sys.exit(f"soak.py: may not open {options.idle + 1000} descriptors")
    sys.exit(0 if soak(options) else 1)


if __name__ == "__main__":
    main()
