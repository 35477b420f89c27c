#!/bin/sh
# Installs the Debian packages of a build and of the tests. Unpacks the source of civetweb, which is built with this
# program (see cmake/Civetweb.cmake), and pnpm from the npm registry for the test that uses it. Does nothing when
# everything is there. For Debian 12 and 13, as root or with sudo.
#
#     scripts/deps.sh                    # for a build and every test
#     scripts/deps.sh --build-only       # for a build and the unit tests
#     scripts/deps.sh --tests TEST...    # for a build and these tests of ctest; tests/packages.txt is the table
#     scripts/deps.sh --fuzz             # for a build and scripts/fuzz.sh
# shellcheck disable=SC2086  # lists of packages are meant to be split
set -eu

build_packages='
ca-certificates
catch2
cmake
dpkg-dev
file
g++
git
libarchive-dev
libcli11-dev
libcrypt-dev
libext2fs-dev
libmount-dev
libprotozero-dev
libseccomp-dev
libspdlog-dev
libssl-dev
libsystemd-dev
libyaml-cpp-dev
ninja-build
nlohmann-json3-dev
pkg-config
prometheus-cpp-dev
zlib1g-dev
'

# The unit tests make filesystems of these kinds, and CMake runs checks in Python.
unit_test_packages='
btrfs-progs
e2fsprogs
python3
xfsprogs
'

# Docker removed its overlay storage driver in 24.0, and the linters' rules are for version 14. Later releases of
# Debian do not have these versions, so nothing is installed there for the tests that use them.
debian_12_only='clang-format-14 clang-tidy-14 docker.io'

# libFuzzer and the sanitizers belong to clang.
fuzz_packages='
clang
libclang-rt-dev
'

# This version runs with the nodejs package of Debian 12 and 13.
pnpm_version=10.34.9

# Debian 12 and 13 both take the source package of Debian 12.
civetweb_version=1.15+dfsg-4
civetweb_suite=bookworm

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# The packages among the arguments that are not installed, one a line.
missing() {
  for package in "$@"; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || echo "$package"
  done
}

# Stops the services that packages of the tests start at once, because the tests start their own.
stop_services() {
  [ -d /run/systemd/system ] || return 0
  for package in "$@"; do
    units=$(dpkg-query -L "$package" | sed -n 's,.*/systemd/system/\([^/@]*\.\(service\|socket\|timer\)\)$,\1,p')
    [ -z "$units" ] || as_root systemctl disable --now $units
  done
}

install_packages() {
  absent=$(missing "$@" | sort -u)
  [ -n "$absent" ] || return 0
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $absent
  stop_services $absent
}

# The package archive of this system.
archive() {
  # shellcheck disable=SC2016  # apt expands this
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sort -u |
    head -n 1
}

unpack_civetweb() {
  target=$1
  uri=$(archive)
  if [ -z "$uri" ]; then
    as_root apt-get update -q
    uri=$(archive)
  fi
  if [ -z "$uri" ]; then
    echo "$0: no Debian archive among the sources of apt" >&2
    return 1
  fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  key=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb-src [signed-by=$key] $uri $civetweb_suite main" >"$work/sources.list"
  set -- -q -o APT::Sandbox::User=root -o Dir::Etc::SourceList="$work/sources.list" \
    -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/lists" \
    -o Dir::Cache="$work/cache"
  apt-get "$@" update
  (cd "$work" && apt-get "$@" source --only-source "civetweb=$civetweb_version")
  mkdir -p "$(dirname "$target")"
  rm -rf "$target"
  mv "$work"/civetweb-*/ "$target"
}

unpack_pnpm() {
  command -v npm >/dev/null || install_packages npm
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$1" "pnpm@$pnpm_version"
}

# The packages of the given tests, or of all tests, by tests/packages.txt.
test_packages() {
  sed 's/#.*//' "$top/tests/packages.txt" | while read -r pattern packages; do
    [ $# -gt 0 ] || echo $packages
    for test in "$@"; do
      test=${test%.asan}
      # shellcheck disable=SC2254  # the first column is a pattern
      case ${test%.tsan} in
        $pattern) echo $packages ;;
      esac
    done
  done
}

top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=/dev/null
. /etc/os-release

case ${1-} in
  --build-only) wanted= ;;
  --fuzz) wanted=$fuzz_packages ;;
  --tests)
    shift
    wanted=
    [ $# -eq 0 ] || wanted=$(test_packages "$@")
    ;;
  '') wanted=$(test_packages) ;;
  *)
    echo "usage: $0 [--build-only | --fuzz | --tests TEST...]" >&2
    exit 2
    ;;
esac

pnpm=
packages="$build_packages $unit_test_packages"
[ "${VERSION_ID-}" != 12 ] || debian_12_only=
for package in $wanted; do
  case " $debian_12_only " in
    *" $package "*) continue ;;
  esac
  case $package in
    npm:pnpm) pnpm=yes ;;
    *) packages="$packages $package" ;;
  esac
done
install_packages $packages
[ -e "$top/build/deps/civetweb/src/civetweb.c" ] || unpack_civetweb "$top/build/deps/civetweb"
if [ -n "$pnpm" ] && [ ! -e "$top/build/deps/pnpm/node_modules/pnpm" ]; then
  unpack_pnpm "$top/build/deps/pnpm"
fi
