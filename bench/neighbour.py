#!/usr/bin/python3
"""Measures how much a census slows down others: a database and a build on the same machine and disk.

    sudo bench/neighbour.py [--build=build/release] [--layers=60] [--seconds=12] [--rounds=3]
                            [--scheduler=mq-deadline] [--image=FILE]

The foreground is fio (random reads of 4 KiB from the tree's device, past the page cache) and two
compilers that start again as soon as they end. The background is nothing, or `find -links` again and
again, or the daemon, with as many censuses as max_duty allows. Each background runs for so many seconds
in every round, first warm and then cold (caches dropped at the start); the figures are medians of the
rounds. All foreground figures are ratios to "nothing" of the same run: reads per second, the 99th
percentile of a read's time, and compilations.

Needs root, and fio and g++ (Debian packages of those names).
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SOURCE / "tests/e2e"), str(SOURCE / "bench")]

import compare  # noqa: E402  (the path is set above)
import exporter  # noqa: E402
import processes  # noqa: E402

FILE_MB = 512
PROGRAM = "#include <map>\n#include <string>\nint main() { std::map<std::string, int> m; m[\"a\"]; }\n"


def daemon_settings(engine, io_priority, max_duty):
    return {"engine": engine, "io_priority": io_priority, "max_duty": max_duty}


# The backgrounds. The daemon's defaults are io_priority idle and max_duty 25%.
BACKGROUNDS = {
    "nothing": None,
    "`find -links +30000`": "find",
    "walk, idle, 25 %": daemon_settings("walk", "idle", "25%"),
    "walk, idle, 100 %": daemon_settings("walk", "idle", "100%"),
    "walk, best-effort, 100 %": daemon_settings("walk", "best-effort", "100%"),
    "ext4, idle, 25 %": daemon_settings("ext4", "idle", "25%"),
    "ext4, idle, 100 %": daemon_settings("ext4", "idle", "100%"),
    "ext4, best-effort, 100 %": daemon_settings("ext4", "best-effort", "100%"),
}


class Repeated:
    """Runs a command again and again in a thread. `passes` counts the runs that ended and adds the part of the last
    one, as if it took as long as the others."""

    def __init__(self, command):
        self._command = [str(word) for word in command]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._process = None
        self._lock = threading.Lock()
        self.passes = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        with self._lock:
            self._stop.set()
            if self._process:
                self._process.kill()
        self._thread.join()

    def _run(self):
        while True:
            with self._lock:
                if self._stop.is_set():
                    return
                self._process = processes.start(
                    self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            if self._process.wait() == 0:
                self.passes += 1


@contextlib.contextmanager
def in_background(what, tree):
    """Starts a background, and yields a function that returns how often it has read the whole tree."""
    if what is None:
        yield lambda: 0
    elif what == "find":
        with Repeated(["find", tree, "-links", "+30000"]) as find:
            yield lambda: find.passes
    else:
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
            scan = {key: what[key] for key in ("io_priority", "max_duty")}
            scan |= {"interval": "100ms", "watch_interval": "1h"}
            root = {"path": str(tree), "name": "r", "engine": what["engine"]}
            json.dump({"roots": [root], "scan": scan}, config)
            config.flush()
            with exporter.daemon(f"--config.file={config.name}", ready=False) as daemon:
                yield lambda: daemon.value("hardlink_censuses_total", root="r", result="success")


def caches():
    """MB of the page cache (files and devices), and objects in the kernel's slabs."""
    lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return {"cache": (kilobytes["Cached"] + kilobytes["Buffers"]) / 1024, **compare.slab_objects()}


def read_at_random(file, seconds):
    """fio's reads per second, and the 99th percentile of their time in milliseconds."""
    done = processes.run(
        [
            processes.program("fio"), "--name=reads", f"--filename={file}", "--readonly",
            "--rw=randread", "--bs=4k", "--direct=1", "--ioengine=psync", "--numjobs=4",
            "--group_reporting", "--time_based", f"--runtime={seconds}", "--output-format=json",
        ],
        timeout=seconds + 120,
    )
    read = json.loads(done.stdout)["jobs"][0]["read"]
    return read["iops"], read["clat_ns"]["percentile"]["99.000000"] / 1e6


def measure(what, place, options, cold):
    """One window: figures of the foreground, passes of the background, growth of the caches."""
    if cold:
        compare.drop_caches(3)
    before = caches()
    source = place.mount / "program.cc"
    compiler = ["g++", "-O1", "-c", source, "-o", "/dev/null"]
    with in_background(what, place.path) as passes:
        with Repeated(compiler) as one, Repeated(compiler) as other:
            iops, p99 = read_at_random(place.mount / "data", options.seconds)
            compiled = one.passes + other.passes
        figures = {"iops": iops, "p99": p99, "compiled": compiled, "passes": passes()}
    return figures | {name: count - before[name] for name, count in caches().items()}


def medians(rounds):
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def print_table(title, results):
    nothing = results["nothing"]
    print(f"\n{title}\n")
    print(
        f"In the row of nothing: {nothing['iops']:.0f} reads/s, {nothing['p99']:.2f} ms,"
        f" {nothing['compiled']:.0f} compilations.\n"
    )
    print("| background | passes | reads/s | p99 | builds | page cache | dentries | inodes |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, figures in results.items():
        ratios = [f"{figures[each] / nothing[each]:.2f}" for each in ("iops", "p99", "compiled")]
        growth = [f"{figures['cache']:+.0f} MB"]
        growth += [f"{figures[each]:+,.0f}" for each in ("dentry", "ext4_inode_cache")]
        print("| " + " | ".join([name, f"{figures['passes']:.0f}", *ratios, *growth]) + " |")
    sys.stdout.flush()


def prepare(place):
    """Makes the file to read from, with different data in every block, and a program to compile."""
    (place.mount / "program.cc").write_text(PROGRAM)
    with open(place.mount / "data", "wb") as file:
        for _ in range(FILE_MB):
            file.write(os.urandom(1 << 20))
    compare.drop_caches(1)


def set_scheduler(place, scheduler):
    queue = pathlib.Path("/sys/block", pathlib.Path(place.device).name, "queue/scheduler")
    queue.write_text(scheduler)


def compare_neighbours(options):
    with compare.ReferenceTree(options.build, options.image, options.layers, False) as place:
        prepare(place)
        set_scheduler(place, options.scheduler)
        for cold in (False, True):
            rounds = {name: [] for name in BACKGROUNDS}
            if not cold:
                subprocess.run(["find", str(place.path), "-links", "+30000"], check=True)
            for _ in range(options.rounds):
                for name, what in BACKGROUNDS.items():
                    rounds[name].append(measure(what, place, options, cold))
                    print(name, rounds[name][-1], file=sys.stderr, flush=True)
            title = f"{'Cold' if cold else 'Warm'}, {options.scheduler}, {options.layers} layers"
            print_table(title, {name: medians(each) for name, each in rounds.items()})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", type=pathlib.Path, default="build/release")
    parser.add_argument("--image", default="/var/tmp/hardlink-neighbour.img")
    parser.add_argument("--layers", type=int, default=60)
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scheduler", default="mq-deadline", help="I/O scheduler of the device")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("neighbour.py: needs root, for the loop mount and the block device")
    options.build = options.build.resolve()
    os.environ["HARDLINK_EXPORTER_BINARY"] = str(options.build / "hardlink_exporter")
    begin = time.monotonic()
    compare_neighbours(options)
    print(f"\n{time.monotonic() - begin:.0f} s in all")


if __name__ == "__main__":
    main()
