"""Configuration files for tests that want censuses one after the other."""

QUICK = "scan: {interval: 1s, watch_interval: 1s, timeout: 60s, max_duty: 100%}\n"
# For tests that wait for several of them, on trees of a few files.
OFTEN = QUICK.replace("interval: 1s", "interval: 300ms")


def write(directory, *roots, scan=QUICK):
    """Writes a configuration of these roots (the inside of a YAML mapping each); returns its flag."""
    file = directory / "hardlink_exporter.yml"
    listed = "".join(f"  - {{{root}}}\n" for root in roots)
    file.write_text(f"roots:\n{listed}{scan}")
    return f"--config.file={file}"
