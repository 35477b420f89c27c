#include <chrono>

#include "commands/scan/scan.h"
#include "config/duration.h"

namespace hardlink {
namespace {

constexpr std::chrono::milliseconds kUsualWatch = std::chrono::seconds(5);
constexpr std::chrono::milliseconds kShortestWatch = std::chrono::seconds(1);

constexpr const char* kFooter =
    "On a terminal, figures are rounded (see --exact), and names and columns are shortened or "
    "left\n"
    "out to fit. Colours are used unless NO_COLOR is set, and UTF-8 if the locale uses it. In a "
    "file\n"
    "or a pipe, figures and names are complete.\n"
    "Ctrl-C prints what was found so far, marked as partial, and ends with exit code 1; a second "
    "one\n"
    "ends at once. With --output or --format=prometheus, a partial result is never written.\n"
    "With --watch, each count shows what has changed since the one before; q ends it.\n"
    "low: fewer than 20 layers left, or less than 10 % of the links; critical: fewer than 5, or 2 "
    "%.\n"
    "Exit codes: 0 every root was counted; 1 a root was not; 2 wrong usage, or nothing to count.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter scan\n"
    "  hardlink_exporter scan --watch=10s --top=5 /var/lib/docker/overlay\n"
    "  hardlink_exporter scan --layers='daily.*' /backup/rsnapshot\n"
    "  hardlink_exporter scan --format=json /srv/store | jq '.roots[].headroom_links'\n"
    "  hardlink_exporter scan --format=prometheus --output=/var/lib/node_exporter/links.prom";

void addWatchFlag(Flags& flags, ScanOptions& options) {
  const auto store = [&options](const std::string& text) -> Result<void> {
    options.watch = text.empty() ? kUsualWatch : parseDuration(text);
    return options.watch && *options.watch >= kShortestWatch
               ? Result<void>()
               : Error{0, "'" + text + "': expected a duration from 1s on"};
  };
  flags.optionalValue("--watch", store,
                      "Count and print again, every 5s or every DURATION with --watch=DURATION");
  flags.excludes("--watch", "--output");
  flags.check([&options]() -> Result<void> {
    return !options.watch || options.format == OutputFormat::table
               ? Result<void>()
               : Error{0, "--watch: shows tables, no other --format"};
  });
}

}  // namespace

void addScanFlags(Flags& flags, ScanOptions& options) {
  addPaths(flags, options.paths);
  flags.choice("--format", options.format, OutputFormat::table, kFormatHelp);
  flags.text("--output", options.output, "Write to this file, by renaming a temporary file");
  flags.number("--top", options.top, 0, 1000, "Rows in each list, 0 to 1000 (default 10)");
  flags.toggle("--exact", options.exact,
               "Exact figures on a terminal too (59,297 instead of 59.3k)");
  addWatchFlag(flags, options);
  addCensusFlags(flags, options.census);
  flags.footer(kFooter);
}

}  // namespace hardlink
