#!/bin/sh
# Installs what is missing, builds with warnings as errors, and runs the tests. Ends with ctest's
# report and its exit code.
#
#     scripts/test.sh                                               # every test
#     scripts/test.sh release|dev|asan-ubsan|tsan [OPTION...]       # one build and all its tests
#     scripts/test.sh OPTION...                                     # the same in the dev build
#
# Without arguments it makes three builds, and runs each test in the one in which it finds most
# (tests/CMakeLists.txt). The table of times is then in build/all/tests.xml. OPTIONs are ctest's: with
# `-R unit.base`, only the packages that these tests need are installed.
set -eu

cd "$(dirname "$0")/.."
# One more than the processors, because most tests wait for a server most of the time.
jobs=$(($(nproc) + 1))

configure() {
  cmake --preset "$1" -DHARDLINK_WERROR=ON -DHARDLINK_EACH_TEST_ONCE="$2"
}

# The tests that these ctest options select.
chosen() {
  ctest -N "$@" 2>/dev/null | sed -n 's/^ *Test *#[0-9]*: \([^ ]*\).*/\1/p'
}

if [ $# -gt 0 ]; then
  preset=dev
  case $1 in
    -*) ;;
    *)
      preset=$1
      shift
      ;;
  esac
  if [ $# -eq 0 ]; then
    scripts/deps.sh
  else
    scripts/deps.sh --build-only
    configure "$preset" OFF
    # shellcheck disable=SC2046  # the names of tests have no spaces
    scripts/deps.sh --tests $(chosen --preset "$preset" "$@")
  fi
  configure "$preset" OFF
  cmake --build --preset "$preset"
  exec ctest --preset "$preset" --output-on-failure --parallel "$jobs" "$@"
fi

scripts/deps.sh
mkdir -p build/all
: >build/all/CTestTestfile.cmake
for preset in release asan-ubsan tsan; do
  configure "$preset" ON
  cmake --build --preset "$preset"
  echo "subdirs(\"$PWD/build/$preset\")" >>build/all/CTestTestfile.cmake
done
exec ctest --test-dir build/all --output-on-failure --parallel "$jobs" --output-junit tests.xml
