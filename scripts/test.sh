#!/bin/sh
# Installs what is missing, builds with warnings as errors, and runs the tests. Ends with ctest's
# report and its exit code.
#
#     scripts/test.sh                                                      # everything
#     scripts/test.sh release|dev|asan-ubsan|tsan [CTEST-OPTION...]        # one build, all its tests
#
# Everything is three builds, and each test in the one in which it finds most (tests/CMakeLists.txt).
# The table of times is in build/all/tests.xml.
set -eu

cd "$(dirname "$0")/.."
scripts/deps.sh
# One more than there are processors: most tests wait for a server most of the time.
jobs=$(($(nproc) + 1))

build() {
  cmake --preset "$1" -DHARDLINK_WERROR=ON -DHARDLINK_EACH_TEST_ONCE="$2"
  cmake --build --preset "$1"
}

if [ $# -gt 0 ]; then
  preset=$1
  shift
  build "$preset" OFF
  exec ctest --preset "$preset" --output-on-failure --parallel "$jobs" "$@"
fi

mkdir -p build/all
: >build/all/CTestTestfile.cmake
for preset in release asan-ubsan tsan; do
  build "$preset" ON
  echo "subdirs(\"$PWD/build/$preset\")" >>build/all/CTestTestfile.cmake
done
exec ctest --test-dir build/all --output-on-failure --parallel "$jobs" --output-junit tests.xml
