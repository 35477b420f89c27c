#include <iterator>
#include <protozero/varint.hpp>
#include <utility>

#include "exposition/metrics/families.h"

namespace hardlink {
namespace {

using Section = RenderedMetrics::Section;

/// The parts of the section, as offsets, that hold the selected series.
std::vector<std::pair<std::size_t, std::size_t>> seriesOf(const Section& section,
                                                          const MetricsSelection& selection) {
  if (!selection.roots || section.root_ends.empty()) {
    return {{section.head_end, section.end}};
  }
  std::vector<std::pair<std::size_t, std::size_t>> parts;
  for (const std::size_t root : *selection.roots) {
    const std::size_t begin = root == 0 ? section.head_end : section.root_ends.at(root - 1);
    parts.emplace_back(begin, section.root_ends.at(root));
  }
  return parts;
}

}  // namespace

void appendSelected(const RenderedMetrics& metrics, const MetricsSelection& selection,
                    std::string& out) {
  for (const Section& section : metrics.sections) {
    if (!selection.groups[static_cast<std::size_t>(section.group)]) {
      continue;
    }
    const auto parts = seriesOf(section, selection);
    std::size_t length = 0;
    for (const auto& [begin, end] : parts) {
      length += end - begin;
    }
    if (length == 0) {
      continue;
    }
    if (metrics.delimited) {
      length += section.head_end - section.begin;
      protozero::write_varint(std::back_inserter(out), length);
    }
    out.append(metrics.bytes, section.begin, section.head_end - section.begin);
    for (const auto& [begin, end] : parts) {
      out.append(metrics.bytes, begin, end - begin);
    }
  }
}

}  // namespace hardlink
