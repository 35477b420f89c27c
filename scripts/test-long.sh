#!/bin/sh
# Runs the tests that take too long for every change: every test in every build (scripts/test.sh runs each test in
# one of them), clang-tidy with its static analyzer, the tests of sizes in full (10,000,000 files, 5,000,000 names in a
# directory, 100,000 layers), a hundred restarts while clients scrape, the whole Dockerfile built by Docker, and 2,000
# random images against Docker, other ones each time (the seed is printed if one fails). As root. About three hours;
# 5 GB of disk below TMPDIR.
#
#     scripts/test-long.sh
set -eu

cd "$(dirname "$0")/.."
build=$PWD/build/release

# Prints a command, then runs it with a time limit in seconds.
run() {
  seconds=$1
  shift
  echo "+ $*"
  timeout "$seconds" "$@"
}

for preset in release asan-ubsan tsan; do
  run 3600 scripts/test.sh "$preset"
done
run 3600 scripts/test-containers.sh
run 1200 run-clang-tidy-14 -quiet -j 2 -p "$build" "^$PWD/src/"
export CI=true HARDLINK_LONG_TESTS=1 PYTHONDONTWRITEBYTECODE=1
export HARDLINK_EXPORTER_BINARY="$build/hardlink_exporter" HARDLINK_BUILD_DIRECTORY="$build"
cd tests/e2e
run 3600 /usr/bin/python3 -m pytest -v --durations=0 test_faults_size.py
export HARDLINK_RESTARTS=100
run 1200 /usr/bin/python3 -m pytest -v test_package.py test_socket_activation.py -k "scrape_is_lost"
export HARDLINK_RANDOM_IMAGES=2000 HARDLINK_RANDOM_SEED="$(date +%s)"
run 2400 /usr/bin/python3 -m pytest -v test_preflight.py -k random
