#!/bin/sh
# Installs what is missing, builds, and serves the directories given, or a small demo tree.
#
#     scripts/run.sh [PATH…] [-- FLAG…]
#
# FLAGs are the daemon's own (see --help). The port is $PORT, or 10065.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
port=${PORT:-10065}

"$top/scripts/deps.sh" --build-only
(cd "$top" && cmake --preset release && cmake --build --preset release --target hardlink_exporter)

if [ $# -eq 0 ] || [ "$1" = -- ]; then
  demo=$top/build/demo
  [ -d "$demo" ] || "$top/scripts/demo-tree.sh" "$demo"
  set -- "$demo/overlay" "$@"
fi
# The separator is this script's.
paths_and_flags=$#
while [ "$paths_and_flags" -gt 0 ]; do
  [ "$1" = -- ] || set -- "$@" "$1"
  shift
  paths_and_flags=$((paths_and_flags - 1))
done

cat <<END

  status page   http://localhost:$port/
  metrics       http://localhost:$port/metrics
  report        http://localhost:$port/api/v1/report

END
exec "$top/build/release/hardlink_exporter" "--web.listen-address=:$port" "$@"
