#!/bin/sh
# Builds the release and runs it under load for SECONDS (default: 600; 28800 is a night): 40 scrapes at
# once, one census after the other on a changing tree, and clients that are idle, slow or misbehave.
# Prints memory, descriptors, threads and the times of scrapes, and exits with 1 if something is wrong.
# ARGUMENTs go to bench/soak.py. Run it as root.
#
#     scripts/soak.sh [SECONDS] [ARGUMENT…]
set -eu

cd "$(dirname "$0")/.."
seconds=${1:-600}
[ $# -eq 0 ] || shift
cmake --preset release
cmake --build --preset release --target hardlink_exporter load
exec bench/soak.py --seconds="$seconds" "$@"
