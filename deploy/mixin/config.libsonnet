// The figures that the rules and the dashboard share. Override them by `+:` when importing mixin.libsonnet.
{
  _config+:: {
    // The exporter's own targets, for `up` and series without a label `root`.
    selector: 'job="hardlink"',

    // The address of the sections of docs/runbook.md; %s is the alert's name in lower case. A daemon serves them too,
    // at http://HOST:10065/runbook#%s.
    runbookUrl: 'https://github.com/hardlink-exporter/hardlink_exporter/blob/main/docs/runbook.md#%s',

    // Extractions remaining: layers (snapshots, deployments) that still fit. An image commonly
    // brings 5 to 20 layers, so below 20 the next pull of a new base may fail, and below 5 the
    // next pull of almost anything.
    layersLow: 20,
    layersCritical: 5,

    // The target of `hardlink_exporter plan` in the texts of alerts: well above the
    // level at which they fire.
    planTarget: 50,

    // The daemon's configuration, for the texts of alerts.
    configFile: '/etc/hardlink_exporter/hardlink_exporter.yml',

    // Headroom as a share of the limit: of ext4's 65,000 links 10 % are 6,500, some thirty
    // layers of a base with a 200-name inode; 2 % are 1,300, some six. They fire only for roots without
    // layers: otherwise the layers left decide.
    headroomLow: 0.10,
    headroomCritical: 0.02,

    // Tools that never fail at the limit, but copy or leave a file as it is (docs/farms.md), as a
    // regular expression. With ostree only deployments do so.
    toolsThatCopy: 'flatpak|nix|pnpm|containers-storage|git|backuppc',

    // Subdirectories of the fullest directory as a share of what it can have: of 64,998 2 % are 1,300.
    subdirectoriesHigh: 0.90,
    subdirectoriesCritical: 0.98,

    // Six missed censuses, and at least this long. Where the exporter does not say its interval (an older
    // version, node_exporter's textfile collector) it is this long alone: the default interval is 5m.
    censusStaleIntervals: 6,
    censusStaleSeconds: 1800,
    // Forty missed watches of the default watch_interval (15s). If all watched files are removed, nothing can be
    // watched until the next census, so it is at least two intervals of the census.
    watchStaleIntervals: 2,
    watchStaleSeconds: 600,

    // How long a state lasts before the alert fires. A deploy that loads the new image and then removes
    // the old one dips for minutes; a state in which pulls will soon fail waits less.
    forWarning: '10m',
    forCritical: '5m',
    forExhausted: '2m',
    forHealth: '15m',
    forIncomplete: '1h',

    dashboardUid: 'hardlink',
    dashboardTags: ['hardlink', 'storage'],
    dashboardRefresh: '1m',
  },
}
