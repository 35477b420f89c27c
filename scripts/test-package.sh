#!/bin/sh
# Tests the Debian package on every supported release: builds it in a system of that release, whose
# libraries it links, runs lintian, and runs tests/e2e/test_package.py in a bare system.
#
#     scripts/test-package.sh [SUITE…]     # default: bookworm trixie
#
# Run it as root. debootstrap makes missing systems in build/package-roots/ (about 2 GB for each release),
# where they are kept. The packages are in build/packages/SUITE/. JOBS is the number of compilers that
# run at once.
set -eu

cd "$(dirname "$0")/.."
roots=$PWD/build/package-roots

# All mounts are in a namespace of this script and end with it.
if [ -z "${HARDLINK_IN_NAMESPACE-}" ]; then
  scripts/deps.sh --tests e2e.package
  exec env HARDLINK_IN_NAMESPACE=1 unshare --mount --propagation private "$0" "$@"
fi

# The package archive of this system.
archive() {
  # shellcheck disable=SC2016  # apt expands this
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sort -u |
    head -n 1
}

# A minimal system of SUITE in DIRECTORY; an incomplete one from a failed run is made again.
make_system() {
  [ ! -e "$2/.complete" ] || return 0
  rm -rf "$2"
  mkdir -p "$2"
  debootstrap --variant=minbase "$1" "$2" "$(archive)"
  touch "$2/.complete"
}

# in_system DIRECTORY COMMAND…, with the source as the current directory
in_system() {
  system=$1
  shift
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive \
    chroot "$system" sh -c 'cd /usr/src/hardlink_exporter && exec "$@"' sh "$@"
}

copy_source() {
  target=$1/usr/src/hardlink_exporter
  # The build is kept, so that the next run is quick.
  mkdir -p "$target/build"
  find "$target" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  git ls-files -z --cached --others --exclude-standard |
    tar -c --null --ignore-failed-read -T - | tar -x -C "$target"
}

build_package() {
  mountpoint -q "$1/proc" || mount -t proc proc "$1/proc"
  copy_source "$1"
  in_system "$1" apt-get update -q
  in_system "$1" apt-get install -q -y --no-install-recommends lintian
  in_system "$1" scripts/deps.sh --build-only
  in_system "$1" rm -rf build/package/_CPack_Packages
  in_system "$1" find . -maxdepth 3 -name '*.deb' -delete
  in_system "$1" cmake --preset package "-DHARDLINK_REVISION=$(git rev-parse --short=12 HEAD)"
  in_system "$1" cmake --build --preset package --parallel "${JOBS:-$(nproc)}"
  in_system "$1" sh -c 'lintian --allow-root --fail-on error build/package/*.deb'
}

test_suite() {
  make_system "$1" "$roots/$1-build"
  make_system "$1" "$roots/$1-bare"
  build_package "$roots/$1-build"
  rm -rf "build/packages/$1"
  mkdir -p "build/packages/$1"
  cp "$roots/$1-build"/usr/src/hardlink_exporter/build/package/*.deb "build/packages/$1/"
  package=$(echo "$PWD/build/packages/$1"/*.deb)
  echo "$1: $package"
  (cd tests/e2e && HARDLINK_PACKAGE=$package HARDLINK_PACKAGE_ROOT=$roots/$1-bare CI=true \
    PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest test_package.py)
}

[ $# -gt 0 ] || set -- bookworm trixie
for suite in "$@"; do
  test_suite "$suite"
done
