#!/bin/sh
# Builds the image of the Dockerfile with a real Docker and runs it in containers. Without a registry of images: the
# image that the Dockerfile begins with is a bare Debian 13 made by debootstrap. It takes some minutes and downloads
# Debian packages. Run it as root, on Debian 12.
#
#     scripts/test-containers.sh [ROOT]
#
# ROOT is a bare Debian 13 to start from, which is not changed; by default the script makes one.
set -eu

cd "$(dirname "$0")/.."
if [ "$(id -u)" -ne 0 ]; then
  echo "$0: needs root, for Docker" >&2
  exit 2
fi
scripts/deps.sh --tests e2e.image
cmake --preset release
cmake --build --preset release --target hardlink_exporter

export HARDLINK_LONG_TESTS=1 HARDLINK_PACKAGE_ROOT="${1-}" CI=true PYTHONDONTWRITEBYTECODE=1
export HARDLINK_EXPORTER_BINARY="$PWD/build/release/hardlink_exporter"
cd tests/e2e
exec /usr/bin/python3 -m pytest -rA test_image.py
