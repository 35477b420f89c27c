#include "exposition/severity.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "report/alarms.h"

namespace hardlink {
namespace {

struct SeverityText {
  std::string_view name;
  std::string_view style;
};

/// In the order of Severity.
constexpr std::array<SeverityText, 5> kTexts = {{{"unknown", ""},
                                                 {"ok", "1;32"},
                                                 {"low", "1;33"},
                                                 {"critical", "1;31"},
                                                 {"exhausted", "1;31"}}};

std::size_t indexOf(Severity severity) { return static_cast<std::size_t>(severity); }

}  // namespace

Severity severityOfMargin(const std::optional<std::uint64_t>& layers) {
  if (!layers) {
    return Severity::unknown;
  }
  if (*layers >= kLowLayers) {
    return Severity::fine;
  }
  if (*layers >= kCriticalLayers) {
    return Severity::low;
  }
  return *layers > 0 ? Severity::critical : Severity::exhausted;
}

Severity severityOfHeadroom(const std::optional<std::int64_t>& links,
                            const std::optional<std::uint64_t>& limit) {
  if (!links || !limit || *limit == 0) {
    return Severity::unknown;
  }
  if (*links <= 0) {
    return Severity::exhausted;
  }
  const auto left = static_cast<std::uint64_t>(*links);
  if (left >= shareOf(*limit, kLowPercent)) {
    return Severity::fine;
  }
  return left >= shareOf(*limit, kCriticalPercent) ? Severity::low : Severity::critical;
}

Severity severityOfSubdirectories(const CensusReport& census) {
  const LimitReport* const limit = judgedSubdirectories(census);
  return limit == nullptr ? Severity::unknown : severityOfHeadroom(limit->remaining, limit->of);
}

Severity severityOf(const CensusReport& census) {
  if (census.extractions_remaining) {
    return severityOfMargin(census.extractions_remaining);
  }
  const auto headroom = judgedHeadroom(census);
  const bool only_empty_files = census.headroom_links && !headroom;
  Severity severity = only_empty_files ? Severity::fine
                                       : severityOfHeadroom(headroom, census.filesystem.link_limit);
  if (alarmingSaturation(census) > 0 || exhaustedNames(census) != nullptr) {
    severity = std::max(severity, Severity::critical);
  }
  const Severity directories = severityOfSubdirectories(census);
  return directories > Severity::fine ? std::max(severity, directories) : severity;
}

std::string_view nameOf(Severity severity) { return kTexts.at(indexOf(severity)).name; }

std::string_view wordFor(Severity severity) {
  return severity <= Severity::fine ? "" : nameOf(severity);
}

std::string_view styleFor(Severity severity) { return kTexts.at(indexOf(severity)).style; }

}  // namespace hardlink
