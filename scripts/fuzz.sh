#!/bin/sh
# Runs the fuzz targets at length: installs what is missing (clang and its runtime), builds them with
# libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, runs one after the other, and prints
# a table of results.
#
#     scripts/fuzz.sh [SECONDS_PER_TARGET] [TARGET…]     # default: 600 seconds, every target
#
# Each begins with tests/fuzz/corpus/TARGET and the inputs that earlier runs found, in build/fuzz/found/TARGET.
# If an input crashes a target, or takes half a minute or too much memory, it is kept in
# build/fuzz/crashes and the exit code is 1. Logs are in build/fuzz/logs.
set -eu

cd "$(dirname "$0")/.."
seconds=600
case ${1-} in
  '' | *[!0-9]*) ;;
  *)
    seconds=$1
    shift
    ;;
esac

scripts/deps.sh --fuzz
cmake --preset fuzz
cmake --build --preset fuzz

build=build/fuzz
binaries=$build/tests/fuzz
mkdir -p $build/crashes $build/logs
if [ $# -eq 0 ]; then
  for corpus in tests/fuzz/corpus/*/; do
    set -- "$@" "$(basename "$corpus")"
  done
fi

# stat NAME LOG: a figure of libFuzzer's summary; ? if there is none.
stat() {
  figure=$(sed -n "s/^stat::$1: *//p" "$2" | tail -n 1)
  echo "${figure:-?}"
}

# The number of edges that were reached.
coverage() {
  edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$1" | tail -n 1)
  echo "${edges:-?}"
}

# fuzz TARGET: leaves its log in build/fuzz/logs/TARGET.log
fuzz() {
  mkdir -p "$build/found/$1"
  # shellcheck disable=SC2046  # options are meant to be split
  "$binaries/fuzz_$1" $(cat "$binaries/$1.options") -max_total_time="$seconds" \
    -print_final_stats=1 -artifact_prefix="$build/crashes/$1-" \
    "$build/found/$1" "tests/fuzz/corpus/$1" >"$build/logs/$1.log" 2>&1
}

failed=0
printf '%-16s %12s %9s %9s %9s  %s\n' target executions 'per sec' edges 'peak MiB' result
for target in "$@"; do
  result=fine
  fuzz "$target" || result="FAILED, see $build/logs/$target.log"
  [ "$result" = fine ] || failed=1
  log=$build/logs/$target.log
  printf '%-16s %12s %9s %9s %9s  %s\n' "$target" "$(stat number_of_executed_units "$log")" \
    "$(stat average_exec_per_sec "$log")" "$(coverage "$log")" "$(stat peak_rss_mb "$log")" "$result"
done
[ $failed -eq 0 ] || ls -l $build/crashes
exit $failed
