"""Lints a classic exposition with `promtool check metrics`: promtool_check.py FILE

promtool complains that gauge histograms use sample names that are reserved for histograms. The
classic format has no type for them, so that complaint is allowed, and no other one.
"""

import subprocess
import sys

GAUGE_HISTOGRAMS = (
    "hardlink_inode_links",
    "hardlink_layer_links",
    "hardlink_layer_inode_links",
)
ALLOWED = {
    f"{name}_bucket non-histogram metrics should not have {what}"
    for name in GAUGE_HISTOGRAMS
    for what in ('"_bucket" suffix', '"le" label')
}
CLEAN, REMARKS = 0, 3  # promtool's exit codes; anything else means that it could not read the file


def main(path):
    with open(path, "rb") as exposition:
        run = subprocess.run(
            ["promtool", "check", "metrics"], stdin=exposition, capture_output=True, text=True
        )
    remarks = set((run.stdout + run.stderr).splitlines())
    unexpected = sorted(remarks - ALLOWED)
    for remark in unexpected:
        print(f"{path}: {remark}")
    if run.returncode not in (CLEAN, REMARKS):
        sys.exit(f"promtool failed with exit code {run.returncode}")
    sys.exit(1 if unexpected else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
