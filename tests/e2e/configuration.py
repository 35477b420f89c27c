"""Configuration files with short intervals, so that one census follows the other."""

QUICK = "scan: {interval: 1s, watch_interval: 1s, timeout: 60s, max_duty: 100%}\n"
# For tests that wait for several censuses of a small tree.
# Every census reads everything: a fault of the disk shows only in what is read.
OFTEN = QUICK.replace("interval: 1s", "interval: 300ms").replace("{", "{full_interval: 300ms, ")


def write(directory, *roots, scan=QUICK):
    """Writes a configuration with these roots, each the inside of a YAML mapping; returns the flag for it."""
    file = directory / "hardlink_exporter.yml"
    listed = "".join(f"  - {{{root}}}\n" for root in roots)
    file.write_text(f"roots:\n{listed}{scan}")
    return f"--config.file={file}"
