// The mixin's rules and alerts as the Prometheus operator takes them.
function(mixin) {
  local name = 'hardlink-exporter',

  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: {
    name: name,
    labels: {
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/instance': name,
    },
  },
  spec: { groups: mixin.prometheusRules.groups + mixin.prometheusAlerts.groups },
}
