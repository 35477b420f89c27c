#include "farms/kinds.h"

#include <algorithm>
#include <array>

namespace hardlink {
namespace {

constexpr std::array kKinds = {
    Kind{.tool = Tool::docker, .layout = Layout::docker_overlay, .at_limit = AtLimit::fails},
    Kind{.tool = Tool::rsync, .layout = Layout::snapshots, .at_limit = AtLimit::fails_then_copies},
};

}  // namespace

std::span<const Kind> kinds() { return kKinds; }

const Kind* kindOf(Tool tool) {
  const auto* const found = std::find_if(kKinds.begin(), kKinds.end(),
                                         [&](const Kind& kind) { return kind.tool == tool; });
  return found == kKinds.end() ? nullptr : found;
}

}  // namespace hardlink
