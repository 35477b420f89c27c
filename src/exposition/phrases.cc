#include "exposition/phrases.h"

#include <algorithm>
#include <limits>

#include "model/farm.h"

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

}  // namespace hardlink
