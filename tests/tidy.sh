#!/bin/sh
# Runs clang-tidy on src/ by the rules of .clang-tidy, without its static analyzer, which takes four
# times as long and runs in scripts/test-long.sh. CMAKE_UNITY_BUILD joins the files, so that headers
# are read once for every eight of them.
#
#     tidy.sh SOURCE-DIRECTORY BUILD-DIRECTORY
set -eu

source=$1
build=$2
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_UNITY_BUILD=ON -DBUILD_TESTING=OFF
exec run-clang-tidy-14 -quiet -j 2 -p "$build" \
  -checks=-clang-analyzer-*,-bugprone-suspicious-include "^($build/src/.*/Unity/|$source/src/)"
