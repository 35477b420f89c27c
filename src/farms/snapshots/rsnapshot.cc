// rsnapshot keeps snapshots NAME.N of several levels in one root. It makes NAME.0 of the most
// frequent level with `cp -al` or `rsync --link-dest`. Later it renames the directories only, from
// level to level.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "farms/snapshots/kinds.h"

namespace hardlink {
namespace {

constexpr const char* kConfiguration = "/etc/rsnapshot.conf";

/// The settings of rsnapshot.conf that matter here.
struct Configuration {
  std::string root;
  std::vector<std::string> levels;  ///< the most frequent first
};

using Numbers = std::vector<std::pair<unsigned long, std::string>>;  // NAME.N by N
using Levels = std::map<std::string, Numbers>;

/// The value after a keyword. rsnapshot separates them by tabs.
std::string valueOf(std::string_view line, std::string_view keyword) {
  if (!line.starts_with(keyword) || line.size() == keyword.size() || line[keyword.size()] != '\t') {
    return {};
  }
  line = trimmed(line.substr(keyword.size()), "\t ");
  return std::string(line.substr(0, line.find('\t')));
}

/// Reads `path` and the files it includes into `configuration`, `files_left` files at most.
/// Commands in backticks are not run.
void readConfiguration(const std::string& path, unsigned& files_left,
                       Configuration& configuration) {
  --files_left;
  const std::string text = contentsOfFile(path).value_or("");
  for (const std::string_view whole : linesOf(text)) {
    const std::string_view line = trimmed(whole, "\r ");
    if (std::string root = valueOf(line, "snapshot_root"); !root.empty()) {
      configuration.root = std::move(root);
    }
    for (const char* const keyword : {"retain", "interval"}) {
      if (std::string level = valueOf(line, keyword); !level.empty()) {
        configuration.levels.push_back(std::move(level));
      }
    }
    const std::string included = valueOf(line, "include_conf");
    if (included.starts_with('/') && files_left > 0) {
      readConfiguration(included, files_left, configuration);
    }
  }
}

/// The snapshots by level. A level's name has letters, digits and `_`. rsnapshot is removing
/// `_delete.PID`.
Levels levelsIn(const Directory& directory) {
  Levels levels;
  for (std::string& name : directory.subdirectories()) {
    const std::size_t dot = name.find('.');
    const std::string_view level = std::string_view(name).substr(0, dot);
    const std::string_view number =
        std::string_view(name).substr(std::min(dot, name.size() - 1) + 1);
    const bool is_word = std::all_of(level.begin(), level.end(), [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
    constexpr std::size_t kMostDigits = 9;
    if (dot == std::string::npos || level.empty() || !is_word || level == "_delete" ||
        number.empty() || number.size() > kMostDigits ||
        number.find_first_not_of("0123456789") != std::string_view::npos ||
        (number.size() > 1 && number.front() == '0')) {
      continue;
    }
    const auto value = parseWhole<unsigned long>(number).value_or(0);
    levels[std::string(level)].emplace_back(value, std::move(name));
  }
  for (auto& [level, numbers] : levels) {
    std::sort(numbers.begin(), numbers.end());
  }
  return levels;
}

/// The levels that are in one of the usual rows of names, in the order of that row. The row with
/// the most levels is taken.
std::vector<std::string> usualOrder(const Levels& levels) {
  using Row = std::array<std::string_view, 6>;
  static constexpr std::array<Row, 2> kRows = {
      Row{"minutely", "hourly", "daily", "weekly", "monthly", "yearly"},
      Row{"alpha", "beta", "gamma", "delta", "epsilon", "zeta"}};
  std::vector<std::string> longest;
  for (const Row& row : kRows) {
    std::vector<std::string> order;
    for (const std::string_view name : row) {
      if (levels.contains(std::string(name))) {
        order.emplace_back(name);
      }
    }
    if (order.size() > longest.size()) {
      longest = std::move(order);
    }
  }
  return longest;
}

/// Orders levels by the age of their lowest numbers, since NAME.0 of a rarer level was the highest
/// number of the next more frequent level. Empty if two were modified at the same time.
std::vector<std::string> orderByTimes(const Directory& directory, const Levels& levels) {
  std::map<DirectoryTimes::Time, std::string> by_time;
  for (const auto& [level, numbers] : levels) {
    if (const auto modified = directory.times(numbers.front().second).modified) {
      by_time[*modified] = level;
    }
  }
  std::vector<std::string> order;
  if (by_time.size() == levels.size()) {
    std::transform(by_time.rbegin(), by_time.rend(), std::back_inserter(order),
                   [](const auto& entry) { return entry.second; });
  }
  return order;
}

std::optional<Claim> claimRsnapshot(const Directory& directory) {
  Levels levels = levelsIn(directory);
  if (levels.empty()) {
    return std::nullopt;
  }
  Configuration configuration;
  unsigned files_left = 32;
  readConfiguration(kConfiguration, files_left, configuration);
  const bool configured = !configuration.root.empty() && directory.isAt(configuration.root);
  ClaimedSeries series{.name = seriesName(directory.path()), .layers = {}};
  if (configured) {
    std::erase_if(configuration.levels,
                  [&](const std::string& level) { return !levels.contains(level); });
    series.levels = configuration.levels;
  } else {
    series.levels = usualOrder(levels);
    if (series.levels.size() < levels.size()) {
      const std::vector<std::string> by_times = orderByTimes(directory, levels);
      series.levels = by_times.empty() ? series.levels : by_times;
    }
  }
  // Drops names that look like levels but have no place in the order.
  std::erase_if(levels, [&](const auto& entry) {
    return std::find(series.levels.begin(), series.levels.end(), entry.first) ==
           series.levels.end();
  });
  if (levels.size() < (configured ? 1 : 2) || series.levels.empty()) {
    return std::nullopt;
  }
  for (const auto& [level, numbers] : levels) {
    for (const auto& [number, name] : numbers) {
      series.layers.push_back({directory.below(name), directory.below(name)});
    }
  }
  Claim claim;
  claim.evidence =
      configured ? fmt::format("{} names it", kConfiguration)
                 : fmt::format("{} levels of NAME.N that are copies of each other", levels.size());
  claim.series.push_back(std::move(series));
  claim.needs_copies = !configured;
  return claim;
}

}  // namespace

const Kind kRsnapshot = {.tool = Tool::rsnapshot,
                         .layout = Layout::snapshots,
                         .at_limit = AtLimit::fails_then_copies,
                         .claim = claimRsnapshot,
                         .removal = removeWithRm};

}  // namespace hardlink
