// hardlink_exporter tells how many hard links, and how many layers, are left before link(2) fails
// with EMLINK.
//
// To read the source, follow the data. It flows one way, one folder after the other, and no folder
// knows the ones after it. Start with model/report.h, census/census.h, report/judge.h, and then a
// command of your choice. After each folder: what it is, and its files. A test keeps this map
// complete. docs/design.md has the reasons.
//
//   base/: errors, text, log, time: clean_path, error, log, names, text, time, utf8, version
//   model/: the plain values that pass from room to room: counts, farm, histogram, image_store,
//       layer_entry, limits, margin, report, routes, web_access
//   base/os/: the seam to the kernel: clocks, control_group, fd, older_kernel, open_beneath, os,
//       read_file, threads
//   config/: YAML to plain structs, validated: braces, duration, fields, load, types, validate,
//       yaml_tree
//   config/web/: the exporter toolkit's web config file: web_file, web_rules
//   filesystem/: which filesystem, what it allows, what it has left: filesystem,
//       link_limits, magic, mounts, room, superblock
//   docker/: Docker's own files: chains, discovery, files, image_db, json, layer_db, makers_own,
//       metadata
//   image/tar/: tars as Docker reads them: byte_stream, decompression, tar_header, tar_reader
//   image/: images in archives and directories: archive, directory, documents, files, image_tar,
//       platform, reading
//   farms/evidence/: how kinds of trees differ: copies, directory, hashed_names, key_file,
//       kind
//   farms/snapshots/: the tools that make snapshots, and the age of snapshots: backintime,
//       dirvish, kinds, rsnapshot, rsync, snapshot_name, snapshot_order, storebackup, timeshift
//   farms/stores/: the tools that keep stores: backuppc, containers_storage, flatpak, git,
//       glusterfs, kinds, nix, ostree, pnpm
//   farms/: what kind of tree it is: copies_among, docker, kinds, layout, recognise, search, series
//   census/count/: names by inode and layer, for both engines: engine,
//       fullest_directories, hot_inodes, hot_names, inode_table, inode_tracker, layer_sets,
//       shared_reading, single_links, unit_reader, unit_tally, units
//   census/refresh/: what a census leaves for the next one: kept_units, packed_inodes,
//       unit_memory, unit_recall
//   census/walk/: the engine that walks: directory_stack, find_units, name_finder, root_census,
//       tree_walker, unit_check, unit_listing, walk_engine, walk_names, walk_reader, walk_reading
//   census/ext4/: the engine that reads ext4's own metadata: ext4_directory_reader, ext4_engine,
//       ext4_inode, ext4_inode_map, ext4_inode_reader, ext4_names, ext4_paths, ext4_reader,
//       ext4_reading, ext4_volume, ext4_watch, hidden_directories, seen_directories
//   census/: the front door of counting: census, find_root, layer_listing
//   report/: from counts to a report, in pure functions: alarms, judge, judge_images, limits
//   exposition/: the words that all faces share: next_steps, number, phrases, root_texts,
//       severity, shell, summary
//   exposition/metrics/: Prometheus: exporter_families, families, family, metric_series,
//       openmetrics, process, protobuf, render, text
//   exposition/json/: JSON, written and read: details_json, json, parse_report, report_json
//   exposition/terminal/: tables: ascii, columns, display_width, table, table_lists, table_text
//   exposition/page/: the status page and the runbook: html, markdown, status_page
//   http/sockets/: connections and their limits: civetweb_calls, client_limits, descriptors, listen
//   http/tls/: certificates: openssl, tls_context, tls_listener
//   http/access/: who may ask: authenticator, basic_credentials, rate_limits
//   http/: routes and answers: gate, gzip, pages, parse_request, router, server
//   http/client/: the client of `check --url`: client, response_head, url
//   roots/: which roots; one of them counted and judged: count_root, root_scan, roots
//   daemon/sandbox/: what the daemon gives up: capabilities, landlock, sandbox, syscall_filter
//   daemon/scanner/: when to count: activity, layer_events, publisher, root_figures, root_log,
//       root_worker, scanner, schedule
//   commands/: what commands share: flags, streams, progress: common_flags, flags,
//       progress_line, standard_streams, terminal
//   daemon/: the daemon: access_file, daemon, effective_config, flags, service_manager
//   commands/scan/: count once, or again and again: background_scan, flags, scan, screen, watch
//   commands/check/: a verdict for a monitoring system: alert_range, check, flags, verdict,
//       verdict_text
//   commands/explain/: who holds the links of a file: explain, explanation, explanation_json,
//       explanation_table, flags
//   commands/plan/search/: the fewest removals: removal_ledger, removal_search, share_bound
//   commands/plan/: what to remove: docker_removals, farm_removals, flags, plan, plan_json,
//       plan_table, plan_text, removal_plan
//   commands/preflight/unpacking/: one layer unpacked on paper: current_layer, layer_tree, unpacker
//   commands/preflight/: whether an image will extract: archive_load, extraction, flags, preflight,
//       preflight_json, preflight_report, preflight_text, unpack, unpack_report
//   cli/: picks the command: app, arguments, options

#include "cli/app.h"

int main(int argc, char** argv) { return hardlink::runApp(argc, argv); }
