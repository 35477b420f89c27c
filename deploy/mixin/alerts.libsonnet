// Alert rules. Each has a section of its own in docs/runbook.md.
local percent(share) = '%g' % (share * 100);

{
  local config = $._config,

  // The hottest path of the alert's root, for the text of an alert.
  local hottest = |||
    {{ with printf "topk(1, hardlink_hot_inode_links{instance=%q,root=%q})" .Labels.instance .Labels.root | query }} The fullest file is {{ . | first | label "path" }} ({{ . | first | value | humanize }} links).{{ end }}
  |||,
  local left = |||
    {{ with printf "hardlink_extractions_remaining{instance=%q,root=%q}" .Labels.instance .Labels.root | query }} Layers left: {{ . | first | value }}.{{ end }}
  |||,
  local oneLine(text) = std.strReplace(text, '\n', ''),

  local alert(name, severity, duration, expr, summary, description) = {
    alert: name,
    expr: expr,
    'for': duration,
    labels: { severity: severity },
    annotations: {
      summary: summary,
      description: oneLine(description),
      runbook_url: config.runbookUrl % std.asciiLower(name),
    },
  },
  local where = '{{ $labels.root }} on {{ $labels.instance }}',

  prometheusAlerts+:: {
    groups+: [
      {
        name: 'hardlink.room.alerts',
        rules: [
          alert(
            'HardlinkExtractionsExhausted', 'critical', config.forExhausted,
            'hardlink_extractions_remaining == 0',
            'No further layer fits: %s' % where,
            'The next layer on %s may fail with "too many links" (EMLINK).' % where + hottest
          ),
          alert(
            'HardlinkExtractionsCritical', 'critical', config.forCritical,
            'hardlink_extractions_remaining < %d' % config.layersCritical,
            'Only {{ $value }} layers fit: %s' % where,
            'After {{ $value }} more layers, extraction on %s fails with "too many links" (EMLINK).' %
            where + hottest
          ),
          alert(
            'HardlinkExtractionsLow', 'warning', config.forWarning,
            'hardlink_extractions_remaining < %d' % config.layersLow,
            'Only {{ $value }} layers fit: %s' % where,
            'After {{ $value }} more layers, extraction on %s fails with "too many links" (EMLINK).' %
            where + hottest
          ),
          alert(
            'HardlinkHeadroomCritical', 'critical', config.forCritical,
            'hardlink_headroom_links / hardlink_link_limit < %g' % config.headroomCritical,
            '{{ $value | humanizePercentage }} of the links are left: %s' % where,
            'A file on %s is within %s %% of its filesystem\'s link limit.' %
            [where, percent(config.headroomCritical)] + hottest + left
          ),
          alert(
            'HardlinkHeadroomLow', 'warning', config.forWarning,
            'hardlink_headroom_links / hardlink_link_limit < %g' % config.headroomLow,
            '{{ $value | humanizePercentage }} of the links are left: %s' % where,
            'A file on %s is within %s %% of its filesystem\'s link limit.' %
            [where, percent(config.headroomLow)] + hottest + left
          ),
          alert(
            'HardlinkExhaustionPredictedWithin24Hours', 'critical', config.forHealth,
            'instance_root:hardlink_exhaustion:days_at_growth2d < 1',
            'Out of links within a day: %s' % where,
            'At the growth of the last two days, %s is out of links in {{ printf "%%.1f" $value }} days.' %
            where + hottest + left
          ),
          alert(
            'HardlinkExhaustionPredictedWithin7Days', 'warning', '1h',
            'instance_root:hardlink_exhaustion:days_at_growth7d < 7',
            'Out of links within a week: %s' % where,
            'At the growth of the last week, %s is out of links in {{ printf "%%.1f" $value }} days.' %
            where + hottest + left
          ),
          alert(
            'HardlinkSubdirectoriesNearLimit', 'warning', config.forWarning,
            'hardlink_max_subdirectories / hardlink_subdirectory_limit > %g' %
            config.subdirectoriesHigh,
            'A directory is {{ $value | humanizePercentage }} full: %s' % where,
            'A directory on %s has {{ $value | humanizePercentage }} of the subdirectories that its filesystem allows; past the limit mkdir fails with EMLINK.' % where
          ),
        ],
      },
      {
        name: 'hardlink.health.alerts',
        rules: [
          alert(
            'HardlinkExporterDown', 'warning', config.forHealth,
            'up{%s} == 0' % config.selector,
            'hardlink_exporter is down on {{ $labels.instance }}',
            'Prometheus cannot scrape hardlink_exporter on {{ $labels.instance }}: nobody watches the links there.'
          ),
          alert(
            'HardlinkCensusFailing', 'warning', config.forHealth,
            'hardlink_up == 0',
            'The census fails: %s' % where,
            'The last census of %s failed; the figures are those of the last one that succeeded. The reason is in the log and in /api/v1/report.' % where
          ),
          alert(
            'HardlinkCensusStale', 'warning', config.forWarning,
            'time() - hardlink_census_last_success_timestamp_seconds > %d' %
            config.censusStaleSeconds,
            'No census for {{ $value | humanizeDuration }}: %s' % where,
            'The figures of %s are {{ $value | humanizeDuration }} old.' % where
          ),
          alert(
            'HardlinkCensusIncomplete', 'warning', config.forIncomplete,
            'hardlink_census_complete == 0',
            'The census cannot read everything: %s' % where,
            'Directories of %s could not be read: there may be more links, and less room, than the figures say.' % where
          ),
          alert(
            'HardlinkWatchStale', 'warning', config.forWarning,
            |||
              time() - hardlink_watch_last_success_timestamp_seconds > %d
              unless hardlink_census_in_progress == 1
            ||| % config.watchStaleSeconds,
            'The hottest files are not watched: %s' % where,
            'Between censuses the link counts of %s have not been read for {{ $value | humanizeDuration }}: headroom may be less than shown.' % where
          ),
          alert(
            'HardlinkConfigReloadFailed', 'warning', config.forCritical,
            'hardlink_config_last_reload_successful == 0',
            'A bad configuration on {{ $labels.instance }}',
            'The configuration file on {{ $labels.instance }} was bad when it was last loaded; the one before it is still in use, until a restart.'
          ),
        ],
      },
    ],
  },
}
