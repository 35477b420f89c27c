"""Plans that remove snapshots, followed step by step: a scan after each step finds the announced margin."""

import os
import pathlib
import re

import pytest

import exporter
import loopmount
import processes
import terminals
import trees
from plans import commands, follow, plan, run, shell

NAMES = 50


def scanner(*flags):
    return lambda: exporter.scan_root(*flags)


def snapshots_of(plan_):
    return [step["snapshot"] for step in plan_["steps"]]


def followed(flags, *other_flags):
    """Makes a plan, follows it, and checks each step; returns the plan."""
    made = plan(*flags, *other_flags)
    scan_flags = [flag for flag in flags if not str(flag).startswith("--target=")]
    follow(made, commands(*flags, *other_flags), scanner(*scan_flags))
    return made


def copied(path):
    """A copy of a disk by rsync: births are in the order of copying, modification times are kept."""
    copy = path.parent / f"{path.name}-copy"
    processes.run([processes.program("rsync"), "-aH", f"{path}/", f"{copy}/"])
    return copy


def linked(path, seed, *names):
    path.mkdir(parents=True)
    for name in names:
        os.link(seed, path / name)


def planted(tree):
    seed = tree / "seed"
    seed.write_text("x")
    return seed


def refused(*flags):
    """Makes a plan that must name no removal in any format and give the reason in one line; returns it."""
    made = plan(*flags, code=1)
    assert made["steps"] == []
    assert not made["reached"]
    assert commands(*flags, code=1) == []
    table = run(*flags)
    assert table.returncode == 1
    assert table.stderr == f"hardlink_exporter: plan: {made['refused']}\n"
    for freed in made["would_free"]:
        assert freed["snapshot"] in table.stdout
    return made


def test_snapshots_go_oldest_first_whatever_they_are_called(tree):
    path = tree / "backups"
    first = path / "zero"
    trees.hard_linked(first / "data", NAMES)
    oldest_first = [first]
    for name in trees.HOSTILE_NAMES.values():
        oldest_first.append(pathlib.Path(os.fsdecode(os.path.join(os.fsencode(path), name))))
        trees.copy_links(first, oldest_first[-1])
    newest = path / "$(touch owned) `touch owned` 'it'"
    trees.copy_links(first, newest)
    oldest_first.append(newest)
    now = newest.stat().st_mtime
    for number, snapshot in enumerate(oldest_first):
        os.utime(snapshot, (now, now + 10 + number))
    limit = NAMES * len(oldest_first) + 2 * NAMES
    target = len(oldest_first)
    flags = [f"--link-limit={limit}", "--layout=snapshots", f"--target={target}", path]

    made = followed(flags)
    assert (made["margin_before"], made["margin_after"]) == (2, target)
    assert sorted(path.iterdir()) == sorted(oldest_first[-2:])
    assert not pathlib.Path("owned").exists()

    flags[2] = "--target=1000"
    made = plan(*flags, code=1)
    assert len(made["steps"]) == 1, "the newest stays"
    assert run("--format=commands", *flags).stdout.startswith(f"# {path}: room for 1,000 more")
    shell(made["steps"][0]["commands"][0])
    assert "the newest of each series stays" in refused(*flags)["refused"]


def test_a_plan_for_rsnapshots_own_trees_leaves_the_newest(tree):
    rsnapshot = processes.program("rsnapshot")
    source = tree / "source"
    trees.hard_linked(source, NAMES)
    path = tree / "snapshots"
    path.mkdir()
    config = {
        "config_version": "1.2",
        "snapshot_root": f"{path}/",
        "cmd_cp": processes.program("cp"),
        "cmd_rsync": processes.program("rsync"),
        "rsync_short_args": "-aH",
        "retain": "daily\t6",
        "lockfile": f"{tree}/lock",
        "backup": f"{source}/\tlocalhost/",
    }
    file = tree / "rsnapshot.conf"
    file.write_text("".join(f"{key}\t{value}\n" for key, value in config.items()))
    now = path.stat().st_mtime
    for day in range(1, 6):
        processes.run([rsnapshot, "-c", str(file), "daily"])
        os.utime(path / "daily.0", (now, now + day * 86400))
    limit = 5 * NAMES + NAMES // 2
    for disk in (copied(path), path):
        made = followed([f"--link-limit={limit}", "--target=3", disk])
        assert (made["layout"], made["refused"]) == ("snapshots", None)
        assert snapshots_of(made) == ["daily.4", "daily.3", "daily.2"]


def test_a_plan_for_rsyncs_own_trees_goes_by_when_they_were_made(tree):
    source = tree / "source"
    trees.hard_linked(source, NAMES)
    os.utime(source, (0, 0))
    path = tree / "backups"
    path.mkdir()
    made_in_order = ["monday", "tuesday", "wednesday", "thursday"]
    before = None
    for name in made_in_order:
        link = [f"--link-dest={path}/{before}"] if before else []
        rsync = processes.program("rsync")
        processes.run([rsync, "-aH", *link, f"{source}/", f"{path}/{name}/"])
        before = name
    limit = 4 * NAMES + NAMES // 2
    flags = [f"--link-limit={limit}", "--target=2", path]
    assert "--layout=snapshots" in refused(*flags)["refused"], "the names follow no scheme"
    assert snapshots_of(followed(["--layout=snapshots", *flags])) == made_in_order[:2]


def test_hosts_by_dates_lose_an_oldest_date_and_no_host(tree):
    seed = planted(tree)
    path = tree / "backups"
    hosts = ("alpha", "beta", "gamma")
    for host in hosts:
        for date in ("01", "02", "03", "04"):
            linked(path / host / f"2024-01-{date}", seed, "f1", "f2", "f3")
        trees.await_tick(path)
    flags = ["--link-limit=45", "--target=3", path]
    for way in ([], ["--layers=*/*"], ["--layers={alpha,beta,gamma}/2024-*"], ["--layout=snapshots"]):
        made = plan(*way, *flags)
        assert snapshots_of(made) == ["alpha/2024-01-01"], way
        assert (made["margin_before"], made["margin_after"]) == (2, 3)
        assert made["rounds_remaining"] == 0
        assert "0 rounds" in run(*way, *flags).stdout
    # The copy lacks the seed, which is one link.
    assert snapshots_of(plan("--link-limit=44", *flags[1:-1], copied(path))) == ["alpha/2024-01-01"]
    assert "hold snapshots" in refused("--layers=*", *flags)["refused"]

    flags[1] = "--target=1000"
    made = plan(*flags, code=1)
    # Without --layers, the single snapshots that remain at the end would not be recognised.
    follow(made, commands(*flags, code=1), scanner(flags[0], "--layers=*/*", path))
    left = sorted(str(left.relative_to(path)) for left in path.glob("*/*"))
    assert left == [f"{host}/2024-01-04" for host in hosts]


def test_a_snapshot_that_frees_nothing_of_what_binds_stays(tree):
    """The fullest file is not in the newest snapshot, so no copy takes links of it."""
    old, kept = planted(tree), tree / "kept"
    kept.write_text("y")
    path = tree / "backups"
    for date in ("01", "02", "03", "04"):
        linked(path / f"2024-01-{date}", kept, *(["small"] if date != "01" else []))
        for number in range(20 if date != "04" else 0):
            os.link(old, path / f"2024-01-{date}" / f"h{number}")
        trees.await_tick(path)
    os.link(path / "2024-01-02" / "h0", path / "2024-01-01" / "again")
    made = followed(["--link-limit=70", "--target=67", path])
    assert (made["margin_before"], made["margin_after"]) == (66, 67)
    assert snapshots_of(made) == ["2024-01-02"]


def test_a_disk_that_was_copied_keeps_the_order_of_its_times(tree):
    """On a copy, births are in the order of copying: by them, daily.0 would be the oldest, but it is the newest."""
    seed = planted(tree)
    path = tree / "snapshots"
    now = tree.stat().st_mtime
    for number in range(7):
        linked(path / f"daily.{number}", seed, *(f"f{k}" for k in range(5)))
        trees.await_tick(path)
    for number in range(7):
        os.utime(path / f"daily.{number}", (now, now - number * 86400))
    assert snapshots_of(plan("--link-limit=40", "--target=2", path)) == ["daily.6", "daily.5"]
    made = plan("--link-limit=40", "--target=1000", path, code=1)
    assert snapshots_of(made) == [f"daily.{number}" for number in (6, 5, 4, 3, 2, 1)]
    assert snapshots_of(followed(["--link-limit=40", "--target=2", copied(path)])) == ["daily.6"]


def test_levels_of_snapshots_are_one_series_also_on_a_copied_disk(tree):
    seed = planted(tree)
    path = tree / "snapshots"
    now = tree.stat().st_mtime
    for age, name in enumerate(["hourly.0", "hourly.1", "daily.0", "daily.1", "daily.2"]):
        linked(path / name, seed, "f1", "f2")
        os.utime(path / name, (now, now - age * 3600))
    made = followed(["--link-limit=12", "--target=3", copied(path)])
    assert snapshots_of(made) == ["daily.2", "daily.1"]


def test_homes_that_share_a_file_are_not_removed(tree):
    for home in ("alice", "bob", "carol"):
        trees.hard_linked(tree / home, 1)
    os.link(tree / "alice" / "0", tree / "bob" / "big.iso")
    made = refused("--target=64999", tree)
    assert (made["layout"], made["would_free"]) == ("none", [])
    assert "--layout=snapshots" in made["refused"] and "--layers=GLOB" in made["refused"]


def test_a_stranger_with_a_full_file_is_not_removed(tree):
    seed = planted(tree)
    for name in ("a", "b"):
        linked(tree / "srv" / name, seed, "x")
    trees.hard_linked(tree / "srv" / "store", 200)
    assert refused("--link-limit=250", "--target=200", tree / "srv")["layout"] == "none"

    for date in ("01", "02", "03"):
        linked(tree / "srv" / f"2024-01-{date}", seed, "x")
    made = followed(["--link-limit=250", "--target=245", tree / "srv"])
    assert snapshots_of(made) == ["2024-01-01"]


def test_a_store_of_nix_is_not_removed(tree):
    store = tree / "store"
    entry = store / ".links" / f"{1:052d}"
    trees.hard_linked(entry.parent, 1, prefix=entry.name[:-1]).rename(entry)
    for number in (1, 2, 3):
        linked(store / f"{number:032d}-pkg" / "lib", entry, *(f"i{k}" for k in range(6)))
    flags = ["--link-limit=25", "--target=2", store]
    for way in ([], ["--tool=nix"], ["--layout=store"]):
        made = refused(*way, *flags)
        assert (made["layout"], made["tool"]) == ("store", "nix")
        assert made["advice"].startswith("nix-collect-garbage")
        assert made["advice"] in made["refused"]
        assert made["links_per_user"] == 6
        assert "at most 6 links of one file" in made["refused"]
        assert run(*way, *flags).stdout == ""
    # Even if a glob names the store's paths, the plan keeps its pool.
    for step in plan("--layers=*", *flags, code=None)["steps"]:
        assert step["snapshot"] != ".links"


def test_a_repository_of_the_real_ostree_is_never_proposed(tree):
    ostree = processes.program("ostree")
    source = tree / "source"
    trees.hard_linked(source / "usr", 1)
    (source / "usr" / "other").write_text("y")
    top = tree / "deployments"
    top.mkdir()
    repo = f"--repo={top}/repo"
    processes.run([ostree, "init", repo, "--mode=bare-user"])
    processes.run([ostree, "commit", repo, "--branch=main", f"--tree=dir={source}"])
    for name in ("blue", "green", "red"):
        trees.await_tick(top)
        processes.run([ostree, "checkout", repo, "-UH", "main", str(top / name)])
    flags = ["--link-limit=5", "--target=2", top]
    for disk in (top, copied(top)):
        made = refused(*flags[:-1], disk)
        assert (made["layout"], made["tool"], made["margin_before"]) == ("store", "ostree", 1)
        assert made["advice"] in made["refused"]
        assert exporter.scan_root(flags[0], disk)["layers"] == 3
    made = plan("--layers=*", *flags)
    assert snapshots_of(made) == ["blue"]
    assert made["no_copies"] == ["repo"]


def test_names_and_times_that_contradict_each_other_are_both_shown(tree):
    seed = planted(tree)
    path = tree / "runs"
    for number in (0, 1, 2):
        linked(path / f"run.{number}", seed, "f")
        os.utime(path / f"run.{number}", (0, (number + 1) * 86400))
        trees.await_tick(path)
    flags = ["--link-limit=5", "--target=2", path]
    made = refused(*flags)
    assert "--order=name or --order=time" in made["refused"]
    names = ["run.0", "run.1", "run.2"]
    assert made["orders"] == [
        {"by": "names", "oldest_first": names[::-1]},
        {"by": "times", "oldest_first": names},
    ]
    assert [freed["links_freed"] for freed in made["would_free"]] == [1, 1, 1]
    assert snapshots_of(plan("--order=name", *flags)) == ["run.2"]
    assert snapshots_of(plan("--order=time", *flags)) == ["run.0"]

    with terminals.terminal("plan", *flags) as shown:
        assert shown.finish() == 1
        text = re.sub(r"\s+", " ", shown.output)
        assert text.count("contradict each other") == 1, "on a terminal the reason is said once"


def test_a_target_that_is_met_takes_no_steps(tree):
    trees.snapshots(tree)
    flags = ["--link-limit=100", "--target=3", tree]
    assert plan(*flags)["steps"] == []
    assert commands(*flags) == []
    assert "nothing to do" in run(*flags).stdout


def test_a_path_that_is_not_there_is_said_in_one_line():
    done = run("--target=7", "/nonexistent")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("plan: /nonexistent: No such file or directory\n")


def test_a_directory_without_layers_has_nothing_to_remove(tree):
    trees.hard_linked(tree, 3)
    done = run("--target=7", tree)
    assert done.returncode == 1
    assert "no layers or snapshots" in done.stderr


@pytest.fixture
def few_inodes():
    """An ext4 on which three snapshots of 21 directories leave inodes for one more."""
    with loopmount.filesystem("ext4", 8, mkfs=["-b", "1024", "-N", "128"]) as disk:
        series = disk / "snapshots"
        for number in range(20):
            directory = series / "2024-01-01" / f"d{number}"
            directory.mkdir(parents=True)
            (directory / "f").touch()
        for date in ("2024-01-02", "2024-01-03"):
            copy_links(series / "2024-01-01", series / date)
        yield series


def copy_links(snapshot, copy, check=True):
    done = processes.run([processes.program("cp"), "-al", snapshot, copy], check=check)
    return done.returncode == 0


def test_where_inodes_end_first_a_plan_frees_inodes(few_inodes):
    made = followed(["--target=3", "--layers=2024-*", few_inodes])
    assert (made["first_limit_before"], made["margin_before"]) == ("inodes", 1)
    assert snapshots_of(made) == ["2024-01-01", "2024-01-02"]
    assert [step["inodes_freed"] for step in made["steps"]] == [21, 21]
    assert all(step["space_freed"] >= 21 * 1024 for step in made["steps"])
    for date in ("2024-01-04", "2024-01-05", "2024-01-06"):
        assert copy_links(few_inodes / "2024-01-03", few_inodes / date)
    assert not copy_links(few_inodes / "2024-01-03", few_inodes / "2024-01-07", check=False)


def test_a_plan_does_not_count_inodes_outside_the_layers(few_inodes):
    for number in range(33):
        (few_inodes.parent / f"stranger{number}").touch()
    flags = ["--target=5", "--layers=2024-*", few_inodes]
    made = plan(*flags, code=1)
    assert (made["margin_before"], made["margin_after"]) == (0, 2)
    assert made["first_limit_after"] == "inodes"
    summary = run(*flags).stdout
    assert "inodes end first" in " ".join(summary.split())
    follow(made, commands(*flags, code=1), scanner(*flags[1:]))
