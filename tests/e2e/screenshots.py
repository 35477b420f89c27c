"""Makes the documentation's pictures of the status page, from the real daemon on the demo tree.
scripts/screenshots.sh runs it. Usage: screenshots.py DIRECTORY"""

import os
import pathlib
import sys
import tempfile

import browser
import exporter
import processes

DEMO_TREE = pathlib.Path(__file__).parents[2] / "scripts" / "demo-tree.sh"

# One file gets so many links outside the layers that the dozen layers look like three hundred.
MORE_LINKS = 59297 - 2562

DRAWN = "return document.querySelector('.root svg.histogram .bucket') !== null"


def grow(demo):
    """Gives so many more names to the file that binds the tree."""
    base = next((demo / "overlay").glob("*/root/var/lib/yum/yumdb/*/*/checksum_type"))
    (demo / "more").mkdir()
    for number in range(MORE_LINKS):
        os.link(base, demo / "more" / str(number))


def main(target):
    with tempfile.TemporaryDirectory(prefix="hardlink-screenshots-") as scratch:
        demo = pathlib.Path(scratch, "docker")
        processes.run([str(DEMO_TREE), str(demo)])
        grow(demo)
        config = pathlib.Path(scratch, "config.yml")
        config.write_text(
            f"roots: [{{path: {demo}/overlay, name: docker}}]\nmetrics: {{layers: 5, hot_inodes: 5}}\n"
        )
        with exporter.daemon(f"--config.file={config}") as daemon, browser.chromium() as window:
            for scheme in ["light", "dark"]:
                window.size(1100, 1090)
                window.scheme(scheme)
                window.driver.get(f"http://127.0.0.1:{daemon.port}/")
                window.eventually(DRAWN, "the figures drawn")
                window.driver.save_screenshot(str(target / f"status-page-{scheme}.png"))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
