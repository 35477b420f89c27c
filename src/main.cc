// hardlink_exporter tells how many hard links, and how many layers, are left before link(2) fails
// with EMLINK.
//
// To read the source, follow the data. It flows one way, one folder after the other, and no folder
// knows the ones after it. Start with types, then census, judge, families, app. Each name below is
// a header and its source; a test keeps this map complete. docs/design.md has the reasons.
//
//   base/        what all others share
//     error, fd, log, time, utf8, trimmed, joined, lines, clean_path, version: what all use
//     counts, margin: what passes from census/ to report/, and its arithmetic
//     os: how directories are read
//     older_kernel, open_beneath: what is done where system calls are missing
//     threads, control_group: what limits threads and memory
//     terminal_text, routes: what a terminal takes; the paths that the daemon answers
//     image_store, layer_entry: what passes from docker/ and image/ to report/
//     web_access: who may ask the daemon, from config/ to http/
//   model/       the plain values that pass from room to room
//     farm, limits: what kind of tree a root is; what can end it
//   config/      YAML to plain structs
//     types: every option with its unit and default
//     load, yaml_tree, fields, duration, braces, text_file: reading the configuration file
//     validate: what a value may be, from a file or a flag
//     web_file, web_rules: the exporter toolkit's web config file
//   filesystem/  what a filesystem allows and what it has left
//     filesystem, mounts, superblock: which filesystem a path is on
//     link_limits, magic: the tables of link limits and magic numbers
//     room, btrfs: what is left, what copies take; names in one directory
//   docker/      Docker's own files
//     discovery, metadata, chains: where they are and what they say together
//     files, layer_db, image_db, document_limits, sha256: each of them
//     makers_own: what Docker keeps beside each layer
//   image/       an image in a directory or a tar
//     archive, directory, image_tar, files, documents, reading, platform: the image
//     tar_reader, tar_header, decompression, byte_stream: the tar
//   farms/       what kind of tree a root is, who made it, what may go
//     recognise, kinds, kind, directory: the front door, the table of kinds, what a kind sees
//     search, copies, series: what is there, what is a copy of what, heads and what may go
//     docker, rsnapshot, backintime, timeshift, dirvish, storebackup, rsync, backuppc: kinds
//     ostree, flatpak, nix, pnpm, containers_storage, glusterfs, git: kinds
//     hashed_names, key_file: what kinds have in common
//     layout: Docker's layers, and those that globs name
//     snapshot_name, snapshot_order: the age of snapshots
//   census/      counting names per inode and layer; the only code that reads trees
//     census, engine, root_census: the front door, the two engines' interface, one census
//     units, unit_reader, unit_tally, parallel: pieces of a root, counted in threads
//     inode_table, inode_tracker, hot_inodes: inodes, those asked about, the hottest
//     fullest_directories, back_references: directories by what is in them
//     tree_walker, walk_reader, walk_engine: the engine that walks
//     ext4_volume, ext4_inode_map, ext4_directory_reader, ext4_reader, ext4_engine, cache_room:
//       the engine that reads ext4's own metadata
//     watch, alarm: between censuses; how long one may take
//     find_root, layer_listing: other readings of a tree, for explain, preflight and plan
//   report/      what the counts mean; pure
//     report: the immutable report
//     judge, judge_images: from counts to a report
//     limits: what one more copy takes of each limit, and how many fit
//     alarms, verdict, alert_range: from a report to fine or not
//     explanation: one file explained
//     removal_plan, removal_search, link_ledger, docker_removals, farm_removals: what to remove
//     extraction, layer_tree, room_use, preflight: whether an image would extract
//   scanner/     when to count
//     scanner, root_worker: one thread per root
//     publisher, pace: from many changes to few reports
//     survey, schedule, layer_events: one census, its time, what brings it forward
//   exposition/  a report as metrics, JSON, text, page
//     families, exporter_families, metric_series, process, text, openmetrics, number: metrics
//     json, report_json, details_json, parse_report: JSON, written and read
//     table, table_lists, table_text, columns, bar, display_width, ascii, phrases: a terminal
//     shell: commands
//     summary, severity: headline and level of a root, the same everywhere
//     explanation_text, explanation_json, explanation_table: explain
//     plan_text, plan_json, plan_table: plan
//     preflight_text, preflight_json: preflight
//     verdict_text: check
//     status_page, page_files, html: the status page
//   http/        who may ask for it
//     server, router, pages, own_metrics: sockets, routes, rendered bodies
//     negotiation, query, gzip, wire_text: what a request says and how the answer is packed
//     listen, accept, descriptors, waiting_clients, request_slots: limits of clients
//     access, gate, authenticator, basic_credentials, bcrypt: who may ask
//     failure_limiter, token_bucket: how often
//     tls_context, tls_listener, tls_names, openssl_error, random_source: TLS
//     client, url, response_head: the client of `check --url`
//   cli/         the commands
//     app, commands, options, arguments, suggestion: which command is meant, with which flags
//     daemon, effective_config, access_file, periodic_task, service_manager: the daemon
//     sandbox, capabilities, landlock, syscall_filter: what the daemon gives up
//     scan, check, explain, plan, preflight: a file per command
//     roots, root_scan, background_scan: what the commands count
//     watch, screen, terminal, progress_line, signals, standard_streams, output_file: in and out

#include "cli/app.h"

int main(int argc, char** argv) { return hardlink::runApp(argc, argv); }
