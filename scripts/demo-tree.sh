#!/bin/sh
# Makes a small tree in the shape of Docker's data root with the overlay storage driver: twelve
# layers, each a full hard-link copy of its parent, on a base in which yum's database gives one file
# 197 names; a container; a layer in the making; and the metadata of three images.
#
#     scripts/demo-tree.sh DIR
#
# DIR must not exist; DIR/overlay is the directory to watch.
set -eu

packages=197
layers=12

if [ $# -ne 1 ] || [ -e "$1" ]; then
  echo "usage: $0 DIR (which must not exist)" >&2
  exit 2
fi
mkdir -p "$(dirname "$1")"
target=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$work"' EXIT

sha256() {
  printf %s "$1" | sha256sum | cut -d ' ' -f 1
}

# The files of a base image: the yum database, and some files with one link.
make_base() {
  yumdb=$1/var/lib/yum/yumdb
  mkdir -p "$yumdb" "$1/etc" "$1/usr/bin"
  printf sha256 >"$1/checksum_type"
  printf user >"$1/reason"
  package=1
  while [ $package -le $packages ]; do
    directory=$yumdb/$((package % 10))/$package-package-1.0-1.el7-noarch
    mkdir -p "$directory"
    ln "$1/checksum_type" "$directory/checksum_type"
    ln "$1/reason" "$directory/reason"
    package=$((package + 1))
  done
  rm "$1/checksum_type" "$1/reason"
  for name in passwd group hosts os-release; do
    echo "$name" >"$1/etc/$name"
  done
  echo '#!/bin/sh' >"$1/usr/bin/app"
}

# Docker's record of one layer. A chain id is made of the parent's chain id and the layer's diff id.
record_layer() {
  cache_id=$1
  diff_id=sha256:$(sha256 "diff $cache_id")
  if [ -z "$chain_id" ]; then
    chain_id=$diff_id
  else
    parent=$chain_id
    chain_id=sha256:$(sha256 "$parent $diff_id")
  fi
  record=$metadata/layerdb/sha256/${chain_id#sha256:}
  mkdir -p "$record"
  printf %s "$cache_id" >"$record/cache-id"
  printf %s "$diff_id" >"$record/diff"
  printf 0 >"$record/size"
  [ -z "${parent-}" ] || printf %s "$parent" >"$record/parent"
  diff_ids="$diff_ids${diff_ids:+,}\"$diff_id\""
}

# Makes an image of the layers recorded so far.
record_image() {
  content='{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":['$diff_ids']}}'
  id=$(sha256 "$content")
  mkdir -p "$metadata/imagedb/content/sha256"
  printf %s "$content" >"$metadata/imagedb/content/sha256/$id"
  repositories="$repositories${repositories:+,}\"$1\":{\"$1:latest\":\"sha256:$id\"}"
}

make_layers() {
  number=1
  while [ $number -le $layers ]; do
    layer=$(sha256 "demo layer $number")
    mkdir "$overlay/$layer"
    if [ $number -eq 1 ]; then
      make_base "$overlay/$layer/root"
    else
      cp -al "$top/root" "$overlay/$layer/root"
      echo "$number" >"$overlay/$layer/root/etc/layer-$number"
    fi
    record_layer "$layer"
    case $number in
      1) record_image base ;;
      7) record_image app ;;
      "$layers") record_image app-with-tools ;;
    esac
    top=$overlay/$layer
    number=$((number + 1))
  done
}

make_container() {
  container=$overlay/$(sha256 'demo container')
  mkdir -p "$container/upper/tmp" "$container/work/work" "$container/merged"
  echo log >"$container/upper/tmp/log"
  basename "$top" | tr -d '\n' >"$container/lower-id"
}

# An unfinished layer: a copy of its parent that does not have its final name yet.
make_unfinished_layer() {
  unfinished=$overlay/$(sha256 'demo unfinished layer')
  mkdir "$unfinished"
  cp -al "$top/root" "$unfinished/tmproot525452492"
}

overlay=$work/overlay
metadata=$work/image/overlay
chain_id=
diff_ids=
repositories=
mkdir -p "$overlay" "$metadata"
make_layers
make_container
make_unfinished_layer
printf '{"Repositories":{%s}}' "$repositories" >"$metadata/repositories.json"
# A further name outside the watched directory.
find "$top/root" -name checksum_type -print -quit |
  while read -r file; do ln "$file" "$work/backup-of-checksum_type"; done
chmod 755 "$work"
mv "$work" "$target"
