#!/bin/sh
# Runs what takes too long for every change, against the release build: clang-tidy with its static
# analyzer, and the tests of sizes in full (5,000,000 names in a directory, 100,000 layers). As root,
# on a machine that scripts/deps.sh has prepared. At most an hour; 5 GB of disk below TMPDIR.
#
#     scripts/test-long.sh
set -eu

cd "$(dirname "$0")/.."
build=$PWD/build/release
[ -x "$build/hardlink_exporter" ] || {
  echo "$0: no $build/hardlink_exporter; build the preset release first" >&2
  exit 1
}

# Prints a command, then runs it for so many seconds at most.
run() {
  seconds=$1
  shift
  echo "+ $*"
  timeout "$seconds" "$@"
}

run 1200 run-clang-tidy-14 -quiet -j 2 -p "$build" "^$PWD/src/"
export CI=true HARDLINK_LONG_TESTS=1 PYTHONDONTWRITEBYTECODE=1
export HARDLINK_EXPORTER_BINARY="$build/hardlink_exporter" HARDLINK_BUILD_DIRECTORY="$build"
cd tests/e2e
run 2400 /usr/bin/python3 -m pytest -v --durations=0 test_faults_size.py
