#include "exposition/phrases.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "model/farm.h"
#include "report/alarms.h"

namespace hardlink {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return thousands(count).append(" ").append(count == 1 ? one : many);
}

LayerWords layerWords(std::string_view layout) {
  if (layout == toString(Layout::snapshots)) {
    return {"snapshot", "snapshots"};
  }
  if (layout == toString(Layout::store)) {
    return {"copy", "copies"};
  }
  return {"layer", "layers"};
}

bool isLayered(const CensusReport& census) {
  return census.layers > 0 || census.layout == toString(Layout::docker_overlay) ||
         census.layout == toString(Layout::snapshots);
}

LayerWords wordsOf(const RootReport& root) {
  return layerWords(root.census && isLayered(*root.census) ? root.census->layout : "");
}

std::string capitalized(std::string_view text) {
  std::string result(text);
  if (!result.empty() && result.front() >= 'a' && result.front() <= 'z') {
    result.front() = static_cast<char>(result.front() - 'a' + 'A');
  }
  return result;
}

std::string roundsText(const std::optional<std::uint64_t>& rounds, std::size_t series) {
  if (!rounds || series < 2) {
    return {};
  }
  return counted(*rounds, "round", "rounds") + " of all " + thousands(std::uint64_t{series}) +
         " series";
}

std::string layoutAndTool(const std::string& layout, const std::string& tool) {
  const bool named = !tool.empty() && tool != toString(Tool::none);
  return layout + (named ? ", tool " + tool : "");
}

std::string layoutText(const CensusReport& census) {
  return layoutAndTool(census.layout, census.tool) +
         (census.layout_reason.empty() ? "" : ": " + census.layout_reason);
}

std::vector<const SeriesReport*> tightestSeries(const CensusReport& census, std::size_t most) {
  std::vector<const SeriesReport*> series;
  for (const SeriesReport& each : census.series) {
    series.push_back(&each);
  }
  std::stable_sort(series.begin(), series.end(), [](const SeriesReport* a, const SeriesReport* b) {
    constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
    return a->extractions_remaining.value_or(kUnlimited) <
           b->extractions_remaining.value_or(kUnlimited);
  });
  series.resize(std::min(series.size(), most));
  return series;
}

std::string linkLimitText(const FilesystemReport& filesystem) {
  const std::string on = filesystem.type.empty() ? "" : " on " + filesystem.type;
  if (!filesystem.link_limit) {
    return "unknown" + on;
  }
  return fmt::format("{} per file{}, from {}{}", counted(*filesystem.link_limit, "link", "links"),
                     on, filesystem.link_limit_source,
                     filesystem.link_limit_source == "pathconf" ? " (a guess)" : "");
}

std::string amountOf(Limit limit, std::uint64_t amount) {
  if (limit == Limit::names_per_directory) {
    return counted(amount, "byte", "bytes");
  }
  return limit == Limit::space ? byteSize(amount) : thousands(amount);
}

std::string amountOf(Limit limit, std::int64_t amount) {
  return amount < 0 ? "-" + amountOf(limit, static_cast<std::uint64_t>(-(amount + 1)) + 1)
                    : amountOf(limit, static_cast<std::uint64_t>(amount));
}

std::string_view limitTitle(Limit limit) {
  return limit == Limit::names_per_directory ? "names in a directory" : toString(limit);
}

std::string endsFirst(Limit limit) {
  return fmt::format("{} {} first", limitTitle(limit), limit == Limit::space ? "ends" : "end");
}

std::string firstLimitText(const CensusReport& census) {
  const LimitReport* const first = firstLimit(census);
  if (first == nullptr) {
    return {};
  }
  std::string text =
      fmt::format("{}: {} of {} used", endsFirst(first->limit), amountOf(first->limit, first->used),
                  amountOf(first->limit, first->of));
  if (first->limit == Limit::subdirectories) {
    text += " in " + directoryName(first->path);
  }
  if (first->per_extraction) {
    text += ", one more " + std::string(layerWords(census.layout).one) + " takes " +
            amountOf(first->limit, *first->per_extraction);
  }
  return text;
}

std::string fullestDirectoryText(const CensusReport& census) {
  if (!census.fullest_directory || census.fullest_directory->count == 0) {
    return {};
  }
  const Subdirectories& fullest = *census.fullest_directory;
  return directoryName(fullest.path) + ": " +
         (fullest.limit ? thousands(fullest.count) + " of " +
                              counted(*fullest.limit, "subdirectory", "subdirectories")
                        : counted(fullest.count, "subdirectory", "subdirectories"));
}

std::string saturatedText(const CensusReport& census) {
  if (!census.saturated || census.saturated->inodes == 0) {
    return {};
  }
  const SaturatedInodes& full = *census.saturated;
  std::string text = counted(full.inodes, "inode is", "inodes are") + " full (";
  text += byteSize(full.bytes);
  if (full.empty > 0) {
    text += full.empty == full.inodes ? "; empty"
                                      : "; " + thousands(full.empty) + " of them " +
                                            (full.empty == 1 ? "is" : "are") + " empty";
  }
  return text + ")";
}

std::string bytesText(const CensusReport& census) {
  if (!census.allocated_bytes || !census.referenced_bytes) {
    return {};
  }
  const std::uint64_t stored = *census.allocated_bytes;
  const std::uint64_t as_copies = std::max(stored, *census.referenced_bytes);
  const std::string text =
      byteSize(stored) + " stored" + (census.complete ? "" : " in what was read") + ", ";
  return text + (as_copies == stored
                     ? "links save nothing"
                     : fmt::format("{} as copies: links save {}", byteSize(as_copies),
                                   byteSize(as_copies - stored)));
}

std::string largestLayerText(const CensusReport& census, std::string_view name) {
  if (census.largest_layers.empty()) {
    return {};
  }
  const std::uint64_t bytes = census.largest_layers.front().exclusive_bytes;
  const std::string_view one = layerWords(census.layout).one;
  const std::string_view read = census.complete ? "" : "of what was read, ";
  return bytes == 0
             ? fmt::format("{}the removal of any one {} frees only its directories", read, one)
             : fmt::format("{}{} {} holds the most alone: {}", read, one, name, byteSize(bytes));
}

std::string exhaustedNamesText(const CensusReport& census) {
  const LimitReport* const names = exhaustedNames(census);
  if (names == nullptr) {
    return {};
  }
  return "no more names of one file fit in " + directoryName(names->path) + ": " +
         thousands(names->used) + " of " + counted(names->of, "byte", "bytes") + " used" +
         (names->per_name ? ", one more name takes " + thousands(*names->per_name) : "");
}

}  // namespace hardlink
