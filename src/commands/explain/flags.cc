#include "commands/explain/explain.h"

namespace hardlink {
namespace {

constexpr const char* kFooter =
    "Without --root, names are searched for in the storage of Docker's overlay driver that holds\n"
    "FILE. If there is none, they are searched for in the outermost directory where FILE has a "
    "name\n"
    "at the same place below another child (snapshots), or else in the whole filesystem.\n"
    "A symbolic link itself is explained, not its target.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter explain /var/lib/docker/overlay/00a2.../root/etc/passwd\n"
    "  hardlink_exporter explain --format=json --paths=1000 /backup/daily.0/etc/passwd\n"
    "  hardlink_exporter explain --root=/srv/repo/objects /srv/checkout/usr/bin/bash\n";

}  // namespace

void addExplainFlags(Flags& flags, ExplainOptions& options) {
  flags.operand("FILE", options.file, "File whose links to explain");
  flags.text("--root", options.root, "Directory to look for its names in (default: found)");
  addTableOrJson(flags, options.format);
  flags.number("--paths", options.paths, 0, 100'000, "Names to list, 0 to 100000 (default 10)");
  addCensusFlags(flags, options.census);
  flags.footer(kFooter);
}

}  // namespace hardlink
