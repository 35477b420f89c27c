#!/bin/sh
# Installs the Debian packages of the build and of the tests, and unpacks civetweb's source, which
# is built with this program (see cmake/Civetweb.cmake), and pnpm from the npm registry, for the tests.
# Does nothing else, and nothing at all when everything is there. Debian 12 and 13; as root or with
# sudo.
#
#     scripts/deps.sh [--build-only | --fuzz]     # --fuzz: for scripts/fuzz.sh, and no other tests
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

test_packages='
backintime-common
bash-completion
btrfs-progs
buildah
chromium
chromium-driver
curl
debootstrap
dirvish
e2fsprogs
faketime
flatpak
glusterfs-client
jsonnet
mandoc
nix-bin
openssl
ostree
prometheus
prometheus-alertmanager
python3
python3-jsonschema
python3-packaging
python3-prometheus-client
python3-pytest
python3-selenium
python3-yaml
rsnapshot
rsync
squashfs-tools
storebackup
systemd
testssl.sh
time
tmux
umoci
xfsprogs
zstd
'

# Docker removed its overlay storage driver in 24.0, and linters differ from version to version: only
# Debian 12's packages are of use.
test_packages_debian_12='
clang-format-14
clang-tidy-14
docker.io
'

# libFuzzer and the sanitizers are clang's; the images to be changed are made by e2fsprogs.
fuzz_packages='
clang
e2fsprogs
libclang-rt-dev
'

# It runs with the node of both systems.
pnpm_version=10.34.9

# Debian 12's source package on both systems.
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

# A package of the tests may bring a service that starts at once; the tests start their own.
stop_services() {
  [ -d /run/systemd/system ] || return 0
  for package in "$@"; do
    units=$(dpkg-query -L "$package" | sed -n 's,.*/systemd/system/\([^/@]*\.\(service\|socket\|timer\)\)$,\1,p')
    [ -z "$units" ] || as_root systemctl disable --now $units
  done
}

install_packages() {
  wanted=$(missing "$@")
  [ -n "$wanted" ] || return 0
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $wanted
  stop_services $wanted
}

# The archive that this system's own packages come from.
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

wanted_for=all
case ${1-} in
  --build-only) wanted_for=build ;;
  --fuzz) wanted_for=fuzz ;;
  '') ;;
  *)
    echo "usage: $0 [--build-only | --fuzz]" >&2
    exit 2
    ;;
esac

top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=/dev/null
. /etc/os-release

packages=$build_packages
case $wanted_for in
  all)
    packages="$packages $test_packages"
    [ "${VERSION_ID-}" != 12 ] || packages="$packages $test_packages_debian_12"
    ;;
  fuzz) packages="$packages $fuzz_packages" ;;
esac
install_packages $packages
[ -e "$top/build/deps/civetweb/src/civetweb.c" ] || unpack_civetweb "$top/build/deps/civetweb"
if [ "$wanted_for" = all ] && [ ! -e "$top/build/deps/pnpm/node_modules/pnpm" ]; then
  unpack_pnpm "$top/build/deps/pnpm"
fi
