"""Random trees of snapshots, and random images of Docker, whose files take space in many ways; and what stat says is
freed with them."""

import collections
import itertools
import os
import random
import stat

import images
import processes
import random_farms


class Disk(random_farms.Farm):
    """A random farm whose files take space, or none, in every way that ext4 has. Some have names outside of it."""

    def __init__(self, top, chance):
        super().__init__(top, chance)
        self.outside = top.parent / "outside"
        self.outside.mkdir()
        for number, path in enumerate(self.files()):
            if chance.random() < 0.1:
                self.link(path, self.outside / str(number))
            if stat.S_ISREG(os.lstat(path).st_mode):
                self.fill(path)
        for made in self.series.values():
            for place, snapshot in enumerate(made):
                when = random_farms.FIRST.timestamp() + place * random_farms.DAY
                os.utime(snapshot, (when, when))

    def files(self):
        """A name of each inode."""
        names = {}
        for directory, directories, files in os.walk(self.top):
            directories.sort()
            for name in sorted(files):
                path = os.path.join(directory, name)
                names.setdefault(os.lstat(path).st_ino, path)
        return list(names.values())

    def change(self, snapshot):
        for name in sorted(os.listdir(snapshot)):
            path = snapshot / name
            if not stat.S_ISDIR(os.lstat(path).st_mode) and self.random.random() < 0.4:
                path.unlink()
        super().change(snapshot)
        mark = f"{self.random.getrandbits(32):08x}"
        (snapshot / f"new-{mark}").write_text("new")
        (snapshot / f"twice-{mark}").write_text("twice")
        self.link(snapshot / f"twice-{mark}", snapshot / f"again-{mark}")
        (snapshot / f"short-{mark}").symlink_to("target")
        (snapshot / f"long-{mark}").symlink_to("x" * self.random.choice([59, 60, 200, 1000]))
        os.mkfifo(snapshot / f"fifo-{mark}")
        many = snapshot / f"many-{mark}"
        for number in range(self.random.choice([0, 0, 200])):
            many.mkdir(exist_ok=True)
            (many / f"{number:03} with a longer name").symlink_to("target")

    def fill(self, path):
        """Replaces the content of a file; its names stay."""
        chance = self.random
        size = chance.choice([0, chance.randint(1, 150), chance.randint(1, 20_000), chance.randint(1, 300_000)])
        with open(path, "wb") as file:
            file.write(chance.randbytes(size))
            for _ in range(chance.choice([0, 0, 0, 3, 12])):
                # Holes, and more extents than an inode has room for.
                file.seek(chance.randint(1, 60), os.SEEK_CUR)
                file.seek(chance.randint(10, 40) << 12, os.SEEK_CUR)
                file.write(b"x")
        if chance.random() < 0.1:
            processes.run([processes.program("fallocate"), "--keep-size", "--length=200K", path])
        if chance.random() < 0.2:
            # In a block of its own: no other file has the same.
            os.setxattr(path, "user.own", chance.randbytes(600))

    def oldest_first(self):
        """What may go: everything but the heads. Snapshots of one day go in the order of their paths."""
        places = [
            (place, self.name(snapshot))
            for made in self.series.values()
            for place, snapshot in enumerate(made[:-1])
        ]
        return [name for _, name in sorted(places)]


class Inodes:
    """What stat says of the inodes in some directories of `top`, and what the removal of such directories frees."""

    def __init__(self, top, names):
        block = os.statvfs(top).f_bsize
        self.bytes = {}
        self.links = {}
        self.names = {name: collections.Counter() for name in names}
        for name in names:
            for directory, _, files in os.walk(top / name):
                for file in files:
                    status = os.lstat(os.path.join(directory, file))
                    taken = status.st_blocks * 512
                    # A remainder is content in the inode, which stat counts in sectors.
                    self.bytes[status.st_ino] = taken - taken % block
                    self.links[status.st_ino] = status.st_nlink
                    self.names[name][status.st_ino] += 1

    def gone_with(self, names):
        together = sum((self.names[name] for name in names), collections.Counter())
        return {i for i, count in together.items() if count == self.links[i] and self.bytes[i] > 0}

    def freed_by(self, names):
        return sum(self.bytes[inode] for inode in self.gone_with(names))

    def best(self, oldest_first, size):
        """As many of the oldest as free `size` bytes; then only those that hold some of these."""
        made = []
        for name in oldest_first:
            if self.freed_by(made) >= size:
                break
            made.append(name)
        freed = self.gone_with(made)
        return [name for name in made if freed & self.names[name].keys()]


class Images:
    """Images of random chains of layers that add, replace and remove files; and every choice among them."""

    def __init__(self, docker, seed):
        self.chance = random.Random(seed)
        self.overlay = docker.overlay
        self.inodes = None
        self.layers = {}
        chains = [[self.layer()]]
        for number in range(7):
            above = self.chance.choice(chains)
            below = above[: self.chance.randint(1, len(above))]
            chains.append(below + [self.layer() for _ in range(self.chance.randint(1, 3))])
            docker.load(f"random:{number}", chains[-1])
            self.layers[f"random:{number}"] = {
                docker.top_layer(chains[-1][:count]) for count in range(1, len(chains[-1]) + 1)
            }

    def read(self):
        """To be called once all files have been written."""
        self.inodes = Inodes(self.overlay, set.union(*self.layers.values()))

    def layer(self):
        made = images.Layer()
        for name in sorted(self.chance.sample(range(8), 3)):
            if self.chance.random() < 0.3:
                made.removal(f"d/{name}")
            else:
                size = self.chance.randint(1, 2_000_000)
                made.file(f"d/{name}", self.chance.randbytes(size))
        return made.built()

    def gone_with(self, tags):
        kept = [layers for tag, layers in self.layers.items() if tag not in tags]
        return set().union(*(self.layers[tag] for tag in tags)).difference(*kept)

    def freed_by(self, tags):
        return self.inodes.freed_by(self.gone_with(tags))

    def best(self, size):
        """The fewest removals that free `size` bytes, and the fewest layers that go with so many."""
        for count in range(len(self.layers) + 1):
            enough = [
                len(self.gone_with(tags))
                for tags in itertools.combinations(self.layers, count)
                if self.freed_by(tags) >= size
            ]
            if enough:
                return count, min(enough)
        raise AssertionError(size)
