// Snapshots by rsync --link-dest, cp -al and the scripts around them: nothing tells who has made
// them, so they are known as copies of each other whose names follow a scheme.

#include "farms/snapshots/kinds.h"

namespace hardlink {
namespace {

Removal removeRsync(const std::string& root, const ClaimedLayer& layer) {
  return {.command = {"rm", "-rf", "--", root + "/" + layer.snapshot}};
}

}  // namespace

const Kind kRsync = {.tool = Tool::rsync,
                     .layout = Layout::snapshots,
                     .at_limit = AtLimit::fails_then_copies,
                     .removal = removeRsync};

}  // namespace hardlink
