#!/bin/sh
# Builds the release and lets it work under load for SECONDS (default: 600; 28800 are a night): 40
# scrapes at once, censuses without rest on a tree that changes, idle, slow and rude clients. Prints
# memory, descriptors, threads and the times of scrapes, and exits with 1 if something is wrong; see
# bench/soak.py, which takes the further arguments. As root.
#
#     scripts/soak.sh [SECONDS] [ARGUMENT…]
set -eu

cd "$(dirname "$0")/.."
seconds=${1:-600}
[ $# -eq 0 ] || shift
cmake --preset release
cmake --build --preset release --target hardlink_exporter load
exec bench/soak.py --seconds="$seconds" "$@"
