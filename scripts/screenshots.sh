#!/bin/sh
# Makes docs/images/status-page-light.png and status-page-dark.png from the real daemon on the demo
# tree, filled with links until few layers are left. `scripts/deps.sh --tests e2e.status_page` installs the
# browser that it needs.
#
#     scripts/screenshots.sh [BINARY]
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
HARDLINK_EXPORTER_BINARY=${1:-$top/build/release/hardlink_exporter}
export HARDLINK_EXPORTER_BINARY PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 "$top/tests/e2e/screenshots.py" "$top/docs/images"
