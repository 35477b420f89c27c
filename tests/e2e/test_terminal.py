"""`scan` in terminals of several sizes and kinds: its table, its end by a signal, and `--watch`."""

import json
import os
import re
import signal
import subprocess
import termios

import pytest

import exporter
import fusetree
import processes
import terminals
from trees import copy_links, hard_linked, snapshots

ENTER_SCREEN, LEAVE_SCREEN = "\x1b[?1049h", "\x1b[?1049l"


@pytest.fixture
def backups(tree):
    """Two snapshots with one file of 8,000 names in each, near a limit of 20,000."""
    return snapshots(tree / "backups", names=8000)


def limited(path):
    return ["--link-limit=20000", "--engine=walk", path]


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(backups, columns):
    (backups / "snap.0" / ("x" * 200)).write_text("")
    os.link(backups / "snap.0" / ("x" * 200), backups / "snap.1" / "y")
    lines = terminals.scan(*limited(backups), columns=columns)
    assert max(map(terminals.width, lines)) <= columns
    assert "Hottest inodes" in "\n".join(lines)


def test_figures_are_rounded_on_a_terminal_and_exact_where_asked_for(backups):
    text = "\n".join(terminals.scan(*limited(backups), columns=100))
    assert "highest link count 16k of 20k, headroom 4,000 (20.0 %)" in text
    exact = "\n".join(terminals.scan("--exact", *limited(backups), columns=100))
    assert "highest link count 16,000 of 20,000, headroom 4,000 (20.0 %)" in exact


def test_piped_figures_are_exact_and_nothing_is_coloured_or_cut(backups):
    name = "x" * 150
    os.link(backups / "snap.0" / "0", backups / "snap.0" / name)
    done = exporter.run("scan", *limited(backups))
    assert (done.returncode, done.stderr) == (0, "")
    assert "16,001" in done.stdout
    assert "\x1b" not in done.stdout
    assert "█" not in done.stdout
    assert f"snap.0/{name}" not in done.stdout  # not the first of its names
    assert exporter.run("scan", "--exact", *limited(backups)).stdout.splitlines()[1:3] == (
        done.stdout.splitlines()[1:3]
    )


def test_few_layers_left_have_a_colour_and_a_word(tree):
    top = snapshots(tree / "backups", names=10)
    with terminals.terminal("scan", "--link-limit=50", top) as terminal:
        assert terminal.finish() == 0
    assert re.search(r"\x1b\[1;31m[^\n]*3 more snapshots are sure to fit: critical", terminal.output)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}])
def test_no_color_switches_colours_off(backups, environment):
    with terminals.terminal("scan", *limited(backups), environment=environment) as terminal:
        assert terminal.finish() == 0
    without_progress = terminal.output.replace(terminals.CLEARED_LINE, "")
    assert "\x1b" not in without_progress
    assert "██" in terminal.output


def test_an_empty_no_color_keeps_colours(backups):
    with terminals.terminal("scan", *limited(backups), environment={"NO_COLOR": ""}) as terminal:
        assert terminal.finish() == 0
    assert "\x1b[1" in terminal.output


@pytest.mark.parametrize(("locale", "utf8"), [("C", False), ("POSIX", False), ("C.UTF-8", True)])
def test_bars_and_names_are_what_the_locale_can_show(backups, locale, utf8):
    os.link(backups / "snap.0" / "0", backups / "snap.0" / "-中é")  # the first name in byte order
    lines = terminals.scan(*limited(backups), columns=100, environment={"LC_ALL": locale})
    text = "\n".join(lines)
    assert text.isascii() != utf8
    assert ("-中é" in text) == utf8
    assert (r"-\xe4\xb8\xad\xc3\xa9" in text) != utf8
    assert ("█" if utf8 else "####") in text


COMMANDS = [
    *[["scan", f"--format={form}", "{top}"] for form in ["table", "json", "prometheus"]],
    *[["explain", f"--format={form}", "{top}/snäp.0/0"] for form in ["table", "json"]],
    *[["plan", "--target=4", "--link-limit=50", "--layers=sn*", f"--format={form}", "{top}"]
      for form in ["table", "json", "commands"]],
    *[["check", f"--mode={mode}", "--link-limit=50", path] for mode in ["nagios", "npd"]
      for path in ["{top}", "{top}/missing", "--wörning=3"]],
    ["preflight", "{top}/missing.tar", "{top}"],
    *[[command, "{top}/missing"] for command in ["scan", "explain"]],
    ["scan", "--fröbnicate"],
    ["--config.file={top}/missing.yml"],
    ["--config.file={top}/bad.yml"],
    ["--config.file={top}/good.yml", "--config.check"],
]


def snapshots_in_other_letters(tree):
    top = snapshots(tree / "käfig 中", names=10)
    for number in range(2):
        (top / f"snap.{number}").rename(top / f"snäp.{number}")
    return top


@pytest.mark.parametrize("environment", [
    {"LC_ALL": "C"},
    {"LC_ALL": "POSIX", "LANG": "C.UTF-8"},
    {"LC_ALL": "", "LC_CTYPE": "C", "LANG": "C.UTF-8"},
    {"LC_ALL": "", "LANG": ""},
    {"LC_ALL": "de_DE.ISO-8859-1"},
])
def test_every_command_is_ascii_on_a_terminal_that_is_not_utf8(tree, environment):
    top = snapshots_in_other_letters(tree)
    (top / "bad.yml").write_text("roots: [{path: ä}]\nröots: 1\n")
    (top / "good.yml").write_text(f"roots: [{{path: {top}}}]\n")
    for command in COMMANDS:
        arguments = [part.format(top=top) for part in command]
        with terminals.terminal(*arguments, environment=environment, columns=200) as terminal:
            terminal.finish()
        assert terminal.output.isascii(), (command, terminal.output)
        escaped = re.search(r"\\x[0-9a-f]|\\u00e4|\\303", terminal.output)
        assert escaped, (command, terminal.output)


def test_an_escaped_command_has_the_same_meaning(tree):
    top = snapshots_in_other_letters(tree)
    ascii_only = {"environment": {"LC_ALL": "C"}, "columns": 200}
    with terminals.terminal("scan", "--format=json", top, **ascii_only) as terminal:
        assert terminal.finish() == 0
    text = "\n".join(terminals.shown(terminal.output))
    assert json.loads(text)["roots"][0]["path"] == str(top)
    plan = ["plan", "--target=4", "--link-limit=50", "--layers=sn*", "--format=commands", top]
    with terminals.terminal(*plan, **ascii_only) as terminal:
        assert terminal.finish() == 0
    (command,) = [line for line in terminals.shown(terminal.output) if line.startswith("rm ")]
    listed = processes.run(["bash", "-c", command.replace("rm -rf", "ls -d")]).stdout
    assert listed.startswith(f"{top}/snäp.")


def test_the_daemon_logs_ascii_on_a_terminal_that_is_not_utf8(tree):
    (tree / "käfig").mkdir()
    flags = [f"--web.listen-address=127.0.0.1:{processes.free_port()}", "--log.level=debug"]
    with terminals.terminal(*flags, tree / "käfig", environment={"LC_ALL": "C"}) as terminal:
        terminal.wait_for(r"k\\\\xc3\\\\xa4fig")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.finish() == 0
    assert terminal.output.isascii()


@pytest.mark.parametrize("command", ["scan", "explain", "check", "plan", "preflight", "--help"])
def test_every_help_is_ascii(command):
    done = exporter.run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_columns_are_aligned_with_names_of_double_width(tree):
    hard_linked(tree / "中文" / "é", 5)
    copy_links(tree / "中文", tree / "日本語")
    os.link(tree / "中文" / "é" / "0", tree / "plain")
    lines = terminals.scan("--layout=snapshots", "--top=5", tree, columns=80)
    (title,) = [line for line in lines if line.strip().startswith("remaining  links each")]
    rows = lines[lines.index(title) + 1 :][:2]
    starts = {terminals.width(row[: re.search("[中日]", row).start()]) for row in rows}
    assert starts == {terminals.width(title[: title.index("snapshot")])}


# Interrupted


def under_way(terminal):
    terminal.wait_for(r"[1-9][\d.,]*[kM]? names")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_scan_shows_what_it_has_found_as_partial(number):
    with fusetree.endless() as slow:
        with terminals.terminal("scan", slow.path) as terminal:
            under_way(terminal)
            if number == signal.SIGINT:
                terminal.type("\x03")
            else:
                terminal.process.send_signal(number)
            assert terminal.finish() == 1
    lines = terminals.shown(terminal.output)
    text = "\n".join(lines)
    assert re.search(r"\(partial\)", text)
    assert re.search(r"PARTIAL +interrupted after \d", text)
    assert "sure to fit" not in text
    assert re.search(r"highest link count 2\b", text)
    assert not any("names/s" in line for line in lines), "the progress line is still there"


def test_an_interrupted_scan_is_marked_as_incomplete_in_json():
    with fusetree.endless() as slow:
        with terminals.terminal(
            "scan", "--format=json", slow.path, stdout=subprocess.PIPE
        ) as terminal:
            under_way(terminal)
            terminal.type("\x03")
            (root,) = json.loads(terminal.process.stdout.read())["roots"]
            assert terminal.finish() == 1
    assert root["complete"] is False
    assert root["up"] is False
    assert root["error"].startswith("interrupted after ")
    assert root["names"] > 0
    assert root["max_links"] == 2


@pytest.mark.parametrize("arguments", [["--format=prometheus"], ["--output=kept.json"]])
def test_an_interrupted_scan_writes_no_metrics_and_no_output_file(tree, arguments):
    with fusetree.endless() as slow:
        with terminals.terminal(
            "scan", *arguments, slow.path, stdout=subprocess.PIPE, cwd=tree
        ) as terminal:
            under_way(terminal)
            terminal.type("\x03")
            assert terminal.process.stdout.read() == b""
            assert terminal.finish() == 1
    assert "interrupted; nothing is written" in terminal.output
    assert os.listdir(tree) == []


def test_ctrl_c_ends_a_scan_of_a_hanging_filesystem(backups):
    with fusetree.endless() as slow:
        with terminals.terminal("scan", backups, slow.path) as terminal:
            terminal.wait_for(os.path.basename(slow.path) + r"\W[^\r\n]*?[1-9][\d.,]*[kM]? names")
            slow.hang()
            terminal.type("\x03")
            assert terminal.finish() == 1
    text = "\n".join(terminals.shown(terminal.output))
    assert f"{slow.path}: interrupted, and the filesystem does not answer" in text
    assert "16,000" in text or "16k" in text, "the root that was done is not shown"


def test_a_second_ctrl_c_ends_at_once():
    with fusetree.endless() as slow:
        with terminals.terminal("scan", slow.path) as terminal:
            under_way(terminal)
            slow.hang()
            terminal.process.send_signal(signal.SIGINT)
            # The kernel merges a second SIGINT into a pending one, but delivers SIGTERM beside it.
            terminal.process.send_signal(signal.SIGTERM)
            assert terminal.finish() == 1
    assert "does not answer" not in terminal.output


def test_a_dumb_terminal_has_no_progress_line(backups):
    with terminals.terminal("scan", *limited(backups), environment={"TERM": "dumb"}) as terminal:
        assert terminal.finish() == 0
    assert "\r\x1b" not in terminal.output


# Watching


def watching(top, *arguments, **options):
    return terminals.terminal("scan", "--watch=1s", *arguments, *limited(top), **options)


def add_links(top, number):
    for link in range(number):
        os.link(top / "snap.0" / "0", top / "snap.0" / f"more-{link}")


def test_watch_shows_what_has_changed_and_q_gives_the_terminal_back(backups):
    with watching(backups, "--exact") as terminal:
        before = terminal.modes()
        terminal.wait_for(re.escape(ENTER_SCREEN))
        terminal.wait_for(r"highest link count 16,000 of 20,000")
        assert not terminal.modes() & (termios.ICANON | termios.ECHO)
        add_links(backups, 197)
        terminal.wait_for(r"highest link count 16,197 \(\+197\) of 20,000")
        terminal.wait_for(r"q quits")
        terminal.type("q")
        assert terminal.finish() == 0
        assert terminal.output.endswith(LEAVE_SCREEN)
        assert before & (termios.ICANON | termios.ECHO)
        assert terminal.modes() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_watch_and_gives_the_terminal_back(backups, number):
    with watching(backups) as terminal:
        before = terminal.modes()
        terminal.wait_for("Limits")
        terminal.process.send_signal(number)
        assert terminal.finish() == 0
        assert terminal.output.endswith(LEAVE_SCREEN)
        assert terminal.modes() == before


def test_watch_on_a_filesystem_that_hangs_gives_the_terminal_back():
    with fusetree.endless() as slow:
        with terminals.terminal("scan", "--watch", slow.path) as terminal:
            under_way(terminal)
            slow.hang()
            terminal.type("q")
            assert terminal.finish() == 1
    assert LEAVE_SCREEN in terminal.output
    assert "does not answer" in terminal.output.rpartition(LEAVE_SCREEN)[2]


def test_watch_fits_the_screen_when_that_is_resized(backups):
    with watching(backups, columns=100, rows=40) as terminal:
        terminal.wait_for("Tightest snapshots")
        start = len(terminal.output)
        terminal.resize(40, 12)
        frame = terminal.wait_for(r"\x1b\[H((?:(?!\x1b\[H).)*more lines\))").group(1)
    assert terminal.output[start:]
    lines = terminals.shown(frame)
    assert len(lines) == 12
    assert max(map(terminals.width, lines)) <= 40


def test_watch_loses_no_character_however_wide_the_terminal_is(tree, ext4):
    # On a filesystem of its own, so that the figures of the limits stay the same.
    names = ["x" * 250, "中文" * 40, "e\N{COMBINING ACUTE ACCENT}" * 80]
    for snapshot in ["snap.0", "snap.1"]:
        (ext4 / "top" / snapshot).mkdir(parents=True)
    for number, name in enumerate(names):
        hard_linked(ext4 / "top" / "snap.0", 40 - number, prefix=name[:-2])
    copy_links(ext4 / "top" / "snap.0", ext4 / "top" / "snap.1")
    widths = [80, 40, 79, 81, 120, 200]

    def body(lines):
        # Drops the progress line and the census's time.
        start = lines.index(f"{ext4}/top") if f"{ext4}/top" in lines else 0
        return [re.sub(r"\d+\.\d\d s", "0.00 s", line.rstrip()) for line in lines[start:]]

    watched = ["scan", "--watch=1h", *limited(ext4 / "top")]
    with terminals.emulator(tree, *watched, columns=widths[0]) as emulator:
        for columns in widths:
            emulator.resize(columns, 60)
            lines = body(terminals.scan(*limited(ext4 / "top"), columns=columns)[:-1])
            assert columns in map(terminals.width, lines)
            processes.eventually(
                lambda: body(emulator.screen()) == lines,
                lambda: "\n".join([*emulator.screen(), "instead of", *lines]),
            )


def test_watch_comes_back_after_it_was_suspended(backups):
    with watching(backups) as terminal:
        before = terminal.modes()
        terminal.wait_for("Limits")
        terminal.type("\x1a")  # Ctrl-Z
        terminal.wait_for(re.escape(LEAVE_SCREEN))
        stopped = f"/proc/{terminal.process.pid}/stat"
        processes.eventually(
            lambda: open(stopped, encoding="utf-8").read().rpartition(")")[2].split()[0] == "T",
            lambda: "stopped",
        )
        assert terminal.modes() == before
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for(re.escape(ENTER_SCREEN) + ".*Limits")
        terminal.type("q")
        assert terminal.finish() == 0


def test_piped_watch_prints_one_table_after_the_other_with_the_time(backups):
    process = processes.start(
        [exporter.binary(), "scan", "--watch=1s", *map(str, limited(backups))],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        stamps, links = [], []
        for line in process.stdout:
            assert "\x1b" not in line
            stamps += re.findall(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", line)
            links += re.findall(r"highest link count ([\d,]+(?: \(\+\d+\))?)", line)
            if len(links) == 1 and not (backups / "snap.0" / "more-0").exists():
                add_links(backups, 3)
            if "16,003 (+3)" in links:
                break
        assert len(stamps) == len(links)
        assert links[0] == "16,000"
    finally:
        process.stdout.close()
        assert processes.terminate(process) in (0, -signal.SIGPIPE)
