// hardlink_exporter tells how many hard links, and how many layers, are left before link(2) fails
// with EMLINK.
//
// To read the source, follow the data. It flows one way, one folder after the other, and no folder
// knows the ones after it:
//
//   config/      what to watch, as plain structs         start with types.h
//   filesystem/  what a filesystem allows                filesystem.h, link_limits.cc
//   layers/      which directories are layers            layout.h
//   census/      counting names per inode and layer      engine.h, then walk_engine.cc,
//                                                        unit_counter.cc, tree_walker.h
//   report/      what the counts mean: the margin        judge.cc
//   scanner/     when to count, and publishing           scanner.h, root_worker.h
//   exposition/  a report as metrics, JSON, HTML, table  families.cc, text.h
//   http/        who may ask for it                      server.h, router.h
//   cli/         the commands                            app.cc, then one file per command
//
// base/ is what all of them share; base/counts.h is what passes from census/ to report/. The
// design, and why it is this one, is in docs/design.md.

#include "cli/app.h"

int main(int argc, char** argv) { return hardlink::runApp(argc, argv); }
