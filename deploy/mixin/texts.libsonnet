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

  // Characters that need no quotes in a shell, as in the exporter's own commands (src/exposition/shell.cc).
  local plain = '`^[-A-Za-z0-9_./:@%+=,]+$`',
  // Unprintable characters, and bytes that are not UTF-8, which the exporter writes as \xNN. They must not be
  // pasted into a terminal or shown in a message, so no command is printed with them.
  local unsafe = '`[\\p{C}\\p{Zl}\\p{Zp}]|\\\\x[0-9a-f]{2}`',
  // Sets `variable`, which is a path, to the word that the shell takes for it, or to `otherwise`.
  local quote(variable, otherwise) =
    '{{ if match %s %s }}%s' % [unsafe, variable, set(variable, otherwise)] +
    '{{ else if not (match %s %s) }}%s{{ end }}' % [
      plain,
      variable,
      set(variable, 'printf "\'%%s\'" (reReplaceAll "\'" `\'\\\'\'` %s)' % variable),
    ],

  // Sets `variable`, a path below the root, to the word that the shell takes for the whole path. It
  // becomes empty where the root's directory is not known or the path is not safe.
  local below(variable) =
    '{{ if not (and %s $top) }}%s' % [variable, set(variable, '""')] +
    '{{ else }}{{ if eq %s "." }}%s' % [variable, set(variable, '$top')] +
    '{{ else }}%s{{ end }}' % set(variable, 'printf "%%s/%%s" (reReplaceAll "/+$" "" $top) %s' % variable) +
    quote(variable, '""') + '{{ end }}',

  where: '{{ $labels.root }} on {{ $labels.instance }}',

  // $top: the root's directory, empty where that is not known. $path: the same as a word of the shell,
  // PATH where that is not known or not safe.
  // $one, $many: what a tree like this is made of (src/exposition/phrases.cc). $plan: what a plan says.
  // $limit: the flag that makes a command judge by the limit of the configuration.
  // $first, $layer, $at: the limit that ends first, the layer after a space, and the file or directory
  // as a word of the shell; each is empty where it is not known or not safe.
  setUp:
    '{{ $top := "" }}{{ $path := "PATH" }}{{ $one := "layer" }}{{ $many := "layers" }}{{ $plan := "which images to remove" }}{{ $limit := "" }}' +
    '{{ $first := "" }}{{ $layer := "" }}{{ $at := "" }}' +
    '{{ if match "^/" $labels.root }}{{ $top = $labels.root }}{{ end }}' +
    ask(
      'hardlink_root_info{%(r)s}',
      set('$top', '. | first | label "path"') +
      '{{ with . | first | label "layout" }}' +
      '{{ if eq . "snapshots" }}{{ $one = "snapshot" }}{{ $many = "snapshots" }}{{ $plan = "which snapshots to remove" }}{{ end }}' +
      '{{ if eq . "store" }}{{ $one = "copy" }}{{ $many = "copies" }}{{ $plan = "how to clean it up" }}{{ end }}' +
      '{{ end }}'
    ) +
    ask(
      'hardlink_link_limit{%(r)s} and on (job, instance, root) hardlink_root_info{%(r)s,limit_source="config"}',
      set('$limit', 'printf " --link-limit=%.0f" (. | first | value)')
    ) +
    '{{ if $top }}' + set('$path', '$top') + quote('$path', '"PATH"') + '{{ end }}' +
    ask(
      'hardlink_binding_info{%(r)s}',
      '{{ with . | sortByLabel "limit" | first }}' +
      set('$first', '.Labels.limit') + set('$at', '.Labels.path') +
      '{{ if not (match %s .Labels.layer) }}%s{{ end }}' % [unsafe, set('$layer', 'printf " %s" .Labels.layer')] +
      '{{ end }}' + below('$at')
    ),

  /// "3 more layers fit", of a margin of $value.
  fits: '{{ if eq $value 0.0 }}No further {{ $one }} fits{{ else if eq $value 1.0 }}Only 1 more {{ $one }} fits' +
        '{{ else }}Only %s more {{ $many }} fit{{ end }}' % number('$value'),

  /// "After 3 more layers, the next one", of a margin of $value.
  next: '{{ if eq $value 0.0 }}The next {{ $one }}{{ else if eq $value 1.0 }}After 1 more {{ $one }}, the next one' +
        '{{ else }}After %s more {{ $many }}, the next one{{ end }}' % number('$value'),

  /// "links end first", as an end of a summary.
  ends: '{{ if $first }}, {{ $first }} {{ if eq $first "space" }}ends{{ else }}end{{ end }} first{{ end }}',

  /// The error that a further layer gets.
  failure: '{{ if or (eq $first "inodes") (eq $first "space") }} with "no space left on device" (ENOSPC)' +
           '{{ else }} with "too many links" (EMLINK){{ end }}',

  // A layer with the root's own margin, where the exporter does not say what ends first.
  local tightest = ask(
    'hardlink_layer_links_per_extraction{%(r)s} and hardlink_layer_extractions_remaining{%(r)s} == scalar(hardlink_extractions_remaining{%(r)s})',
    '{{ with . | sortByLabel "layer" | first }} The tightest {{ $one }} is {{ .Labels.layer }}: one more copy of it takes ' +
    links('.Value') + ' of a single file.{{ end }}'
  ),

  /// What ends first, and where.
  binding:
    '{{ if eq $first "links" }} Links end first: one more copy of the {{ $one }}{{ $layer }} takes ' +
    ask(
      'hardlink_layer_links_per_extraction{%(r)s} and on (job, instance, root, layer) hardlink_binding_info{%(r)s}',
      '{{ with . | first | value }}' + links('.') + '{{ end }}',
      'links'
    ) +
    ' of {{ if $at }}{{ $at }}{{ else }}a single file{{ end }}.' +
    '{{ else if eq $first "inodes" }} Inodes end first, at the {{ $one }}{{ $layer }}: df -i {{ $path }} shows what is left.' +
    '{{ else if eq $first "space" }} Space ends first, at the {{ $one }}{{ $layer }}: df {{ $path }} shows what is left.' +
    '{{ else if eq $first "subdirectories" }} Subdirectories end first, in {{ if $at }}the directory {{ $at }}{{ else }}the directory of the {{ $many }}{{ end }}.' +
    '{{ else }}' + tightest + '{{ end }}',

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
  scanFiles: $.step(onRoot('hardlink_exporter scan'), ', to see the files and how to clean up'),
  plan(target):: $.step(onRoot('hardlink_exporter plan --target=%s' % target), ', to see {{ $plan }}'),
  /// A target that doubles what is left, and is not below `least`.
  planToDouble(least)::
    ask('clamp(2 * hardlink_extractions_remaining{%%(r)s}, %d, 1000000)' % least, $.plan(answer), $.explain),

  /// Says what holds the links of the fullest file.
  explain:
    '{{ $file := "" }}' +
    ask(
      'hardlink_hot_inode_links{%(r)s} == scalar(hardlink_max_links{%(r)s}) and on (job, instance, root) hardlink_root_info{%(r)s}',
      set('$file', '. | sortByLabel "path" | first | label "path"')
    ) +
    below('$file') +
    '{{ if $file }}' +
    $.step('hardlink_exporter explain{{ $limit }} --root={{ $path }} {{ $file }}', ', to see who holds its links') +
    '{{ else }}' + $.step(onRoot('hardlink_exporter scan'), ', to see the file') + '{{ end }}',

  /// Sets $at to the directory that has the most subdirectories by its own limit.
  fullestDirectory:
    set('$at', '""') +
    ask(
      'hardlink_hot_directory_subdirectories{%(r)s} == scalar(hardlink_max_subdirectories{%(r)s})',
      set('$at', '. | sortByLabel "path" | first | label "path"')
    ) + below('$at'),
  /// "The directory X in", or "A directory in".
  fullDirectory: '{{ if $at }}The directory {{ $at }}{{ else }}A directory{{ end }}',
  /// "58807 of the 64998 subdirectories", of that directory.
  subdirectories: ask('hardlink_max_subdirectories{%(r)s}', answer) + ' of the ' +
                  ask('hardlink_subdirectory_limit{%(r)s}', answer) + ' subdirectories',
  /// Whether the directory has an index, which decides what helps; or which directory it is. (The
  /// link count of a directory does not say how many directories are in it.)
  findDirectory:
    '{{ if $at }}' + $.step('lsattr -d {{ $at }}', ', to see whether it has an index (I)') +
    '{{ else }}' +
    $.step("find {{ $path }} -xdev -mindepth 1 -type d -printf '%h\\n' | sort | uniq -c | sort -rn | head -n 3", ', to see which') +
    '{{ end }}',

  /// "3 files have", of full ones.
  fullFiles: ask(
    'hardlink_saturated_inodes{%(r)s}',
    '{{ with . | first | value }}{{ if eq . 1.0 }}1 file has{{ else }}%s files have{{ end }}{{ end }}' % number('.'),
    'Files have'
  ),
  /// Of $value in bytes.
  bytes: '{{ if eq $value 1.0 }}1 byte{{ else }}%s bytes{{ end }}' % number('$value'),

  /// One of two commands: where a daemon serves the figures, or node_exporter what a timer wrote.
  byKind(daemon, timer)::
    '{{ with printf `hardlink_exporter_build_info{job=%q,instance=%q}` $labels.job $labels.instance | query }}' +
    daemon + '{{ else }}' + timer + '{{ end }}',
  log: $.byKind(
    $.step('journalctl -u hardlink-exporter -n 50', ', to see the reason'),
    $.step('journalctl -u hardlink-exporter-textfile -n 50', ', to see the reason')
  ),
}
