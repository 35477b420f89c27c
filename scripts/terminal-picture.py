#!/usr/bin/python3
"""Draws what `hardlink_exporter scan` shows in a terminal, as SVG: the real program on the demo tree.

    scripts/terminal-picture.py [BINARY [OUTPUT]]

BINARY is build/release/hardlink_exporter, OUTPUT is docs/images/scan.svg, if they are not given.
"""

import fcntl
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from xml.sax.saxutils import escape

TOP = pathlib.Path(__file__).resolve().parent.parent
COLUMNS = 88
# A low limit, so that the picture shows a tree that is nearly full: the demo uses few of 65,000 links.
LINK_LIMIT = 5000

FONT_SIZE, COLUMN, LINE, MARGIN = 14, 8.43, 19, 18
BACKGROUND, TEXT = "#16181d", "#d5d9e0"
COLORS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341"}
STYLE = re.compile(r"\x1b\[([0-9;]*)m")


def terminal_output(command, directory):
    """The output of the command in a terminal of COLUMNS columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    plain = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        command, cwd=directory, env=plain, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL
    ) as process:
        os.close(slave)
        output = b""
        try:
            while data := os.read(master, 1 << 16):
                output += data
        except OSError:
            pass  # this is how Linux reports the end of a terminal
        os.close(master)
    if process.returncode != 0:
        sys.exit(f"{command}: exit code {process.returncode}")
    return output.decode().replace("\r\n", "\n")


def spans(line, style):
    """The pieces of a line, each with one style, and the style at the end of the line."""
    pieces = []
    position = 0
    for match in STYLE.finditer(line):
        pieces.append((line[position : match.start()], style))
        style = set() if match[1] in ("", "0") else set(match[1].split(";"))
        position = match.end()
    pieces.append((line[position:], style))
    return [(text, kind) for text, kind in pieces if text], style


def attributes(style):
    color = next((COLORS[code] for code in style if code in COLORS), None)
    return (f' fill="{color}"' if color else "") + (' font-weight="bold"' if "1" in style else "")


def drawn_line(number, line, style):
    """One line. Every piece is placed at its column, so the width of the font does not matter."""
    pieces, style = spans(line, style)
    y = MARGIN + FONT_SIZE + number * LINE
    out, column = [], 0
    for text, kind in pieces:
        lead = len(text) - len(text.lstrip())
        visible = text.strip()
        if visible:
            x = MARGIN + (column + lead) * COLUMN
            length = len(visible) * COLUMN
            out.append(
                f'<text x="{x:.1f}" y="{y}" textLength="{length:.1f}"{attributes(kind)}>'
                f"{escape(visible)}</text>"
            )
        column += len(text)
    return out, style


def picture(lines):
    width = COLUMNS * COLUMN + 2 * MARGIN
    height = len(lines) * LINE + 2 * MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" '
        f'aria-label="hardlink_exporter scan in a terminal">',
        "<style>text{white-space:pre;font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,"
        f"monospace;font-size:{FONT_SIZE}px}}</style>",
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
        f'<g fill="{TEXT}">',
    ]
    style = set()
    for number, line in enumerate(lines):
        pieces, style = drawn_line(number, line, style)
        out += pieces
    return "\n".join([*out, "</g>", "</svg>", ""])


def main():
    given = [pathlib.Path(argument).resolve() for argument in sys.argv[1:3]]
    standard = [TOP / "build/release/hardlink_exporter", TOP / "docs/images/scan.svg"]
    binary, target = given + standard[len(given) :]
    with tempfile.TemporaryDirectory(prefix="hardlink-picture-") as directory:
        subprocess.run([TOP / "scripts/demo-tree.sh", f"{directory}/docker"], check=True)
        arguments = ["scan", "--engine=walk", f"--link-limit={LINK_LIMIT}", "--top=3"]
        shown = f"hardlink_exporter {' '.join(arguments)} docker/overlay"
        output = terminal_output([binary, *arguments, "docker/overlay"], directory)
    # The directory has a new name each time.
    output = output.replace(directory, "/srv/demo")
    prompt = f"\x1b[1m$\x1b[0m {shown}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(picture([prompt, *output.rstrip("\n").split("\n")]), encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main()
