#!/bin/sh
# Generates what others load from the mixin in this directory: rules and alerts for Prometheus and for
# its operator on Kubernetes, the dashboard for Grafana. With --check it writes nothing and fails where what is there is not current.
#
#     deploy/mixin/generate.sh [--check]
set -eu

mixin=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
deploy=$(dirname -- "$mixin")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The YAML of an expression over the mixin. jsonnet's own takes half a minute for texts of this length.
yaml() {
  echo "# Generated from deploy/mixin by generate.sh; change it there."
  jsonnet -J "$mixin" -e "local mixin = import 'mixin.libsonnet'; $1" | /usr/bin/python3 -c '
import json, sys, yaml

def text(dumper, value):
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

yaml.SafeDumper.add_representer(str, text)
yaml.safe_dump(json.load(sys.stdin), sys.stdout, allow_unicode=True, width=sys.maxsize)'
}

mkdir -p "$scratch/prometheus" "$scratch/grafana/dashboards" "$scratch/kubernetes/base"
yaml mixin.prometheusRules >"$scratch/prometheus/hardlink.rules.yml"
yaml mixin.prometheusAlerts >"$scratch/prometheus/hardlink.alerts.yml"
yaml "(import 'kubernetes.libsonnet')(mixin)" >"$scratch/kubernetes/base/prometheusrule.yaml"
jsonnet -J "$mixin" -e "(import 'mixin.libsonnet').grafanaDashboards['hardlink.json']" \
  >"$scratch/grafana/dashboards/hardlink.json"

stale=0
for file in prometheus/hardlink.rules.yml prometheus/hardlink.alerts.yml \
  kubernetes/base/prometheusrule.yaml grafana/dashboards/hardlink.json; do
  if [ "${1-}" = --check ]; then
    diff -u "$deploy/$file" "$scratch/$file" >&2 || stale=1
  else
    mkdir -p "$(dirname "$deploy/$file")"
    cp "$scratch/$file" "$deploy/$file"
  fi
done
[ "$stale" -eq 0 ] || echo "generated files are not current: run deploy/mixin/generate.sh" >&2
exit "$stale"
