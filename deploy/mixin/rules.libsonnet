// Recording rules. Growth is measured in the slower half of a window, because layers come in bursts: a
// single burst is in one half only and predicts nothing, but what grows in both halves keeps growing.
// Medians over an hour leave out a layer that is being made.
local median(what) = 'instance_root:%s:median1h' % what;

/// How much of `what` a day adds (or takes, with `falls`) in the slower half of the last
/// 2 × `hours` hours.
local perDay(what, hours, falls=false) = (
  local now = median(what);
  local middle = '%s offset %dh' % [now, hours];
  local start = '%s offset %dh' % [now, 2 * hours];
  local change(from, to) =
    if falls then '(%s - %s)' % [from, to] else '(%s - %s)' % [to, from];
  local later = change(middle, now);
  local earlier = change(start, middle);
  |||
    (
      %s <= %s
      or
      %s
    ) / %g
  ||| % [later, earlier, earlier, hours / 24]
);

{
  prometheusRules+:: {
    groups+: [
      {
        name: 'hardlink.rules',
        interval: '1m',
        rules: [
          {
            record: 'instance_root:hardlink_link_usage:ratio',
            expr: 'hardlink_max_links / hardlink_link_limit',
          },
          {
            record: 'instance_root:hardlink_headroom:ratio',
            expr: 'hardlink_headroom_links / hardlink_link_limit',
          },
        ],
      },
      {
        // The window is days, so once in five minutes is often enough and costs little.
        name: 'hardlink.growth.rules',
        interval: '5m',
        rules: [
          {
            record: median(what),
            expr: 'quantile_over_time(0.5, %s[1h])' % what,
          }
          for what in ['hardlink_max_links', 'hardlink_extractions_remaining']
        ] + [
          {
            record: 'instance_root:hardlink_max_links:growth_per_day7d',
            expr: perDay('hardlink_max_links', 84),
          },
          {
            record: 'instance_root:hardlink_max_links:growth_per_day2d',
            expr: perDay('hardlink_max_links', 24),
          },
          {
            record: 'instance_root:hardlink_extractions_remaining:fall_per_day7d',
            expr: perDay('hardlink_extractions_remaining', 84, falls=true),
          },
          {
            record: 'instance_root:hardlink_extractions_remaining:fall_per_day2d',
            expr: perDay('hardlink_extractions_remaining', 24, falls=true),
          },
        ] + [
          {
            record: 'instance_root:hardlink_exhaustion:days_at_growth%s' % window,
            // With layers, the margin decides, no matter how full a file is.
            expr: |||
              hardlink_extractions_remaining / (instance_root:hardlink_extractions_remaining:fall_per_day%(window)s > 0)
              or
              (
                hardlink_headroom_links / (instance_root:hardlink_max_links:growth_per_day%(window)s > 0)
                unless
                hardlink_extractions_remaining
              )
            ||| % { window: window },
          }
          for window in ['7d', '2d']
        ],
      },
      {
        // The few series per node that a fleet needs after federation or remote write.
        name: 'hardlink.fleet.rules',
        interval: '1m',
        rules: [
          {
            record: 'instance:hardlink_extractions_remaining:min',
            expr: 'min without (root) (hardlink_extractions_remaining)',
          },
          {
            record: 'instance:hardlink_headroom:min_ratio',
            expr: 'min without (root) (instance_root:hardlink_headroom:ratio)',
          },
          {
            record: 'job:hardlink_extractions_remaining:min',
            expr: 'min without (root, instance) (hardlink_extractions_remaining)',
          },
          {
            record: 'job:hardlink_roots:count_below_low',
            expr: 'count without (root, instance) (hardlink_extractions_remaining < %d)' %
                  $._config.layersLow,
          },
        ],
      },
    ],
  },
}
