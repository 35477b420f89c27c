// The dashboard, without a library, so that this file shows what Grafana loads.
{
  local config = $._config,

  // The labels by which every query selects: the variables.
  local selected = 'job=~"$job",instance=~"$instance",root=~"$root"',
  local target = 'job=~"$job",instance=~"$instance"',
  // Only from a daemon, because with node_exporter every scan begins the counters again.
  local ofDaemons = ' and on (job, instance) hardlink_exporter_build_info',
  // As in the alerts, headroom decides only without layers.
  local storeHeadroom =
    '(hardlink_headroom_links{%s} / hardlink_link_limit{%s} unless hardlink_extractions_remaining{%s})' %
    [selected, selected, selected],
  // For sets that can be empty.
  local count(expr) = 'count(%s) or vector(0)' % expr,

  // A histogram, whether Prometheus has it with classic buckets or as a native one (metrics.histograms).
  local buckets(metric) = 'sum by (le) (%s_bucket{%s}) or sum(%s{%s})' % [metric, selected, metric, selected],
  // How many values are at most so much. Powers of two are bounds of native buckets too, so no count is interpolated.
  local atMost(metric) =
    local native = [
      'label_replace(histogram_fraction(-Inf, %s, sum(%s{%s})) * histogram_count(sum(%s{%s})), "le", "%s", "", "")' %
      [bound, metric, selected, metric, selected, bound]
      for bound in ['1', '2', '8', '64', '512', '4096', '32768', '65536', '+Inf']
    ];
    'sort(sum by (le) (%s_bucket{%s}) or %s)' % [metric, selected, std.join(' or ', native)],

  local query(expr, legend, extra={}) = {
    datasource: { type: 'prometheus', uid: '$datasource' },
    editorMode: 'code',
    expr: expr,
    legendFormat: legend,
  } + extra,
  local instant = { instant: true, range: false, format: 'table' },
  local heat = { format: 'heatmap' },

  local colors(steps) = { mode: 'absolute', steps: steps },
  local step(color, value) = { color: color, value: value },
  // The levels of the alerts.
  local layersLevels = colors([
    step('red', null),
    step('orange', config.layersCritical),
    step('green', config.layersLow),
  ]),
  local headroomLevels = colors([
    step('red', null),
    step('orange', config.headroomCritical),
    step('green', config.headroomLow),
  ]),
  local daysLevels = colors([step('red', null), step('orange', 1), step('green', 7)]),
  local plain = colors([step('green', null)]),
  local badIfAny = colors([step('green', null), step('red', 1)]),
  local goodIfOne = colors([step('red', null), step('green', 1)]),

  local panel(title, description, type, width, height, unit, targets, levels=plain) = {
    title: title,
    description: description,
    type: type,
    datasource: { type: 'prometheus', uid: '$datasource' },
    gridPos: { w: width, h: height },
    fieldConfig: { defaults: { unit: unit, thresholds: levels }, overrides: [] },
    options: {},
    targets: [targets[i] { refId: std.char(65 + i) } for i in std.range(0, std.length(targets) - 1)],
  },
  local stat(title, description, unit, expr, levels=plain, width=4) =
    panel(title, description, 'stat', width, 4, unit, [query(expr, '')], levels) + {
      options: {
        colorMode: 'value',
        graphMode: 'area',
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      },
    },
  local lines(title, description, unit, targets, levels=plain, width=12, marked=false) =
    panel(title, description, 'timeseries', width, 8, unit, targets, levels) + {
      fieldConfig+: { defaults+: {
        min: 0,
        custom: {
          drawStyle: 'line',
          lineInterpolation: 'stepAfter',
          fillOpacity: 5,
          thresholdsStyle: { mode: if marked then 'line' else 'off' },
        },
      } },
      options: {
        legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'min'] },
        tooltip: { mode: 'multi', sort: 'asc' },
      },
    },
  // One row per series, with these labels as columns and the value called `value`.
  local table(title, description, unit, expr, labels, value, levels=plain, width=12, descending=false) =
    panel(title, description, 'table', width, 9, unit, [query(expr, '', instant)], levels) + {
      options: { showHeader: true, sortBy: [{ displayName: value, desc: descending }] },
      fieldConfig+: {
        overrides: [{
          matcher: { id: 'byName', options: value },
          properties: [{ id: 'custom.cellOptions', value: { type: 'color-text' } }],
        }],
      },
      transformations: [
        {
          id: 'filterFieldsByName',
          options: { include: { names: labels + ['Value'] } },
        },
        {
          id: 'organize',
          options: {
            indexByName: { [labels[i]]: i for i in std.range(0, std.length(labels) - 1) },
            renameByName: { Value: value },
          },
        },
      ],
    },
  local heatmap(title, description, expr) =
    panel(title, description, 'heatmap', 12, 9, 'short', [query(expr, '{{le}}', heat)]) + {
      options: {
        calculate: false,
        cellGap: 1,
        color: { mode: 'scheme', scheme: 'Spectral', scale: 'exponential', exponent: 0.3, steps: 64 },
        yAxis: { unit: 'short', axisPlacement: 'left' },
        rowsFrame: { layout: 'auto' },
        tooltip: { show: true, yHistogram: true },
        legend: { show: true },
      },
    },
  local bars(title, description, expr) =
    panel(title, description, 'bargauge', 12, 9, 'short', [query(expr, '≤ {{le}}', { instant: true, range: false })]) + {
      options: {
        displayMode: 'basic',
        orientation: 'horizontal',
        showUnfilled: false,
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      },
    },
  local row(title) = { title: title, type: 'row', collapsed: false, gridPos: { w: 24, h: 1 }, panels: [] },

  // Puts panels side by side into rows of 24 columns.
  local placed(panels) = std.foldl(
    function(done, each) (
      local fits = done.x + each.gridPos.w <= 24;
      local x = if fits then done.x else 0;
      local y = if fits then done.y else done.y + done.height;
      local height = if fits then std.max(done.height, each.gridPos.h) else each.gridPos.h;
      {
        x: x + each.gridPos.w,
        y: y,
        height: height,
        list: done.list + [each { gridPos+: { x: x, y: y }, id: std.length(done.list) + 1 }],
      }
    ),
    panels,
    { x: 0, y: 0, height: 0, list: [] }
  ).list,

  local variable(name, label, metric, filter) = {
    local definition = self.definition,
    name: name,
    label: label,
    type: 'query',
    datasource: { type: 'prometheus', uid: '$datasource' },
    query: { query: definition, refId: name },
    definition: 'label_values(%s{%s}, %s)' % [metric, filter, name],
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { text: 'All', value: '$__all' },
  },

  local fleet = [
    row('Fleet'),
    stat('Least layers left', 'The tightest root of all that are selected: how many more layers (snapshots, deployments) fit, by the limit that ends first.', 'short', 'min(hardlink_extractions_remaining{%s})' % selected, layersLevels),
    stat('Least headroom', 'Of the roots without layers: the smallest share of links left. "No data" where every root has layers.', 'percentunit', 'min(%s)' % storeHeadroom, headroomLevels),
    stat('Out of room in', 'Days until the first root is out of layers, or of links where it has no layers, at its growth of the last week. "No data" while nothing grows.', 'd', 'min(instance_root:hardlink_exhaustion:days_at_growth7d{%s})' % selected, daysLevels),
    stat('Roots', 'Roots that are watched, whether they are up or not.', 'short', 'count(hardlink_up{%s})' % selected, width=3),
    stat('Roots with little left', 'Roots below the warning level: of layers where there are layers, else of links.', 'short', count('hardlink_extractions_remaining{%s} < %d or %s < %g' % [selected, config.layersLow, storeHeadroom, config.headroomLow]), badIfAny, width=3),
    stat('Roots that are down', 'Roots whose last census failed.', 'short', count('hardlink_up{%s} == 0' % selected), badIfAny, width=3),
    stat('Roots without a limit', 'Roots whose filesystem does not say how many links a file can have: nothing says how much room is left there.', 'short', count('hardlink_max_links{%s} unless hardlink_link_limit{%s}' % [selected, selected]), badIfAny, width=3),
    table('Nodes by layers left', 'Every selected root with layers, the tightest first.', 'short', 'sort(hardlink_extractions_remaining{%s})' % selected, ['instance', 'root'], 'layers left', layersLevels),
    table('Nodes by links used', 'The fullest file of each root, as a share of the filesystem\'s limit. Where there are layers, the layers left say how much room there is.', 'percentunit', 'sort_desc(hardlink_max_links{%s} / hardlink_link_limit{%s})' % [selected, selected], ['instance', 'root'], 'links used', descending=true),
  ],

  local room = [
    row('Room'),
    lines('Layers left, and where they are going', 'Extractions remaining per root, and what will be left in seven days at the growth of the last week.', 'short', [
      query('hardlink_extractions_remaining{%s}' % selected, '{{instance}} {{root}}'),
      query('clamp_min(hardlink_extractions_remaining{%s} - 7 * instance_root:hardlink_extractions_remaining:fall_per_day7d{%s}, 0)' % [selected, selected], '{{instance}} {{root}} in 7 days'),
    ], layersLevels, marked=true),
    lines('Headroom', 'Links left to the fullest file of each root, and in seven days at the growth of the last week.', 'short', [
      query('hardlink_headroom_links{%s}' % selected, '{{instance}} {{root}}'),
      query('clamp_min(hardlink_headroom_links{%s} - 7 * instance_root:hardlink_max_links:growth_per_day7d{%s}, 0)' % [selected, selected], '{{instance}} {{root}} in 7 days'),
    ]),
    lines('Links of the fullest file', 'The highest link count of any file, and the filesystem\'s limit.', 'short', [
      query('hardlink_max_links{%s}' % selected, '{{instance}} {{root}}'),
      query('hardlink_link_limit{%s}' % selected, '{{instance}} {{root}} limit'),
    ], width=8),
    lines('Layers', 'Layers, snapshots or deployments per root.', 'short', [
      query('hardlink_layers{%s}' % selected, '{{instance}} {{root}}'),
    ], width=8),
    lines('Rounds left', 'How many times every series of snapshots can still make one more: series that share files use up each other\'s links.', 'short', [
      query('hardlink_rounds_remaining{%s}' % selected, '{{instance}} {{root}}'),
    ], width=8),
  ],

  local limits = [
    row('What ends first'),
    table('What ends first', 'For each root with layers the limit that ends first, the layer that it ends for, and the file or directory. For inodes and space there is no path.', 'short', |||
      sort(
        hardlink_extractions_remaining{%(s)s}
        * ignoring (limit, layer, path) group_left (limit, layer, path)
        topk without (limit, layer, path) (1, hardlink_binding_info{%(s)s})
      )
    ||| % { s: selected }, ['instance', 'root', 'limit', 'layer', 'path'], 'layers left', layersLevels, width=24),
    lines('Layers left by limit', 'How many more layers fit as far as each limit is concerned: links, inodes, space, and subdirectories where they have a limit. The lowest line of a root is its layers left.', 'short', [
      query('hardlink_limit_extractions_remaining{%s}' % selected, '{{instance}} {{root}} {{limit}}'),
    ], layersLevels),
    table('Fullest directories', 'The directories with the most subdirectories of each root, those that are fullest by a limit of their own first.', 'short', 'sort_desc(hardlink_hot_directory_subdirectories{%s})' % selected, ['instance', 'root', 'path'], 'subdirectories', descending=true),
    lines('Full files', 'Files with as many links as can be: their next use fails, or becomes a copy.', 'short', [
      query('hardlink_saturated_inodes{%s}' % selected, '{{instance}} {{root}}'),
    ]),
    lines('Bytes of full files', 'Allocated bytes of the files that have as many links as can be. Where it is 0 they are empty, and copies of them cost nothing.', 'bytes', [
      query('hardlink_saturated_bytes{%s}' % selected, '{{instance}} {{root}}'),
    ]),
  ],

  local bytes = [
    row('Bytes'),
    lines('Stored', 'What the files of each root take, without directories, each file once.', 'bytes', [
      query('hardlink_allocated_bytes{%s}' % selected, '{{instance}} {{root}}'),
    ]),
    lines('Saved by links', 'What copies instead of links would take, less what is stored.', 'bytes', [
      query('hardlink_referenced_bytes{%s} - hardlink_allocated_bytes{%s}' % [selected, selected], '{{instance}} {{root}}'),
    ]),
    table('Layers that free the most alone', 'What the removal of this layer alone frees, without directories: files with a name elsewhere stay. Files that only two layers share are in neither figure. Reflinks make it less.', 'bytes', 'sort_desc(hardlink_layer_exclusive_bytes{%s})' % selected, ['instance', 'root', 'layer'], 'freed', descending=true),
    lines('Freed by the removal of one layer', 'The most that the removal of a single layer of each root frees.', 'bytes', [
      query('max by (job, instance, root) (hardlink_layer_exclusive_bytes{%s})' % selected, '{{instance}} {{root}}'),
    ]),
  ],

  local who = [
    row('Who holds the links'),
    table('Tightest layers', 'The layers with the fewest further layers that fit on top of them.', 'short', 'sort(hardlink_layer_extractions_remaining{%s})' % selected, ['instance', 'root', 'layer'], 'layers left', layersLevels),
    table('Tightest images', 'The images with the fewest further layers that fit on top of them.', 'short', 'sort(hardlink_image_extractions_remaining{%s})' % selected, ['instance', 'root', 'image'], 'layers left', layersLevels),
    table('Hottest files', 'The files with the most links, each under one path.', 'short', 'sort_desc(hardlink_hot_inode_links{%s})' % selected, ['instance', 'root', 'path'], 'links', descending=true),
    table('Links that one more layer adds', 'To the file that binds the layer.', 'short', 'sort_desc(hardlink_layer_links_per_extraction{%s})' % selected, ['instance', 'root', 'layer'], 'links', descending=true),
  ],

  local distributions = [
    row('Distributions'),
    heatmap('Files by links, over time', 'How many files have how many links. A gauge histogram: it shows what is, and is not to be rated.', buckets('hardlink_inode_links')),
    bars('Files by links, now', 'Cumulative: files with at most so many links.', atMost('hardlink_inode_links')),
    heatmap('Layers by the links one more adds, over time', 'How many layers add how many links to a single file when another layer is made on top of them.', buckets('hardlink_layer_links')),
    bars('Layers by the links one more adds, now', 'Cumulative: layers that add at most so many.', atMost('hardlink_layer_links')),
    heatmap('Files of the tightest layers by links', 'The files in the tightest layers, by links.', buckets('hardlink_layer_inode_links')),
    lines('Links that 99 % of the files stay below', 'A quantile of the histogram as it is.', 'short', [
      query(
        'histogram_quantile(0.99, sum by (le, instance, root) (hardlink_inode_links_bucket{%s})) or histogram_quantile(0.99, sum by (instance, root) (hardlink_inode_links{%s}))' % [selected, selected],
        '{{instance}} {{root}}'
      ),
    ]),
  ],

  local health = [
    row('Health of the census'),
    lines('Duration', 'How long the last census took.', 's', [
      query('hardlink_census_duration_seconds{%s}' % selected, '{{instance}} {{root}}'),
    ], width=8),
    lines('Age of the figures', 'Since the last census that succeeded, and since the hottest files were last read.', 's', [
      query('time() - hardlink_census_last_success_timestamp_seconds{%s}' % selected, '{{instance}} {{root}} census'),
      query('time() - hardlink_watch_last_success_timestamp_seconds{%s}' % selected, '{{instance}} {{root}} watch'),
    ], colors([step('green', null), step('red', config.censusStaleSeconds)]), width=8),
    lines('Censuses per hour', 'By result; of daemons.', 'short', [
      query('sum by (result) (increase(hardlink_censuses_total{%s}[1h])%s)' % [selected, ofDaemons], '{{result}}'),
    ], width=8),
    lines('What could not be counted, per hour', 'By reason; of daemons. "vanished" is normal while layers are removed.', 'short', [
      query('sum by (reason) (increase(hardlink_census_errors_total{%s}[1h])%s)' % [selected, ofDaemons], '{{reason}}'),
    ], width=8),
    lines('Complete', '1 where every directory could be read.', 'short', [
      query('hardlink_census_complete{%s}' % selected, '{{instance}} {{root}}'),
    ], goodIfOne, width=8),
    lines('Memory', 'Resident memory of the exporter.', 'bytes', [
      query('process_resident_memory_bytes{%s}%s' % [target, ofDaemons], '{{instance}}'),
    ], width=8),
    // A root that has never been counted has no hardlink_root_info. Set operators only: two series of
    // one root, as while the engine changes, are no error.
    table('What is watched', 'What each root is, how it is counted, and 1 where it is up. A root that was never counted has its name only.', 'short', |||
      hardlink_root_info{%(s)s} unless on (job, instance, root) hardlink_up == 0
      or on (job, instance, root) hardlink_root_info{%(s)s} * 0
      or on (job, instance, root) hardlink_up{%(s)s}
    ||| % { s: selected }, ['instance', 'root', 'path', 'fstype', 'device', 'layout', 'tool', 'engine', 'limit_source'], 'up', goodIfOne, width=24),
  ],

  grafanaDashboards+:: {
    'hardlink.json': {
      title: 'Hard links',
      description: 'How many layers and links are left before the next one fails.',
      uid: config.dashboardUid,
      tags: config.dashboardTags,
      editable: true,
      graphTooltip: 1,
      refresh: config.dashboardRefresh,
      schemaVersion: 37,
      version: 1,
      time: { from: 'now-7d', to: 'now' },
      timezone: 'browser',
      links: [],
      annotations: { list: [] },
      templating: {
        // hardlink_up is there for every root, also for one that is down, of a daemon or of a textfile.
        list: [
          {
            name: 'datasource',
            label: 'Data source',
            type: 'datasource',
            query: 'prometheus',
            current: {},
            hide: 0,
            refresh: 1,
          },
          variable('job', 'Job', 'hardlink_up', ''),
          variable('instance', 'Instance', 'hardlink_up', 'job=~"$job"'),
          variable('root', 'Root', 'hardlink_up', target),
        ],
      },
      panels: placed(fleet + room + limits + bytes + who + distributions + health),
    },
  },
}
