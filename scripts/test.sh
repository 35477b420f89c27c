#!/bin/sh
# Installs what is missing, builds with warnings as errors, and runs every test, or those that
# options of ctest pick. Ends with ctest's report and its exit code.
#
#     scripts/test.sh [release|dev|asan-ubsan|tsan [CTEST-OPTION...]]
set -eu

cd "$(dirname "$0")/.."
preset=${1:-release}
[ $# -eq 0 ] || shift
scripts/deps.sh
cmake --preset "$preset" -DHARDLINK_WERROR=ON
cmake --build --preset "$preset"
# One more than there are processors: most tests wait for a server most of the time.
exec ctest --preset "$preset" --output-on-failure --parallel "$(($(nproc) + 1))" "$@"
