#!/bin/sh
# Builds and starts the image of the Dockerfile without a registry of images and without a container
# engine: the steps run in bare Debian 13 systems that debootstrap makes and that are removed
# afterwards. It takes some minutes and downloads Debian packages. Run it as root.
#
#     scripts/test-containers.sh [ROOT]
#
# ROOT is a bare Debian 13 to start from, which is not changed; by default the script makes one.
set -eu

cd "$(dirname "$0")/.."
if [ "$(id -u)" -ne 0 ]; then
  echo "$0: needs root, for chroot and mounts" >&2
  exit 2
fi
missing=
for program in debootstrap:debootstrap pytest-3:python3-pytest; do
  [ -n "$(command -v "${program%:*}")" ] || missing="$missing ${program#*:}"
done
if [ -n "$missing" ]; then
  apt-get update -q
  # shellcheck disable=SC2086  # a list of packages
  apt-get install -q -y --no-install-recommends $missing
fi

export HARDLINK_PACKAGE_SUITE=trixie HARDLINK_PACKAGE_ROOT="${1-}" CI=true PYTHONDONTWRITEBYTECODE=1
cd tests/e2e
exec /usr/bin/python3 -m pytest -rA test_image.py
