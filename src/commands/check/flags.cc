#include "commands/check/check.h"
#include "config/duration.h"

namespace hardlink {
namespace {

constexpr const char* kFooter =
    "A plain number N alerts if fewer than N are left. A range as in the Monitoring Plugins'\n"
    "guidelines (10:, ~:10, 10:20) alerts if the figure is outside it, with @ if it is inside.\n"
    "Default thresholds: 20 and 5 layers; in a root without layers 10 % and 2 % of the links, or "
    "of\n"
    "the subdirectories of one directory. If any threshold is given, the others never alert.\n"
    "A root without layers is also critical if it has full inodes; empty files do not count.\n"
    "The layers left are limited by what ends first: links, inodes, space or subdirectories.\n"
    "The verdict is UNKNOWN, never OK, if the limit is unknown, the figures are old, or the tree\n"
    "could not be read completely. Figures that are bad in spite of that still alert.\n"
    "Exit codes: nagios 0 OK, 1 warning, 2 critical, 3 unknown; npd 0 OK, 1 problem, 2 unknown.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter check -w 50 -c 10 -t 30 /var/lib/docker/overlay\n"
    "  hardlink_exporter check --warning-links=5000 --critical-links=1000 /srv/pnpm-store\n"
    "  hardlink_exporter check --url=http://localhost:10065 --root=docker\n"
    "  hardlink_exporter check --mode=npd --timeout=4s --url=http://localhost:10065";

Result<std::chrono::milliseconds> durationFrom(const std::string& text) {
  const auto duration = parseDuration(text);
  return duration ? Result(*duration) : Error{0, "expected a duration such as 30s or 1h30m"};
}

/// A plain number means seconds.
Result<std::chrono::milliseconds> timeoutFrom(const std::string& text) {
  const bool plain = text.find_first_not_of("0123456789") == std::string::npos;
  const auto timeout = parseDuration(plain ? text + "s" : text);
  return timeout ? Result(*timeout)
                 : Error{0, "expected seconds, or a duration such as 30s or 1h30m"};
}

/// Whether `range` alerts on low figures only, as a plain number does.
bool isLowest(const std::optional<AlertRange>& range) {
  return range && range->low && !range->high && !range->inside;
}

/// Fails if the critical threshold is higher than the warning threshold.
Result<void> checkPair(std::string_view suffix, const std::optional<AlertRange>& warning,
                       const std::optional<AlertRange>& critical) {
  if (isLowest(warning) && isLowest(critical) && *warning->low < *critical->low) {
    return Error{0, fmt::format("--critical{0}: {1} must not be more than --warning{0}, {2}",
                                suffix, *critical->low, *warning->low)};
  }
  return {};
}

void addThresholds(Flags& flags, Thresholds& thresholds) {
  const auto parse = [](const std::string& text) { return parseAlertRange(text); };
  flags.parsed("-w,--warning", thresholds.warning, parse,
               "Warn if fewer than N layers are left; in a root without layers, N links");
  flags.parsed("-c,--critical", thresholds.critical, parse,
               "Critical if fewer than N layers are left; in a root without layers, N links");
  flags.parsed("--warning-links", thresholds.warning_links, parse,
               "Warn if the file with the most links has fewer than N left, in every root");
  flags.parsed("--critical-links", thresholds.critical_links, parse,
               "Critical if the file with the most links has fewer than N left, in every root");
  flags.number(
      "--allow-saturated", thresholds.allow_saturated, 0, UINT64_MAX,
      "Full inodes that a root without layers may have (default 0); for tools that start a "
      "new inode at the limit. With this flag, links alert by thresholds only");
  flags.check([&thresholds]() -> Result<void> {
    RETURN_IF_ERROR(checkPair("", thresholds.warning, thresholds.critical));
    return checkPair("-links", thresholds.warning_links, thresholds.critical_links);
  });
}

}  // namespace

void addCheckFlags(Flags& flags, CheckOptions& options) {
  addPaths(flags, options.paths);
  flags.choice("--mode", options.mode, CheckMode::nagios,
               "Print the verdict for this monitoring system");
  addThresholds(flags, options.thresholds);
  flags.parsed(
      "-t,--timeout", options.timeout, timeoutFrom,
      "Give up as unknown after this many seconds (default 55; keep it below the monitoring "
      "system's own timeout)");
  addCensusFlags(flags, options.census);
  flags.parsed(
      "--url", options.url, [](const std::string& text) { return parseUrl(text); },
      "Ask the daemon at http[s]://[USER:PASSWORD@]HOST[:PORT][/PREFIX] instead of counting");
  flags.text("--root", options.root, "Check only this root of the daemon (default: all)");
  flags.needs("--root", "--url");
  flags.parsed(
      "--max-age", options.max_age, durationFrom,
      "Unknown if the daemon's figures are older than this (default 15m, three intervals)");
  flags.needs("--max-age", "--url");
  for (const char* const counting :
       {"PATH", "--engine", "--layout", "--tool", "--layers", "--link-limit"}) {
    flags.excludes(counting, "--url");
  }
  flags.footer(kFooter);
}

CheckOptions wrongUsage(const std::vector<std::string>& words, std::string what) {
  CheckOptions options;
  options.wrong_usage = std::move(what);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool value_follows = words[i] == "--mode" && i + 1 < words.size();
    const std::string value =
        value_follows ? words[i + 1] : words[i].substr(words[i].find('=') + 1);
    if (value_follows || words[i].starts_with("--mode=")) {
      options.mode = fromString<CheckMode>(value).value_or(options.mode);
    }
  }
  return options;
}

}  // namespace hardlink
