"""Random trees of snapshots, as backup programs leave them, with other files and directories among them."""

import collections
import datetime
import os
import shutil

import trees

DAY = 86400
FIRST = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)


class Farm:
    """A tree below `top`, and its snapshots by series, oldest first."""

    def __init__(self, top, random):
        self.top = top
        self.random = random
        self.series = collections.defaultdict(list)
        top.mkdir()
        flat = random.random() < 0.3
        hosts = [top] if flat else [top / name for name in ("alpha", "beta", "gamma")]
        scheme = random.choice([self.date, self.stamp, self.level, self.number, self.word])
        for host in hosts[: random.randint(1, 3)]:
            host.mkdir(exist_ok=True)
            self.grow(host, scheme, random.randint(2, 6))
        for stranger in (self.notes, self.pool, self.kept, self.unfinished):
            if random.random() < 0.5:
                stranger(random.choice(list(self.series)))

    # Schemes of names: from the place of a snapshot among `total`, counted from the oldest.
    def date(self, place, _):
        return f"{FIRST + datetime.timedelta(days=place):%Y-%m-%d}"

    def stamp(self, place, _):
        return f"{FIRST + datetime.timedelta(days=place):%Y%m%d_%H%M%S}"

    def level(self, place, total):
        return f"daily.{total - 1 - place}"

    def number(self, place, _):
        return str(place + 1)

    def word(self, place, _):
        return f"snapshot-{place + 8}"

    def grow(self, host, scheme, total):
        """Makes copies of copies, and in each changes or removes some files or gives them further names."""
        first = host / scheme(0, total)
        for number in range(self.random.randint(3, 8)):
            trees.hard_linked(first / f"d{number % 3}", self.random.randint(1, 7), f"f{number}_")
        made = [first]
        for place in range(1, total):
            snapshot = host / scheme(place, total)
            trees.copy_links(made[-1], snapshot)
            self.change(snapshot)
            made.append(snapshot)
        for place, snapshot in enumerate(made):
            when = FIRST.timestamp() + place * DAY
            os.utime(snapshot, (when, when))
        self.series[host] = made

    def change(self, snapshot):
        for directory, directories, names in os.walk(snapshot):
            directories.sort()
            for name in sorted(names):
                path = os.path.join(directory, name)
                chance = self.random.random()
                if chance < 0.1:
                    os.unlink(path)
                    with open(path, "w", encoding="ascii") as file:
                        file.write("changed")
                elif chance < 0.15:
                    self.link(path, f"{path}+{self.random.getrandbits(32)}")
                elif chance < 0.18:
                    os.unlink(path)

    # Things beside the snapshots of `host` that are not snapshots.
    def notes(self, host):
        (host / "notes").mkdir()
        (host / "notes" / "text").write_text("own")

    def pool(self, host):
        """Gives every file of the newest snapshot another name, as a store does."""
        (host / "pool").mkdir()
        for number, inode in enumerate(sorted(set(inodes(self.series[host][-1])))):
            self.link(path_of(self.series[host][-1], inode), host / "pool" / f"{number:04x}")

    def kept(self, host):
        """Makes a copy whose name follows no scheme."""
        trees.copy_links(self.random.choice(self.series[host]), host / "before-upgrade")

    def unfinished(self, host):
        trees.copy_links(self.series[host][-1], host / "2024-02-01.inprogress")

    def link(self, path, name):
        """Gives the file at `path`, which may be a symlink, another name."""
        os.link(path, name, follow_symlinks=False)

    def heads(self):
        return [made[-1] for made in self.series.values()]

    def name(self, snapshot):
        return str(snapshot.relative_to(self.top))


def inodes(directory):
    """How many names each inode has in a tree."""
    names = collections.Counter()
    for at, _, files in os.walk(directory):
        names.update(os.lstat(os.path.join(at, name)).st_ino for name in files)
    return names


def path_of(directory, inode):
    for at, _, files in os.walk(directory):
        for name in files:
            if os.lstat(os.path.join(at, name)).st_ino == inode:
                return os.path.join(at, name)
    raise KeyError(inode)


def highest(directory):
    """The most links of any file in a tree."""
    return max(
        (os.lstat(os.path.join(at, name)).st_nlink for at, _, files in os.walk(directory) for name in files),
        default=0,
    )


def copies_that_fit(heads, limit, elsewhere):
    """How often all of `heads` can be copied until a file has more than `limit` links. Removes the copies."""
    elsewhere.mkdir()
    fit = 0
    try:
        while True:
            for number, head in enumerate(heads):
                trees.copy_links(head, elsewhere / f"{fit}-{number}")
            if any(highest(head) > limit for head in heads):
                return fit
            fit += 1
    finally:
        shutil.rmtree(elsewhere)
