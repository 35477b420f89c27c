#include "commands/explain/explain.h"

namespace hardlink {
namespace {

constexpr const char* kFooter =
    "Without --root the names are looked for in the storage of Docker's overlay driver that\n"
    "holds FILE, else in the outermost directory where FILE has a name at the same place below\n"
    "another child (snapshots), else in the whole filesystem. A symbolic link is explained\n"
    "itself, not what it points to.\n\n"
    "Examples:\n"
    "  hardlink_exporter explain /var/lib/docker/overlay/00a2.../root/etc/passwd\n"
    "  hardlink_exporter explain --format=json --paths=1000 /backup/daily.0/etc/passwd\n"
    "  hardlink_exporter explain --root=/srv/repo/objects /srv/checkout/usr/bin/bash\n";

}  // namespace

void addExplainFlags(Flags& flags, ExplainOptions& options) {
  flags.operand("FILE", options.file, "The file whose links are to be explained");
  flags.text("--root", options.root, "Directory to look for its names in (default: found)");
  flags.choice("--format", options.format, parseTableOrJson, "table, json", "table");
  flags.number("--paths", options.paths, 0, 100'000,
               "How many of the names to list, 0 to 100000 (default 10)");
  addSurveyFlags(flags, options.survey);
  flags.footer(kFooter);
}

}  // namespace hardlink
