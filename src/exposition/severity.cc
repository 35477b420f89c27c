#include "exposition/severity.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kLowLayers = 20;
constexpr std::uint64_t kCriticalLayers = 5;
constexpr double kLowShare = 0.10;
constexpr double kCriticalShare = 0.02;

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
  const double share = static_cast<double>(*links) / static_cast<double>(*limit);
  if (share >= kLowShare) {
    return Severity::fine;
  }
  if (share >= kCriticalShare) {
    return Severity::low;
  }
  return *links > 0 ? Severity::critical : Severity::exhausted;
}

std::string_view nameOf(Severity severity) {
  switch (severity) {
    case Severity::fine:
      return "ok";
    case Severity::low:
      return "low";
    case Severity::critical:
      return "critical";
    case Severity::exhausted:
      return "exhausted";
    case Severity::unknown:
      break;
  }
  return "unknown";
}

std::string_view wordFor(Severity severity) {
  return severity == Severity::unknown || severity == Severity::fine ? "" : nameOf(severity);
}

std::string_view styleFor(Severity severity) {
  switch (severity) {
    case Severity::fine:
      return "1;32";
    case Severity::low:
      return "1;33";
    case Severity::critical:
    case Severity::exhausted:
      return "1;31";
    case Severity::unknown:
      break;
  }
  return {};
}

}  // namespace hardlink
