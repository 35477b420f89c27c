// Alert rules. Each has a section in docs/runbook.md, and its text ends with one command to run.
local text = import 'texts.libsonnet';

{
  local config = $._config,
  local where = text.where,

  local alert(name, severity, duration, expr, summary, description) = {
    alert: name,
    expr: expr,
    'for': duration,
    labels: { severity: severity },
    annotations: {
      summary: summary,
      description: description,
      runbook_url: config.runbookUrl % std.asciiLower(name),
    },
  },

  local failure = ' with "too many links" (EMLINK)',
  // With the label `limit`, where the exporter says what ends first. The layer and the path are in the
  // text alone: they can change with every census, and an alert whose labels change begins to wait again.
  // For a moment there can be two answers, the old one and the new. The rule then takes the first by
  // name, as the text does.
  local firstLimit = std.join('\n  or ignoring (limit) ', [
    'max without (layer, path) (hardlink_binding_info{limit="%s"})' % limit
    for limit in ['inodes', 'links', 'names_per_directory', 'space', 'subdirectories']
  ]),
  local fewLayers(name, severity, duration, condition) = alert(
    name, severity, duration,
    |||
      (hardlink_extractions_remaining %(condition)s)
      * ignoring (limit) group_left (limit)
      (%(firstLimit)s)
      or ignoring (limit)
      hardlink_extractions_remaining %(condition)s
    ||| % { condition: condition, firstLimit: firstLimit },
    text.setUp + text.fits + ': ' + where + text.ends,
    text.setUp + text.next + ' in %s can fail%s.' % [where, text.failure] + text.binding + text.plan(config.planTarget)
  ),
  // Where there are layers the margin judges: a full file in none of them stops no layer. Where all
  // full files are empty, a copy of them costs nothing.
  local fewLinks(name, severity, duration, least, unless='') = alert(
    name, severity, duration,
    |||
      hardlink_headroom_links / hardlink_link_limit < %g
      unless hardlink_extractions_remaining
      unless (hardlink_headroom_links <= 0 and hardlink_saturated_bytes == 0)
    ||| % least + unless,
    '{{ if le $value 0.0 }}No link is left{{ else }}{{ $value | humanizePercentage }} of the links are left{{ end }}: ' + where,
    text.setUp + 'A file in %s has %s that its filesystem allows. ' % [where, text.used] +
    '{{ if le $value 0.0 }}The next link to it fails{{ else }}When none is left, the next link to it fails{{ end }}' +
    '%s, or becomes a copy where the program can copy.' % failure + text.explain
  ),
  local runsOut(name, severity, duration, window, days, within, time, span) = alert(
    name, severity, duration,
    'instance_root:hardlink_exhaustion:days_at_growth%s < %d' % [window, days],
    'Out of room within %s: %s' % [within, where],
    text.setUp + '%s has no room left in %s if it grows as in the last %s: ' % [where, time, span] +
    text.left + '.' + text.binding + text.planToDouble(config.planTarget)
  ),

  // Whether `since`, a time of a root, is too long ago: more than so many intervals of the exporter, and more than
  // so many seconds. An exporter that does not say its interval is judged by the seconds.
  local stale(since, intervals, seconds) = |||
    (time() - %(since)s > %(seconds)d)
    unless on (job, instance) hardlink_scan_interval_seconds
    or
    (time() - %(since)s)
    > on (job, instance) group_left ()
    clamp_min(%(intervals)d * max by (job, instance) (hardlink_scan_interval_seconds), %(seconds)d)
  ||| % { since: since, intervals: intervals, seconds: seconds },

  local fullDirectory(name, severity, duration, share, unless='') = alert(
    name, severity, duration,
    'hardlink_max_subdirectories / hardlink_subdirectory_limit > %g%s' % [share, unless],
    'A directory is {{ $value | humanizePercentage }} full: ' + where,
    text.setUp + text.fullestDirectory + text.fullDirectory + ' in %s has %s that it can have. ' % [where, text.subdirectories] +
    'When it is full, mkdir in it fails%s.' % failure + text.findDirectory
  ),

  prometheusAlerts+:: {
    groups+: [
      {
        name: 'hardlink.room.alerts',
        rules: [
          fewLayers('HardlinkExtractionsExhausted', 'critical', config.forExhausted, '== 0'),
          fewLayers('HardlinkExtractionsCritical', 'critical', config.forCritical, '< %d' % config.layersCritical),
          fewLayers('HardlinkExtractionsLow', 'warning', config.forWarning, '< %d' % config.layersLow),
          // A tool that copies at the limit does not fail: the warnings are enough.
          fewLinks(
            'HardlinkHeadroomCritical', 'critical', config.forCritical, config.headroomCritical,
            'unless on (job, instance, root) hardlink_root_info{tool=~"%s"}\n' % config.toolsThatCopy
          ),
          fewLinks('HardlinkHeadroomLow', 'warning', config.forWarning, config.headroomLow),
          runsOut('HardlinkExhaustionPredictedWithin24Hours', 'critical', config.forHealth, '2d', 1, 'a day', text.hours, 'two days'),
          runsOut('HardlinkExhaustionPredictedWithin7Days', 'warning', '1h', '7d', 7, 'a week', text.days, 'week'),
          alert(
            'HardlinkSaturatedFiles', 'warning', config.forWarning,
            'hardlink_saturated_bytes > 0 unless hardlink_extractions_remaining',
            text.setUp + text.fullFiles + ' no link left: ' + where,
            text.setUp + text.fullFiles + ' as many links in %s as can be, and %s altogether. ' % [where, text.bytes] +
            'The next link to such a file fails%s, or the program makes a copy and says nothing: then space is used that links would save.' % failure +
            text.scanFiles
          ),
          fullDirectory('HardlinkSubdirectoriesNearLimit', 'warning', config.forWarning, config.subdirectoriesHigh),
          // Where there are layers, one more of them takes a subdirectory of the directory that holds them
          // and of no other, and the margin judges that.
          fullDirectory(
            'HardlinkSubdirectoriesCritical', 'critical', config.forCritical, config.subdirectoriesCritical,
            ' unless hardlink_extractions_remaining'
          ),
          // From the figure and not from hardlink_root_info: a root that has never been counted has
          // no limit either, and its alert is HardlinkCensusFailing.
          alert(
            'HardlinkLimitUnknown', 'warning', config.forIncomplete,
            'hardlink_max_links unless hardlink_link_limit',
            'The link limit is not known: ' + where,
            'The filesystem of %s does not say how many links a file can have. ' % where +
            'So no alert can say how much room is left there. The fullest file has {{ printf "%.0f" $value }} links.' +
            text.byKind(
              ' Set link_limit for this root in the configuration.' +
              text.step('systemctl reload hardlink-exporter', ', after that'),
              ' Add --link-limit=N to SCAN_ARGS in /etc/default/hardlink-exporter.' +
              text.step('systemctl start hardlink-exporter-textfile', ', after that')
            )
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
            'Prometheus cannot scrape hardlink_exporter on {{ $labels.instance }}: no alert about the room there can fire.' +
            text.step('systemctl status hardlink-exporter')
          ),
          alert(
            'HardlinkCensusFailing', 'warning', config.forHealth,
            'hardlink_up == 0',
            'The census fails: ' + where,
            'The last census of %s failed. Its figures are those of the last census that succeeded, or absent if none has.' % where +
            text.log
          ),
          alert(
            'HardlinkCensusStale', 'warning', config.forWarning,
            stale('hardlink_census_last_success_timestamp_seconds', config.censusStaleIntervals, config.censusStaleSeconds),
            'No census for {{ $value | humanizeDuration }}: ' + where,
            'The last census of %s that succeeded ended {{ $value | humanizeDuration }} ago: there can be less room than the figures say.' % where +
            text.log
          ),
          alert(
            'HardlinkCensusIncomplete', 'warning', config.forIncomplete,
            'hardlink_census_complete == 0',
            'The census cannot read everything: ' + where,
            'The census of %s could not read some directories: there can be more links, and less room, than the figures say.' % where +
            text.log
          ),
          alert(
            'HardlinkWatchStale', 'warning', config.forWarning,
            '(\n%s)\nunless hardlink_census_in_progress == 1\n' %
            stale('hardlink_watch_last_success_timestamp_seconds', config.watchStaleIntervals, config.watchStaleSeconds),
            'The hottest files are not watched: ' + where,
            text.setUp + 'Between censuses the link counts of %s have not been read for {{ $value | humanizeDuration }}: there can be less headroom than the figures say.' % where +
            text.scan
          ),
          alert(
            'HardlinkRefreshMismatch', 'warning', config.forCritical,
            'increase(hardlink_refresh_mismatches_total[1d]) > 0',
            'A full census contradicts those before it: ' + where,
            'A full census of %s has found names that the censuses before it had missed: their figures were wrong. Since then each census reads everything, and the present figures are right.' % where +
            text.log
          ),
          alert(
            'HardlinkConfigReloadFailed', 'warning', config.forCritical,
            'hardlink_config_last_reload_successful == 0',
            'A bad configuration on {{ $labels.instance }}',
            'hardlink_exporter on {{ $labels.instance }} could not load its new configuration. It still uses the previous one, and would not start with the new one.' +
            text.step('hardlink_exporter --config.file=%s --config.check' % config.configFile, ', to see every problem')
          ),
        ],
      },
    ],
  },
}
