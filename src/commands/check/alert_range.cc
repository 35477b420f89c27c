#include "commands/check/alert_range.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace hardlink {
namespace {

/// Parses what follows the `@`, or the whole text if there is none.
std::optional<AlertRange> parseRange(std::string_view text) {
  AlertRange range;
  const std::size_t colon = text.find(':');
  const std::string_view low =
      colon == std::string_view::npos ? std::string_view() : text.substr(0, colon);
  const std::string_view high = colon == std::string_view::npos ? text : text.substr(colon + 1);
  if (low.empty() && high.empty()) {
    return std::nullopt;
  }
  // In the guidelines a missing start is 0, `~` is minus infinity, and a missing end is infinity.
  range.low = low == "~"    ? std::nullopt
              : low.empty() ? std::optional<std::int64_t>(0)
                            : parseWhole<std::int64_t>(low);
  range.high = parseWhole<std::int64_t>(high);
  const bool understood = (range.low || low == "~") && (range.high || high.empty());
  const bool in_order = !range.low || !range.high || *range.low <= *range.high;
  return understood && in_order ? std::optional(range) : std::nullopt;
}

}  // namespace

bool AlertRange::alerts(std::int64_t figure) const {
  const bool is_inside = (!low || figure >= *low) && (!high || figure <= *high);
  return is_inside == inside;
}

std::string AlertRange::text() const {
  return (inside ? "@" : "") + (low ? std::to_string(*low) : "~") + ":" +
         (high ? std::to_string(*high) : "");
}

AlertRange fewerThan(std::uint64_t least) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return {.low = static_cast<std::int64_t>(std::min(least, kMost)), .high = std::nullopt};
}

Result<AlertRange> parseAlertRange(std::string_view text) {
  const bool is_range = text.find_first_of(":@") != std::string_view::npos;
  if (!is_range) {
    const auto least = parseWhole<std::int64_t>(text);
    return least && *least >= 0 ? Result(fewerThan(static_cast<std::uint64_t>(*least)))
                                : Error{0, "expected a whole number, or a range such as 10:20"};
  }
  const bool inside = text.starts_with('@');
  auto range = parseRange(text.substr(inside ? 1 : 0));
  if (!range) {
    return Error{0, "expected a range such as 10:, ~:10, 10:20 or @10:20, the lower number first"};
  }
  range->inside = inside;
  return *range;
}

}  // namespace hardlink
