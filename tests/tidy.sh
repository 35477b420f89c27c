#!/bin/sh
# clang-tidy over src/ by the rules of .clang-tidy, but for its static analyzer, which takes four
# times as long and is part of scripts/test-long.sh. The files are joined (CMAKE_UNITY_BUILD), so
# that headers are read once for eight of them.
#
#     tidy.sh SOURCE-DIRECTORY BUILD-DIRECTORY
set -eu

source=$1
build=$2
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_UNITY_BUILD=ON -DBUILD_TESTING=OFF
exec run-clang-tidy-14 -quiet -j 2 -p "$build" \
  -checks=-clang-analyzer-*,-bugprone-suspicious-include "^($build/src/.*/Unity/|$source/src/)"
