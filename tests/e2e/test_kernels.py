"""Kernels and containers that lack system calls: Linux 3.10, where Docker's overlay driver is in use, and Docker before
20.10.10. The program runs under a filter that refuses those calls (tests/support/older_kernel.cc) and must give the
same figures as without it."""

import contextlib
import json
import os
import pathlib
import shutil

import certificates
import exporter
import images
import loopmount
import ocilayout
import processes
import pytest
import trees

# The answers of an old kernel, and of an old container filter, to calls that are newer than Linux 3.10.
OLD_KERNEL = ["newer=ENOSYS"]
OLD_CONTAINER = ["newer=EPERM"]
# The same, with a kernel or a container that cannot distinguish mounts either.
OLD_EVERYTHING = ["name_to_handle_at=EPERM", "newer=EPERM"]
ALL_TOGETHER = [OLD_KERNEL, OLD_CONTAINER, OLD_EVERYTHING]

CALLS = [
    "clone3",
    "close_range",
    "epoll_pwait2",
    "faccessat2",
    "getrandom",
    "landlock_create_ruleset",
    "membarrier",
    "memfd_create",
    "openat2",
    "preadv2",
    "rseq",
    "seccomp",
    "statx",
]
# Calls that the program itself makes and can do without.
ASKED_FOR = ["clone3", "getrandom", "landlock_create_ruleset", "openat2", "seccomp", "statx"]
ALONE = [[f"{call}=ENOSYS"] for call in CALLS] + [[f"{call}=EPERM"] for call in ASKED_FOR]

SANDBOXED = "no_new_privs=on seccomp=on landlock="
FILTERED = 2


def named(rules):
    return ",".join(rules)


def under(rules):
    """The words before the program's own command line."""
    return [os.environ["HARDLINK_OLDER_KERNEL"], *rules, "--"] if rules else []


def run(rules, *arguments):
    return processes.run([*under(rules), exporter.binary(), *map(str, arguments)], check=False)


def settled(value):
    """The part of a report that is the same in each run: without times and without the choice of `engine: auto`."""
    if isinstance(value, dict):
        changing = ("census", "engine", "engine_reason", "last_census", "stale")
        return {key: settled(v) for key, v in value.items() if key not in changing}
    return [settled(item) for item in value] if isinstance(value, list) else value


def snapshots_by_date(top):
    """Four snapshots. Their modification times are in the order of their names and later than their births, which are
    in another order."""
    trees.snapshots(top, names=5)
    for number in (2, 3):
        trees.copy_links(top / "snap.0", top / f"snap.{number}")
    first = max(os.stat(path).st_ctime for path in top.iterdir()) + 1000
    for place, number in enumerate((3, 2, 1, 0)):
        os.utime(top / f"snap.{number}", (first + place, first + place))
    return top


def image_directory(top):
    """An OCI layout of one small image, as a directory."""
    archive = top / "image.tar"
    layers = [images.Layer().hard_linked("etc", 3).built(), images.Layer().file("motd").built()]
    images.write(archive, "app:1", layers)
    return next(
        way
        for way in ocilayout.all_ways(archive, layers, top / "ways")
        if way.is_dir() and "oci" in way.name
    )


@pytest.fixture(name="scene", scope="module")
def scene_on_ext4():
    """Snapshots, one of Docker's overlay directories, and an image."""
    with loopmount.filesystem("ext4", 64) as top:
        snapshots = snapshots_by_date(top / "snapshots")
        overlay = top / "docker" / "overlay"
        for layer in ("a" * 64, "b" * 64):
            trees.hard_linked(overlay / layer / "root", 3)
        (top / "docker" / "image" / "overlay" / "layerdb" / "sha256").mkdir(parents=True)
        (top / "ways").mkdir()
        yield {"snapshots": snapshots, "overlay": overlay, "image": image_directory(top)}


def commands(scene):
    """Every command that counts, with its exit code."""
    snapshots, overlay, image = scene["snapshots"], scene["overlay"], scene["image"]
    limit = "--link-limit=45"
    return [
        (0, "scan", "--format=json", limit, snapshots),
        (0, "scan", "--format=json", "--engine=ext4", snapshots),
        (0, "scan", "--format=json", "--engine=walk", overlay),
        (0, "explain", "--format=json", snapshots / "snap.1" / "3"),
        (0, "plan", "--format=json", limit, "--layers=snap.*", "--target=7", snapshots),
        (0, "check", snapshots),
        (0, "preflight", "--format=json", image, overlay),
    ]


def answer_of(done):
    return settled(json.loads(done.stdout)) if done.stdout.startswith("{") else done.stdout


@pytest.fixture(name="usual", scope="module")
def answers_without_a_filter(scene):
    answers = []
    for code, *command in commands(scene):
        done = run([], *command)
        assert done.returncode == code, done.stderr
        answers.append(answer_of(done))
    return answers


@pytest.mark.parametrize("rules", ALL_TOGETHER, ids=named)
def test_every_command_gives_the_same_answer_and_no_extra_line(scene, usual, rules):
    for (code, *command), expected in zip(commands(scene), usual):
        done = run(rules, *command)
        assert done.returncode == code, (command, done.stderr)
        assert answer_of(done) == expected, command
        noise = [line for line in done.stderr.splitlines() if "when a directory was made" not in line]
        assert not noise, command
        # The program says that births are missing only if they could change the answer.
        assert bool(done.stderr) == (command[0] == "plan"), command


@pytest.mark.parametrize("rules", ALONE, ids=named)
def test_each_call_can_be_missing_alone(scene, usual, rules):
    code, *command = commands(scene)[0]
    done = run(rules, *command)
    assert (done.returncode, done.stderr) == (code, "")
    assert answer_of(done) == usual[0]
    # The daemon's answers after its first census.
    root = scene["snapshots"]
    with exporter.daemon(root, command=[*under(rules), exporter.binary()]) as daemon:
        assert daemon.value("hardlink_max_links") == 20
        lines = missing_lines(daemon)
    call = rules[0].split("=")[0]
    said = {"clone3", "getrandom", "openat2", "statx"}
    assert [line.split("missing=")[1] for line in lines] == ([call] if call in said else [])


def missing_lines(daemon):
    return [line for line in daemon.log().splitlines() if "missing=" in line]


def filters_of_threads(process):
    fields = []
    for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        status = (task / "status").read_text()
        fields.append(int(status.split("Seccomp_filters:\t")[1].split()[0]))
    return fields


@pytest.mark.parametrize("rules", ALL_TOGETHER, ids=named)
def test_the_daemon_serves_over_tls_in_its_sandbox_and_names_what_is_missing(tree, scene, rules):
    authority = certificates.Authority(tree)
    authority.issue("server", "DNS:localhost,IP:127.0.0.1")
    web = tree / "web.yml"
    web.write_text(
        "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
        f'basic_auth_users: {{ops: "{certificates.bcrypt("secret")}"}}\n'
    )
    arguments = [f"--web.config.file={web}", scene["snapshots"]]
    client = {"tls": certificates.client_context(authority), "login": "ops:secret"}
    with exporter.daemon(*arguments, **client) as daemon:
        usual = settled(daemon.report())
    with exporter.daemon(
        *arguments, **client, command=[*under(rules), exporter.binary()]
    ) as daemon:
        assert settled(daemon.report()) == usual
        assert daemon.value("hardlink_max_links") == 20
        assert daemon.request("/metrics", headers={"Authorization": "Basic b3BzOm5v"}).status == 401
        url = f"--url=https://ops:secret@localhost:{daemon.port}"
        environment = {**processes.environment(), "SSL_CERT_FILE": str(authority.certificate)}
        checked = processes.run(
            [*under(rules), exporter.binary(), "check", url], env=environment, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
        (line,) = missing_lines(daemon)
        assert "level=info" in line
        assert line.endswith('missing="clone3 getrandom openat2 statx"')
        (sandbox,) = [line for line in daemon.log().splitlines() if "msg=sandbox" in line]
        assert SANDBOXED in sandbox
        refused = 'landlock="refused: ask for its version: Operation not permitted"'
        assert (refused if "EPERM" in named(rules) else 'landlock="not in this kernel"') in sandbox
        # The daemon's own filter is on every thread, in addition to the others.
        others = 2 if "EPERM" in named(rules) else 1
        assert set(filters_of_threads(daemon.process)) == {others + 1}
        trees.copy_links(scene["snapshots"] / "snap.0", scene["snapshots"] / "snap.4")
        daemon.eventually(lambda now: now.value("hardlink_layers") == 5, "the new snapshot")
        shutil.rmtree(scene["snapshots"] / "snap.4")


def test_without_births_a_plan_needs_names_that_agree_with_modification_times_and_says_so(ext4):
    top = trees.snapshots(ext4 / "top", names=5)
    trees.copy_links(top / "snap.0", top / "snap.2")
    plan = ["plan", "--format=commands", "--link-limit=26", "--target=3", "--layers=snap.*", top]

    def modify_in_order(*oldest_first):
        for place, number in enumerate(oldest_first):
            os.utime(top / f"snap.{number}", (10**9 + place, 10**9 + place))

    # As rsync -a leaves them: it keeps the times, whose order differs from the order of the births.
    modify_in_order(2, 1, 0)
    done = run(OLD_KERNEL, *plan)
    assert done.returncode == 0, done.stderr
    assert "when a directory was made" in done.stderr
    assert "snap.2" in done.stdout
    assert "snap.0" not in done.stdout and "snap.1" not in done.stdout

    modify_in_order(1, 2, 0)
    done = run(OLD_KERNEL, *plan)
    assert done.returncode == 1
    assert "contradict each other" in done.stderr
    assert "rm -rf" not in done.stdout


@pytest.mark.parametrize("who", ["root", "nobody"])
def test_threads_start_in_a_container_that_answers_eperm_to_clone3(tree, who):
    root = trees.snapshots(tree / "root")
    binary = exporter.copy_for_everybody(tree)
    setpriv = [processes.program("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"]
    command = [*(setpriv if who == "nobody" else []), *under(["clone3=EPERM"]), binary]
    done = processes.run([*command, "scan", "--format=json", root], check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["roots"][0]["layers"] == 2
    with exporter.daemon(root, command=command) as daemon:
        assert daemon.value("hardlink_layers") == 2


def test_no_filter_is_installed_where_none_is_needed(tree):
    off = [f"--sandbox.{part}=off" for part in ("capabilities", "landlock", "seccomp")]
    root = trees.snapshots(tree / "root")
    with exporter.daemon(*off, root) as daemon:
        assert set(filters_of_threads(daemon.process)) == {0}
    refusing = [*under(["clone3=ENOSYS"]), exporter.binary()]
    with exporter.daemon(*off, root, command=refusing) as daemon:
        assert set(filters_of_threads(daemon.process)) == {1}


def libraries(binary):
    lines = processes.run([processes.program("ldd"), binary]).stdout.splitlines()
    return [word for line in lines for word in line.split() if word.startswith("/")]


@pytest.fixture(name="jail")
def directory_with_the_program(ext4):
    """A directory on ext4, no mount point, in which the program runs by chroot(8)."""
    top = ext4 / "jail"
    top.mkdir()
    copy = pathlib.Path(exporter.copy_for_everybody(top))
    (top / "exporter").symlink_to(copy.relative_to(top))
    for file in [] if exporter.is_of_a_release() else libraries(copy):
        inside = top / file.lstrip("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, inside)
    for directory in ("proc", "srv", "dev"):
        (top / directory).mkdir()
    trees.snapshots(top / "srv" / "top")
    return top


def inside(jail, rules=()):
    return [*under(list(rules)), processes.program("chroot"), str(jail), "/exporter"]


@pytest.mark.parametrize("rules", [[], OLD_KERNEL, OLD_EVERYTHING], ids=named)
def test_in_a_chroot_without_mounts_everything_is_counted(jail, rules):
    for arguments in (["--engine=ext4"], ["--engine=auto"]):
        command = [*inside(jail, rules), "scan", "--format=json", *arguments, "/srv/top"]
        (root,) = json.loads(processes.run(command).stdout)["roots"]
        assert root["filesystem"] == {
            "type": "ext4",
            "device": None,
            "mountpoint": None,
            "link_limit": 65000,
            "link_limit_source": "kernel",
            "subdirectory_limit": None,
        }
        assert root["engine"] == "walk"
        assert "not known where ext4 is mounted" in root["engine_reason"]
        assert (root["max_links"], root["layers"], root["extractions_remaining"]) == (6, 2, 21664)
    for command in (["explain", "/srv/top/snap.0/1"], ["check", "/srv/top"]):
        done = processes.run([*inside(jail, rules), *command])
        assert "65,000 from kernel" in done.stdout or "21664 snapshots left" in done.stdout


def test_without_any_random_numbers_the_daemon_serves_but_checks_no_passwords(jail):
    command = inside(jail, OLD_KERNEL)  # nor is there a /dev/urandom
    with exporter.daemon("/srv/top", command=command) as daemon:
        assert daemon.value("hardlink_layers") == 2
    (jail / "web.yml").write_text(f'basic_auth_users: {{ops: "{certificates.bcrypt("secret")}"}}\n')
    done = processes.run([*command, "--web.config.file=/web.yml", "/srv/top"], check=False)
    assert done.returncode == 1
    assert "no random numbers: neither getrandom(2) nor /dev/urandom gives any" in done.stderr


def test_a_root_whose_mount_becomes_known_stays_the_same_root(jail):
    mount = processes.program("mount")
    with exporter.daemon("/srv/top", command=inside(jail)) as daemon:
        assert daemon.classic().labels("hardlink_root_info", "mountpoint") == [""]
        with contextlib.ExitStack() as mounts:
            for target, *arguments in (("srv", "--bind", jail / "srv"), ("proc", "-tproc", "proc")):
                processes.run([mount, *map(str, arguments), str(jail / target)])
                mounts.callback(loopmount.unmount, jail / target)
            trees.copy_links(jail / "srv/top/snap.0", jail / "srv/top/snap.2")
            after = daemon.eventually(lambda now: now.value("hardlink_layers") == 3, "the layer")
            assert after.labels("hardlink_root_info", "mountpoint") == ["/srv"]
            assert after.value("hardlink_censuses_total", result="failed") == 0
            daemon.stop()
