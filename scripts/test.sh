#!/bin/sh
# Installs what is missing, builds with warnings as errors, and runs every test. Ends with ctest's
# report and its exit code.
set -eu

cd "$(dirname "$0")/.."
scripts/deps.sh
cmake --preset release -DHARDLINK_WERROR=ON
cmake --build --preset release
exec ctest --preset release --output-on-failure
