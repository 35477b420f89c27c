#!/usr/bin/env python3
"""Compares the census engines with find (and bfs, gdu and duc, if installed) on the reference tree, in one run.

    sudo bench/compare.py [--build=build/release] [--layers=161] [--repeat=3] [--cold] [--refresh] [--growth]

Builds the tree once on an ext4 image (--image, kept for the next run unless --remove), mounts it
through a loop device, and prints Markdown tables: wall time, CPU time, peak memory, growth of the
dentry and inode slabs, and the ratio to find. Warm figures are the best of --repeat runs after one
that is not counted; cold figures are from one run each after dropping the caches. --refresh compares
a full census with what the daemon does after a change, with both engines, warm and cold, with the bytes
read from the device. --growth repeats walk, ext4 and their refreshes after one new layer for trees of
about 1 to 20 million names.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

NAMES_PER_LAYER = 44_394


class Measured:
    """One run of a command: seconds of wall and CPU time, peak memory and slab growth."""

    def __init__(self, command):
        slabs = slab_objects()
        with tempfile.NamedTemporaryFile("r") as usage:
            # Through time(1), because a child starts with the peak memory of its parent, and Python's is large.
            timed = ["/usr/bin/time", "--quiet", "--format=%U %S %M", f"--output={usage.name}"]
            begin = time.monotonic()
            subprocess.run([*timed, *command], stdout=subprocess.DEVNULL, check=True)
            self.wall = time.monotonic() - begin
            user, system, kilobytes = usage.read().split()
        self.cpu = float(user) + float(system)
        self.memory_mb = int(kilobytes) / 1024
        self.slab_growth = {name: count - slabs[name] for name, count in slab_objects().items()}


def slab_objects():
    """Objects in the caches that a walk fills."""
    wanted = {"dentry": 0, "ext4_inode_cache": 0}
    for line in pathlib.Path("/proc/slabinfo").read_text().splitlines()[2:]:
        name, active = line.split()[:2]
        if name in wanted:
            wanted[name] = int(active)
    return wanted


def drop_caches(what):
    subprocess.run(["sync"], check=True)
    pathlib.Path("/proc/sys/vm/drop_caches").write_text(str(what))


class ReferenceTree:
    """The tree on an ext4 image, mounted while the context lasts."""

    def __init__(self, build, image, layers, remove):
        self.image = pathlib.Path(image)
        self.layers = layers
        self.remove = remove
        self.generator = build / "bench" / "reference_tree"
        self.mount = pathlib.Path(tempfile.mkdtemp(prefix="hardlink-bench-"))
        self.path = self.mount / "overlay"

    def __enter__(self):
        new = not self.image.exists()
        if new:
            # Each layer of the full shape has 12 MiB of directory blocks; twice that leaves room to spare.
            size = (self.layers * 24 + 1024) << 20
            with open(self.image, "wb") as file:
                file.truncate(size)
            inodes = self.layers * 3000 + 100_000
            subprocess.run(["mkfs.ext4", "-q", "-F", "-N", str(inodes), str(self.image)], check=True)
        self.device = subprocess.run(
            ["losetup", "--find", "--show", "--direct-io=on", str(self.image)],
            check=True, capture_output=True, text=True).stdout.strip()
        subprocess.run(["mount", self.device, str(self.mount)], check=True)
        if new:
            subprocess.run([str(self.generator), str(self.path), f"--layers={self.layers}"],
                           check=True)
            subprocess.run(["sync"], check=True)
        return self

    def bytes_read(self):
        """From the device, since it was attached."""
        statistics = pathlib.Path("/sys/class/block", pathlib.Path(self.device).name, "stat")
        return int(statistics.read_text().split()[2]) * 512

    def __exit__(self, *_):
        subprocess.run(["umount", str(self.mount)], check=True)
        subprocess.run(["losetup", "--detach", self.device], check=True)
        self.mount.rmdir()
        if self.remove:
            self.image.unlink()


def contestants(build, path):
    exporter = str(build / "hardlink_exporter")
    scan = [exporter, "scan", "--format=json", "--top=1"]
    rows = [("find -links +30000", ["find", str(path), "-links", "+30000"])]
    if shutil.which("bfs"):
        rows.append(("bfs -links +30000", ["bfs", str(path), "-links", "+30000"]))
    if shutil.which("gdu"):
        rows.append(("gdu", ["gdu", "--non-interactive", "--no-progress", "--summarize", str(path)]))
    if shutil.which("duc"):
        database = pathlib.Path(tempfile.gettempdir()) / "hardlink-bench.duc"
        rows.append(("duc index", ["duc", "index", "--quiet", f"--database={database}", str(path)]))
    rows.append(("scan --engine=walk", [*scan, "--engine=walk", str(path)]))
    rows.append(("scan --engine=ext4", [*scan, "--engine=ext4", str(path)]))
    return rows


def best(command, repeat):
    Measured(command)
    return min((Measured(command) for _ in range(repeat)), key=lambda run: run.wall)


def print_table(title, rows):
    baseline = rows[0][1].wall
    print(f"\n{title}\n")
    print("| | wall | CPU | peak memory | ratio to find |")
    print("|---|---|---|---|---|")
    for name, run in rows:
        print(f"| {name} | {run.wall:.2f} s | {run.cpu:.2f} s | {run.memory_mb:.0f} MB "
              f"| {baseline / run.wall:.1f} |", flush=True)


def print_slabs(rows):
    print("\nKernel caches, from empty: objects added by one run\n")
    print("| | dentries | ext4 inodes |")
    print("|---|---|---|")
    for name, run in rows:
        print(f"| {name} | {run.slab_growth['dentry']:,} "
              f"| {run.slab_growth['ext4_inode_cache']:,} |", flush=True)


def compare(build, arguments):
    with ReferenceTree(build, arguments.image, arguments.layers, arguments.remove) as tree:
        rows = contestants(build, tree.path)
        print_table(f"Warm, {arguments.layers} layers, {arguments.layers * NAMES_PER_LAYER:,} names, "
                    f"best of {arguments.repeat}",
                    [(name, best(command, arguments.repeat)) for name, command in rows])
        if arguments.cold:
            cold = []
            for name, command in rows:
                drop_caches(3)
                cold.append((name, Measured(command)))
            print_table("Cold, one run each", cold)
            print_slabs(cold)
        if arguments.refresh:
            for engine in ("walk", "ext4"):
                refresh(build, tree, engine)


class Censuses:
    """One process that takes a census after the other, as the daemon does: the first is a full one."""

    def __init__(self, build, tree, engine, *options):
        self.tree = tree
        command = [str(build / "bench" / "refresh"), str(tree.path), f"--engine={engine}", *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.first = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def take(self, cold=False):
        """The next census, with the bytes that it read from the device."""
        # Whatever has changed is then older than a tick of the clock that gives directories their times.
        subprocess.run(["sync"], check=True)
        time.sleep(0.1)
        if cold:
            drop_caches(3)
        before = self.tree.bytes_read()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        census = json.loads(self.process.stdout.readline())
        return census | {"bytes": self.tree.bytes_read() - before}


def changes(tree):
    """What is done to the tree between two censuses, with its name; each is undone by a later one."""
    layers = sorted(tree.path.iterdir())
    first, middle, new = layers[0], layers[len(layers) // 2], tree.path / ("f" * 64)

    def add_layer():
        subprocess.run(["cp", "-al", str(first), str(new)], check=True)

    def rename():
        os.rename(middle / "root/directory-1", first / "root/moved")

    def link():
        os.link(middle / "root/directory-2/directory-25/file-25.dat", middle / "root/new-link")

    return [
        ("nothing", lambda: None),
        ("one new layer", add_layer),
        ("one layer removed", lambda: shutil.rmtree(new)),
        ("a directory renamed from one layer to another", rename),
        ("a link in an old layer", link),
    ]


def restore(tree):
    layers = sorted(tree.path.iterdir())
    middle = layers[len(layers) // 2]
    with contextlib.suppress(FileNotFoundError):
        os.unlink(middle / "root/new-link")
    with contextlib.suppress(FileNotFoundError):
        os.rename(layers[0] / "root/moved", middle / "root/directory-1")


def refresh(build, tree, engine):
    print(f"\nA refresh by the engine {engine} against a full census, warm and cold\n")
    print("| since the census before | directories read | share | warm | cold | read from the device, cold | peak memory |")
    print("|---|---|---|---|---|---|---|")

    def row(name, warm, cold):
        total = warm["directories_read"] + warm["directories_unchanged"]
        print(f"| {name} | {warm['directories_read']:,} | {warm['directories_read'] / total:.2%} "
              f"| {warm['seconds']:.2f} s | {cold['seconds']:.2f} s | {cold['bytes'] / 1e6:,.0f} MB "
              f"| {cold['peak_kib'] / 1024:.0f} MB |", flush=True)

    with Censuses(build, tree, engine, "--forget") as full:
        warm = min((full.take() for _ in range(3)), key=lambda census: census["seconds"])
        row("(full)", warm, full.take(cold=True))
    measured = {}
    for cold in (False, True):
        with Censuses(build, tree, engine) as censuses:
            censuses.take()
            for name, change in changes(tree):
                change()
                measured[name, cold] = censuses.take(cold)
        restore(tree)
    for name, _ in changes(tree):
        row(name, measured[name, False], measured[name, True])


def grow(build, arguments):
    print("\nGrowth, warm; a refresh is that after a new layer\n")
    print("| names | walk | refresh | memory of both | ext4 | refresh | memory of both |")
    print("|---|---|---|---|---|---|---|")
    for millions in (1, 2, 5, 10, 20):
        layers = round(millions * 1e6 / NAMES_PER_LAYER)
        image = f"{arguments.image}.{millions}m"
        with ReferenceTree(build, image, layers, True) as tree:
            commands = dict(contestants(build, tree.path))
            cells = []
            for engine in ("walk", "ext4"):
                full = best(commands[f"scan --engine={engine}"], arguments.repeat)
                with Censuses(build, tree, engine) as censuses:
                    censuses.take()
                    todo = dict(changes(tree))
                    todo["one new layer"]()
                    refreshed = censuses.take()
                    todo["one layer removed"]()
                cells += [f"{full.wall:.2f} s", f"{refreshed['seconds']:.2f} s",
                          f"{full.memory_mb:.0f}, {refreshed['peak_kib'] / 1024:.0f} MB"]
            print(f"| {layers * NAMES_PER_LAYER:,} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"))
    parser.add_argument("--image", default="/var/tmp/hardlink-reference.img")
    parser.add_argument("--layers", type=int, default=161)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--refresh", action="store_true")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--remove", action="store_true", help="remove the image at the end")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("compare.py: needs root, for the loop mount and the block device")
    compare(arguments.build, arguments)
    if arguments.growth:
        grow(arguments.build, arguments)


if __name__ == "__main__":
    main()
