#!/bin/sh
# Installs what is missing, builds with warnings as errors, and runs every test. Ends with ctest's
# report and its exit code.
#
#     scripts/test.sh [release|dev|asan-ubsan|tsan]
set -eu

cd "$(dirname "$0")/.."
preset=${1:-release}
scripts/deps.sh
cmake --preset "$preset" -DHARDLINK_WERROR=ON
cmake --build --preset "$preset"
# One more than there are processors: most tests wait for a server most of the time.
exec ctest --preset "$preset" --output-on-failure --parallel "$(($(nproc) + 1))"
