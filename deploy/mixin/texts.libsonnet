// What the annotations of the alerts are made of: Go templates that Prometheus expands. An annotation
// about a root begins with `setUp`, which asks Prometheus about it and sets the variables that the
// other parts use. A figure that has no series is left out of the text.
{
  local root = 'job=%q,instance=%q,root=%q',
  local rootLabels = '$labels.job $labels.instance $labels.root',

  // `found` with the answer to a query as its dot, where there is an answer. %(r)s in the query
  // stands for the labels of the alert's root.
  local ask(query, found, otherwise='') =
    local places = std.length(std.findSubstr('%(r)s', query));
    '{{ with printf `%s`%s | query }}%s%s{{ end }}' % [
      query % { r: root },
      std.join('', std.makeArray(places, function(i) ' ' + rootLabels)),
      found,
      if otherwise == '' then '' else '{{ else }}' + otherwise,
    ],
  local number(expr) = '{{ printf "%%.0f" %s }}' % expr,
  local answer = number('(. | first | value)'),
  local links(expr) = '{{ if eq %s 1.0 }}1 link{{ else }}%s links{{ end }}' % [expr, number(expr)],
  local set(variable, expr) = '{{ %s = %s }}' % [variable, expr],

  // What no shell needs quotes for: as the exporter's own commands (src/exposition/shell.cc).
  local plain = '`^[-A-Za-z0-9_./:@%+=,]+$`',
  // What must not be pasted into a terminal or shown in a message: characters that are not printed,
  // and bytes that are not UTF-8, which the exporter writes as \xNN. No command is printed with them.
  local unsafe = '`[\\p{C}\\p{Zl}\\p{Zp}]|\\\\x[0-9a-f]{2}`',
  // Sets `variable`, which is a path, to the word that the shell takes for it, or to `otherwise`.
  local quote(variable, otherwise) =
    '{{ if match %s %s }}%s' % [unsafe, variable, set(variable, otherwise)] +
    '{{ else if not (match %s %s) }}%s{{ end }}' % [
      plain,
      variable,
      set(variable, 'printf "\'%%s\'" (reReplaceAll "\'" `\'\\\'\'` %s)' % variable),
    ],

  where: '{{ $labels.root }} on {{ $labels.instance }}',

  // $path: the root's directory as a word of the shell, PATH where that is not known or not safe.
  // $one, $many: what a tree like this is made of (src/exposition/phrases.cc). $plan: what a plan says.
  // $limit: the flag that makes a command judge by the limit of the configuration.
  setUp:
    '{{ $path := "PATH" }}{{ $one := "layer" }}{{ $many := "layers" }}{{ $plan := "which images to remove" }}{{ $limit := "" }}' +
    '{{ if match "^/" $labels.root }}{{ $path = $labels.root }}{{ end }}' +
    ask(
      'hardlink_root_info{%(r)s}',
      set('$path', '. | first | label "path"') +
      '{{ with . | first | label "layout" }}' +
      '{{ if eq . "snapshots" }}{{ $one = "snapshot" }}{{ $many = "snapshots" }}{{ $plan = "which snapshots to remove" }}{{ end }}' +
      '{{ if eq . "store" }}{{ $one = "copy" }}{{ $many = "copies" }}{{ $plan = "how to clean it up" }}{{ end }}' +
      '{{ end }}'
    ) +
    ask(
      'hardlink_link_limit{%(r)s} and on (job, instance, root) hardlink_root_info{%(r)s,limit_source="config"}',
      set('$limit', 'printf " --link-limit=%.0f" (. | first | value)')
    ) +
    quote('$path', '"PATH"'),

  /// "3 more layers fit", of a margin of $value.
  fits: '{{ if eq $value 0.0 }}No further {{ $one }} fits{{ else if eq $value 1.0 }}Only 1 more {{ $one }} fits' +
        '{{ else }}Only %s more {{ $many }} fit{{ end }}' % number('$value'),

  /// "After 3 more layers, the next one", of a margin of $value.
  next: '{{ if eq $value 0.0 }}The next {{ $one }}{{ else if eq $value 1.0 }}After 1 more {{ $one }}, the next one' +
        '{{ else }}After %s more {{ $many }}, the next one{{ end }}' % number('$value'),

  // A layer with the root's own margin. Its file is not a metric; `scan` names it.
  binding: ask(
    'hardlink_layer_links_per_extraction{%(r)s} and hardlink_layer_extractions_remaining{%(r)s} == scalar(hardlink_extractions_remaining{%(r)s})',
    '{{ with . | sortByLabel "layer" | first }} The tightest {{ $one }} is {{ .Labels.layer }}: one more copy of it takes ' +
    links('.Value') + ' of a single file.{{ end }}'
  ),

  /// "64000 of the 65000 links", of the fullest file.
  used: ask('hardlink_max_links{%(r)s}', answer) + ' of the ' +
        ask('hardlink_link_limit{%(r)s}', answer) + ' links',

  /// "6 more layers fit now", or "1000 links of the fullest file are left".
  left: ask(
    'hardlink_extractions_remaining{%(r)s}',
    '{{ with . | first | value }}{{ if eq . 1.0 }}1 more {{ $one }} fits{{ else }}%s more {{ $many }} fit{{ end }} now' % number('.') +
    '{{ else }}no further {{ $one }} fits now{{ end }}',
    ask(
      'hardlink_headroom_links{%(r)s}',
      '{{ with . | first | value }}{{ if eq . 1.0 }}1 link of the fullest file is left{{ else }}%s links of the fullest file are left{{ end }}' % number('.') +
      '{{ else }}no link of the fullest file is left{{ end }}'
    )
  ),

  // Of $value in days.
  days: '{{ printf "%.1f" $value }} days',
  hours: '{{ with printf "%f * 24" $value | query }}{{ . | first | value | printf "%.1f" }}{{ end }} hours',

  /// The last words of a description: what to do, and one command with nothing after it.
  step(command, what=''):: ' Next step on the host' + what + ': ' + command,
  local onRoot(command) = command + '{{ $limit }} {{ $path }}',

  scan: $.step(onRoot('hardlink_exporter scan')),
  plan(target):: $.step(onRoot('hardlink_exporter plan --target=%s' % target), ', to see {{ $plan }}'),
  /// A target that doubles what is left, and is not below `least`.
  planToDouble(least)::
    ask('clamp(2 * hardlink_extractions_remaining{%%(r)s}, %d, 1000000)' % least, $.plan(answer), $.explain),

  /// Who holds the links of the fullest file.
  explain:
    '{{ $file := "" }}' +
    ask(
      'hardlink_hot_inode_links{%(r)s} == scalar(hardlink_max_links{%(r)s}) and on (job, instance, root) hardlink_root_info{%(r)s}',
      set('$file', '. | sortByLabel "path" | first | label "path"')
    ) +
    ask(
      'hardlink_root_info{%(r)s}',
      '{{ if $file }}' +
      set('$file', 'printf "%s/%s" (reReplaceAll "/+$" "" (. | first | label "path")) $file') +
      quote('$file', '""') +
      '{{ end }}'
    ) +
    '{{ if $file }}' +
    $.step('hardlink_exporter explain{{ $limit }} --root={{ $path }} {{ $file }}', ', to see who holds its links') +
    '{{ else }}' + $.step(onRoot('hardlink_exporter scan'), ', to see the file') + '{{ end }}',

  /// The directories that use more than this share of their limit.
  findDirectories(share):: ask(
    'floor(%g * hardlink_subdirectory_limit{%%(r)s})' % share,
    $.step('find {{ $path }} -xdev -type d -links +%s' % answer, ', to see which')
  ),

  /// One of two commands: where a daemon serves the figures, or node_exporter what a timer wrote.
  byKind(daemon, timer)::
    '{{ with printf `hardlink_exporter_build_info{job=%q,instance=%q}` $labels.job $labels.instance | query }}' +
    daemon + '{{ else }}' + timer + '{{ end }}',
  log: $.byKind(
    $.step('journalctl -u hardlink-exporter -n 50', ', to see the reason'),
    $.step('journalctl -u hardlink-exporter-textfile -n 50', ', to see the reason')
  ),
}
