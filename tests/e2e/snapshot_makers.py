"""Trees of snapshots made by the real programs. Timeshift's and BackupPC 3's trees are made as their sources do it: one
needs a device of its own, the other is no longer in Debian."""

import json
import os
import shutil

import exporter
import loopmount
import processes
import trees

LIMIT = 65000
NAMES = 10  # names of the file that has most, in the source and thus in every snapshot


class Maker:
    """Makes snapshots of `source`, in which one file has NAMES names. A subclass runs its tool and says where the
    snapshots are."""

    layout = "snapshots"
    limit = LIMIT
    fails = True  # whether the tool fails at the limit; if not, it silently copies the file
    series = "."
    commands = True  # whether the tool can remove one snapshot

    def __init__(self, filesystem):
        self.filesystem = filesystem
        self.source = filesystem / "source"
        self.root = filesystem / "root"
        self.elsewhere = filesystem / "elsewhere"
        for directory in (self.source, self.root, self.elsewhere):
            directory.mkdir()
        trees.backup_source(self.source, NAMES)
        self.made = 0
        self.prepare()

    def prepare(self):
        pass

    def make(self):
        """Makes one more snapshot; returns whether the tool succeeded."""
        self.made += 1
        (self.source / "changing").write_text(str(self.made))
        return self.run().returncode == 0

    def hot(self, layer):
        """The file that has most names in a layer."""
        return next((self.root / layer).rglob("000"))

    def inodes(self, layer):
        """The inodes of that file's NAMES names in a layer."""
        directory = self.hot(layer).parent
        return {path.stat().st_ino for path in directory.glob("0*")}

    def scan(self, *flags, root=None):
        return exporter.scan_root(*flags, root or self.root)

    def head(self):
        (series,) = self.scan()["series"]
        return series["head"]

    def leave_links(self, links):
        """Gives the hot file names outside the snapshots until so many links are left."""
        hot = self.hot(self.head())
        for number in range(self.limit - links - hot.stat().st_nlink):
            os.link(hot, self.elsewhere / f"{number:06}")
        assert hot.stat().st_nlink == self.limit - links

    def follow(self, line):
        processes.run([processes.program("bash"), "-c", line])


class Rsnapshot(Maker):
    """Two levels of snapshots: alpha, and beta, to which alpha's oldest moves."""

    tool = "rsnapshot"

    def prepare(self):
        self.program = processes.program("rsnapshot")
        self.config = self.filesystem / "rsnapshot.conf"
        self.configure(alpha=3, beta=2)

    def configure(self, **retain):
        lines = [
            ["config_version", "1.2"],
            ["snapshot_root", f"{self.root}/"],
            ["cmd_cp", processes.program("cp")],
            ["cmd_rm", processes.program("rm")],
            ["cmd_rsync", processes.program("rsync")],
            ["rsync_short_args", "-aH"],
            ["lockfile", f"{self.filesystem}/rsnapshot.pid"],
            *(["retain", level, str(number)] for level, number in retain.items()),
            ["backup", f"{self.source}/", "host1/"],
            ["backup", "/etc/hostname", "host2/"],
        ]
        self.config.write_text("".join("\t".join(line) + "\n" for line in lines))

    def run(self, level="alpha"):
        return processes.run([self.program, "-c", str(self.config), level], check=False)

    def fill(self):
        for level in ("alpha", "alpha", "alpha", "beta", "alpha", "beta", "alpha"):
            if level == "alpha":
                assert self.make()
            else:
                assert self.run(level).returncode == 0
        # rsync skips a directory whose time is in the second of the last copy.
        for snapshot in self.root.iterdir():
            os.utime(snapshot, (0, snapshot.stat().st_mtime - 86400))
        # If the next snapshot replaced the oldest, the test could not see how many fit.
        self.configure(alpha=9, beta=2)
        return ["alpha.0", "alpha.1", "alpha.2", "beta.0", "beta.1"]

    expected = ["rm -rf -- {root}/beta.1", "rm -rf -- {root}/beta.0"]


class BackInTime(Maker):
    tool = "backintime"
    series = "backintime/host1/root/1"

    def prepare(self):
        self.program = processes.program("backintime")
        self.home = self.filesystem / "home"
        config = self.home / ".config/backintime/config"
        config.parent.mkdir(parents=True)
        (self.root / self.series).mkdir(parents=True)
        config.write_text(
            "config.version=6\n"
            f"profile1.snapshots.include.1.value={self.source}\n"
            "profile1.snapshots.include.1.type=0\n"
            "profile1.snapshots.include.size=1\n"
            "profile1.snapshots.exclude.size=0\n"
            "profile1.snapshots.mode=local\n"
            f"profile1.snapshots.path={self.root}\n"
            "profile1.snapshots.path.host=host1\n"
            "profile1.snapshots.path.user=root\n"
            "profile1.snapshots.path.profile=1\n"
            # Of a small disk it would remove the older ones at once.
            "profile1.snapshots.min_free_space.enabled=false\n"
            "profile1.snapshots.min_free_inodes.enabled=false\n"
            "profile1.snapshots.no_on_battery=false\n"
            "profile1.snapshots.notify.enabled=false\n"
            "profile1.schedule.mode=0\n"
            "profiles.version=1\n"
        )

    def start(self, *command, **options):
        """It leaves a process behind that writes into its home: here that one ends with it."""
        unshare = [processes.program("unshare"), "--pid", "--fork", "--mount-proc"]
        env = {**processes.environment(), "HOME": str(self.home)}
        return processes.run([*unshare, *command], env=env, **options)

    def snapshots(self):
        return sorted(path.name for path in (self.root / self.series).glob("2*"))

    def make(self):
        super().make()
        return not (self.root / self.series / self.snapshots()[-1] / "failed").exists()

    def run(self):
        return self.start(self.program, "backup", check=False)

    def follow(self, line):
        self.start(processes.program("bash"), "-c", line, input="yes\n")

    def fill(self):
        assert self.make()
        assert self.make()
        assert (self.root / self.series / "last_snapshot").is_symlink()
        (self.root / self.series / "new_snapshot/backup").mkdir(parents=True)
        layers = [f"{self.series}/{name}/backup" for name in self.snapshots()]
        self.expected = [f"backintime --profile-id 1 remove {self.snapshots()[0]}"]
        return layers


class Timeshift(Maker):
    """snapshots/DATE by the rsync that Timeshift starts (src/Utility/RsyncTask.vala)."""

    tool = "timeshift"
    series = "timeshift/snapshots"
    fails = False

    def prepare(self):
        self.snapshots = self.root / self.series
        self.snapshots.mkdir(parents=True)

    def run(self):
        rsync = processes.program("rsync")
        older = sorted(info.parent for info in self.snapshots.glob("*/info.json"))
        date = self.snapshots / f"2024-01-{self.made:02}_03-00-01"
        date.mkdir()
        link = [f"--link-dest={older[-1]}/localhost/"] if older else []
        done = processes.run(
            [rsync, "-aii", "--recursive", "--verbose", "--delete", "--force", "--stats",
             "--sparse", "--delete-excluded", *link, f"{self.source}/", f"{date}/localhost/"],
            check=False)
        info = {"created": "1705287600", "sys-uuid": "aa", "tags": "daily", "type": "rsync"}
        (date / "info.json").write_text(json.dumps(info, indent=2, separators=(",", " : ")))
        daily = self.root / "timeshift/snapshots-daily"
        daily.mkdir(exist_ok=True)
        (daily / date.name).symlink_to(f"../snapshots/{date.name}")
        return done

    def hot(self, layer):
        # Without -H the names of one file are as many files.
        return self.root / layer / "000"

    def fill(self):
        for _ in range(4):
            assert self.make()
        (self.snapshots / "2024-02-01_03-00-01/localhost").mkdir(parents=True)
        dates = [f"2024-01-0{day}_03-00-01" for day in (1, 2, 3, 4)]
        self.expected = [f"timeshift --delete --snapshot {date}" for date in dates[:2]]
        return [f"{self.series}/{date}/localhost" for date in dates]

    def follow(self, line):
        shutil.rmtree(self.snapshots / line.split()[-1])


class Dirvish(Maker):
    tool = "dirvish"
    series = "vault"
    commands = False

    def prepare(self):
        self.program = processes.program("dirvish")
        configuration = self.filesystem / "etc"
        configuration.mkdir()
        self.configuration = configuration
        (configuration / "master.conf").write_text(f"bank:\n\t{self.root}\n")
        vault = self.root / "vault/dirvish"
        vault.mkdir(parents=True)
        (vault / "default.conf").write_text(
            f"client: {os.uname().nodename}\ntree: {self.source}\nxdev: 0\nindex: none\n"
            "expire-default: +15 days\nimage-default: %Y\n")

    def run(self):
        init = ["--init"] if self.made == 1 else []
        with loopmount.mounted(["--bind", str(self.configuration)], "/etc/dirvish"):
            return processes.run(
                [self.program, "--vault", "vault", *init, "--image", f"2024-01-{self.made:02}"],
                check=False)

    def fill(self):
        for _ in range(4):
            assert self.make()
        (self.root / "vault/2024-02-01/tree").mkdir(parents=True)
        (self.root / "vault/2024-02-01/summary").write_text("branch: default\n")
        return [f"vault/2024-01-0{day}/tree" for day in (1, 2, 3, 4)]


class StoreBackup(Maker):
    tool = "storebackup"
    series = "default"
    fails = False
    commands = False

    def run(self):
        faketime = processes.program("faketime")
        program = processes.program("storeBackup")
        return processes.run(
            [faketime, "-f", f"2024-01-{self.made:02} 03:00:00", program,
             "--sourceDir", str(self.source), "--backupDir", str(self.root),
             "--lockFile", str(self.filesystem / "lock")], check=False)

    def fill(self):
        for _ in range(3):
            assert self.make()
        return [f"default/2024.01.0{day}_03.00.00" for day in (1, 2, 3)]


class BackupPc(Maker):
    """pc/HOST/N as BackupPC 3 fills it (MakeFileLink in lib/BackupPC/Lib.pm)."""

    tool = "backuppc"
    layout = "store"
    series = "pc/host1"
    limit = 31999
    fails = False

    def prepare(self):
        self.pool = self.root / "cpool/a/b/c"
        self.pool.mkdir(parents=True)
        (self.root / "conf").mkdir()
        (self.root / "conf/config.pl").write_text("$Conf{HardLinkMax} = 31999;\n")
        (self.root / self.series).mkdir(parents=True)

    def link(self, name, content):
        for number in range(1000):
            file = self.pool / f"{content}_{number}"
            if not file.exists():
                file.write_text(content)
            if file.stat().st_nlink < self.limit:
                os.link(file, name)
                return

    def make(self):
        share = self.root / self.series / str(self.made) / "f%2f"
        share.mkdir(parents=True)
        for number in range(NAMES):
            self.link(share / f"{number:03}", "sha256")
        self.link(share / "changing", str(self.made))
        self.made += 1
        return True

    def fill(self):
        for _ in range(4):
            assert self.make()
        (self.root / self.series / "new").mkdir()
        self.expected = [f"BackupPC_backupDelete -h host1 -n {number}" for number in (0, 1)]
        return [f"{self.series}/{number}" for number in range(4)]

    def follow(self, line):
        shutil.rmtree(self.root / self.series / line.split()[-1])


MAKERS = [Rsnapshot, BackInTime, Timeshift, Dirvish, StoreBackup, BackupPc]
