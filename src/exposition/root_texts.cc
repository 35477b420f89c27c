#include "exposition/root_texts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"
#include "exposition/phrases.h"
#include "model/farm.h"
#include "report/alarms.h"

namespace hardlink {
namespace {

constexpr std::string_view kNotKnown = "unknown";
constexpr std::string_view kNone = "–";

std::string lastCensus(const CensusStatus& status) {
  if (!status.last_success) {
    return "never";
  }
  const bool is_timed = status.duration_seconds && status.up == true;
  return rfc3339(*status.last_success) +
         (is_timed ? fmt::format(", took {:.2f} s", *status.duration_seconds) : "");
}

std::string headroomText(const CensusReport& census) {
  if (!census.headroom_links || !census.filesystem.link_limit) {
    return std::string(kNotKnown);
  }
  return fmt::format("{} of {} left", thousands(*census.headroom_links),
                     counted(*census.filesystem.link_limit, "link", "links"));
}

std::string layersLeft(const CensusReport& census) {
  if (census.extractions_remaining) {
    return thousands(*census.extractions_remaining);
  }
  const bool unknown = !census.filesystem.link_limit && census.layers > 0;
  return std::string(unknown ? kNotKnown : kNone);
}

/// How much of the limit is used up, in percent with a tenth.
std::string usedPercent(const CensusReport& census) {
  const std::uint64_t limit = census.filesystem.link_limit.value_or(0);
  const double used =
      limit == 0 ? 0 : 100.0 * static_cast<double>(census.max_links) / static_cast<double>(limit);
  return fmt::format("{:.1f}", std::min(used, 100.0));
}

/// What is stored and what links save. There is a bar only where they save something.
void addBytes(const CensusReport& census, RootTexts& texts) {
  texts["bytes"] = bytesText(census);
  const std::uint64_t stored = census.allocated_bytes.value_or(0);
  const std::uint64_t as_copies = census.referenced_bytes.value_or(0);
  if (as_copies > stored) {
    texts["stored_percent"] =
        fmt::format("{:.1f}", 100.0 * static_cast<double>(stored) / static_cast<double>(as_copies));
    texts["stored_label"] =
        fmt::format("{} % is stored, links save the rest", texts["stored_percent"]);
  }
  if (!census.largest_layers.empty()) {
    texts["largest"] = capitalized(largestLayerText(census, census.largest_layers.front().layer));
  }
}

/// Titles in the words of the layout, and by what ends first, which may be unknown: null.
void addTitles(const LayerWords& words, const LimitReport* first, RootTexts& texts) {
  const std::string many = capitalized(words.many);
  const Limit limit = first == nullptr ? Limit::links : first->limit;
  texts["layers_title"] = many;
  texts["left_title"] = many + " left";
  texts["takes_title"] =
      fmt::format("{} each further {} takes", capitalized(toString(limit)), words.one);
  texts["path_title"] =
      limit == Limit::subdirectories ? "Bound by the directory" : "Bound by the file";
  texts["binding_title"] = fmt::format("Ends first in the {}", words.one);
  texts["histogram_title"] = many + " by the links that one more takes of a single inode";
  texts["alone_title"] = fmt::format("What each of the tightest {} holds alone", words.many);
}

void addBinding(const LimitReport& first, RootTexts& texts) {
  texts["ends_first"] = limitTitle(first.limit);
  if (!first.layer.empty()) {
    texts["binding_layer"] = first.layer;
  }
  if (first.per_extraction) {
    texts["takes"] = amountOf(first.limit, *first.per_extraction);
  }
  if (!first.path.empty()) {
    texts["binding_path"] = first.path;
  }
}

void addFigures(const CensusReport& census, RootTexts& texts) {
  texts["layers_left"] = layersLeft(census);
  texts["headroom"] = headroomText(census);
  texts["used_percent"] = usedPercent(census);
  texts["limit"] = linkLimitText(census.filesystem);
  texts["max_links"] = thousands(census.max_links);
  texts["layers"] = thousands(census.layers);
  texts["layout"] = layoutText(census);
  if (census.layout != toString(Layout::none)) {
    texts["kind"] = layoutAndTool(census.layout, census.tool);
  }
  texts["rounds"] = roundsText(census.rounds_remaining, census.series.size());
  texts["links_per_user"] = census.links_per_user ? thousands(*census.links_per_user) : "";
  texts["advice"] = census.advice;
  texts["fullest"] = fullestDirectoryText(census);
  texts["saturated"] = saturatedText(census);
  addBytes(census, texts);
}

}  // namespace

RootTexts textsOf(const RootReport& root) {
  RootTexts texts;
  for (const std::string_view figure :
       {"layers_left", "headroom", "limit", "max_links", "layers"}) {
    texts[figure] = kNotKnown;
  }
  for (const std::string_view name : {"binding_layer", "binding_path", "takes"}) {
    texts[name] = kUnknown;
  }
  for (const std::string_view name : {"layout", "rounds", "links_per_user", "advice", "fullest",
                                      "saturated", "bytes", "stored_label", "largest"}) {
    texts[name] = "";
  }
  for (const std::string_view cell : {"ends_first", "kind"}) {
    texts[cell] = kNone;
  }
  texts["used_percent"] = "0";
  texts["stored_percent"] = "0";
  texts["last_census"] = lastCensus(root.status);
  const LimitReport* const first = root.census ? firstLimit(*root.census) : nullptr;
  addTitles(wordsOf(root), first, texts);
  if (root.census) {
    addFigures(*root.census, texts);
  }
  if (first != nullptr) {
    addBinding(*first, texts);
  }
  texts["bar_label"] =
      fmt::format("{} % of the links are used up; marks at {} % and {} %", texts["used_percent"],
                  100 - kLowPercent, 100 - kCriticalPercent);
  return texts;
}

RootTexts levelMarks() {
  // A mark is 0.4 wide, and begins so much before its figure that it ends behind it.
  const auto mark = [](std::uint64_t percent_left) {
    return fmt::format("{:.1f}", 100 - static_cast<double>(percent_left) - 0.2);
  };
  return {{"low_mark", mark(kLowPercent)},
          {"critical_mark", mark(kCriticalPercent)},
          {"low_percent", std::to_string(kLowPercent)},
          {"critical_percent", std::to_string(kCriticalPercent)}};
}

}  // namespace hardlink
