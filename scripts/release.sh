#!/bin/sh
# Makes build/hardlink_exporter-VERSION.linux-ARCH.tar.gz, a release in the form of Prometheus' own, and prints its
# path. It runs on every Linux from 3.10 on, with whatever libraries or none: lib/ has those of this system, and a small
# static program starts it (deploy/release/launcher.cc). Make it on Debian 12: the older the system, the fewer
# surprises. The same source and packages give the same bytes.
#
#     scripts/release.sh                      # installs what is missing, and builds the preset release
#     scripts/release.sh BUILD [DIRECTORY]    # packs what is built in BUILD, into DIRECTORY (default: BUILD)
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -eq 0 ]; then
  "$top/scripts/deps.sh" --build-only
  (cd "$top" && cmake --preset release && cmake --build --preset release --target hardlink_exporter launcher)
  set -- "$top/build/release" "$top/build"
fi
build=$(cd "$1" && pwd)
output=$(cd "${2-$1}" && pwd)
cd "$top"
umask 022
export LC_ALL=C

# As Go names them.
architecture() {
  case $(dpkg --print-architecture) in
    i386) echo 386 ;;
    armhf) echo armv7 ;;
    ppc64el) echo ppc64le ;;
    *) dpkg --print-architecture ;;
  esac
}

# The path of each library of a program, and of the loader, one a line.
libraries() {
  ldd "$1" | sed -n 's,^[^/]*\(/[^ ]*\) (0x[0-9a-f]*)$,\1,p'
}

# The packages of the libraries in lib/, and those that a build compiles into the programs (scripts/deps.sh). Where
# /lib is a symlink, dpkg knows a file by only one of its paths.
packages() {
  for file in $(libraries "$build/hardlink_exporter"); do
    printf '%s\n%s\n' "$file" "/usr$file"
    realpath "$file"
  done | xargs dpkg-query -S 2>/dev/null | grep -v '^diversion by' | cut -d : -f 1
  sed -n "/^build_packages='/,/^'/p" scripts/deps.sh | grep -e '-dev$' | grep -v '^dpkg'
}

# Copies the text about the copyright of each source package, and prints a line about it.
copy_notices() {
  # shellcheck disable=SC2016,SC2046  # dpkg-query expands the format; the names of packages have no spaces
  dpkg-query -W -f '${source:Package} ${source:Version} ${Package}\n' $(packages | sort -u) >"$work/sources"
  sort -u -k 1,1 "$work/sources" | while read -r source source_version package; do
    install -m 644 "/usr/share/doc/$package/copyright" "$1/licenses/$source.txt"
    printf '%-15s %-25s licenses/%s.txt\n' "$source" "$source_version" "$source"
  done
}

# Debian's texts name common licenses by their path.
common_licenses() {
  cat "$1"/licenses/*.txt | grep -o '/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' | sort -u |
    while read -r file; do
      [ ! -e "$file" ] || install -m 644 "$file" "$1/licenses/common/"
    done
}

notices() {
  mkdir -p "$1/licenses/common"
  install -m 644 deploy/debian/copyright "$1/licenses/hardlink_exporter.txt"
  cat <<NOTICE
hardlink_exporter $version is under the Apache License 2.0 (LICENSE). licenses/hardlink_exporter.txt
names the code of others that is part of it.

This release was made on $system_name. lib/ has the libraries of that system,
unchanged, and the program has some of its headers compiled in. The list below has their source packages,
the versions, and the texts about their copyright. Their sources are at https://snapshot.debian.org/.
licenses/common/ has the licenses that those texts call /usr/share/common-licenses/. You can replace each
library in lib/ by your own build of it.

NOTICE
  copy_notices "$1"
  common_licenses "$1"
}

copy_programs() {
  install -s "$build/launcher" "$1/hardlink_exporter"
  mkdir -p "$1/lib/loader"
  install -s "$build/hardlink_exporter" "$1/lib/hardlink_exporter"
  for file in $(libraries "$build/hardlink_exporter"); do
    case $file in
      */ld-linux* | */ld64.so* | */ld.so*) install "$file" "$1/lib/loader/hardlink_exporter" ;;
      *) install -m 644 "$file" "$1/lib/" ;;
    esac
  done
}

# What surrounds the program, where README.md and docs/ look for it.
copy_files() {
  find LICENSE README.md CHANGELOG.md config docs deploy/alertmanager deploy/completion deploy/grafana \
    deploy/prometheus deploy/systemd/*.d -type f ! -path '*/tests/*' | while read -r file; do
    install -D -m 644 "$file" "$1/$file"
  done
  install -m 644 deploy/release/hardlink-exporter.service deploy/systemd/hardlink-exporter.socket "$1/deploy/systemd/"
  for unit in hardlink-exporter-textfile.service hardlink-exporter-textfile.timer; do
    sed 's,/usr/bin/hardlink_exporter,/opt/hardlink_exporter/hardlink_exporter,' "deploy/systemd/$unit" \
      >"$1/deploy/systemd/$unit"
  done
}

version=$(sed -n 's/^project(hardlink_exporter VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
# shellcheck source=/dev/null
system_name=$(. /etc/os-release && echo "$PRETTY_NAME")
name=hardlink_exporter-$version.linux-$(architecture)
work=$(mktemp -d "$output/.release.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/$name"
copy_programs "$work/$name"
copy_files "$work/$name"
notices "$work/$name" >"$work/$name/NOTICE"

date=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date -r CHANGELOG.md +%s)}
tar -C "$work" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$date" -c "$name" |
  gzip -n >"$work/$name.tar.gz"
mv "$work/$name.tar.gz" "$output/"
echo "$output/$name.tar.gz"
