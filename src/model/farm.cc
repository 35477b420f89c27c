#include "model/farm.h"

#include <algorithm>

namespace hardlink {

std::string_view toString(Layout layout) {
  switch (layout) {
    case Layout::docker_overlay:
      return "docker-overlay";
    case Layout::snapshots:
      return "snapshots";
    case Layout::store:
      return "store";
    case Layout::none:
      break;
  }
  return "none";
}

std::optional<Tool> toolNamed(std::string_view name) {
  const auto* const found = std::find(kToolNames.begin(), kToolNames.end(), name);
  return found == kToolNames.end() ? std::nullopt
                                   : std::optional(static_cast<Tool>(found - kToolNames.begin()));
}

}  // namespace hardlink
