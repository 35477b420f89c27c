// Snapshots by rsync --link-dest, cp -al and scripts around them. These leave no files of their
// own, so the evidence is copies whose names follow a scheme.

#include "farms/snapshots/kinds.h"

namespace hardlink {

Removal removeWithRm(const std::string& root, const ClaimedLayer& layer) {
  return {.command = {"rm", "-rf", "--", root + "/" + layer.snapshot}};
}

const Kind kRsync = {.tool = Tool::rsync,
                     .layout = Layout::snapshots,
                     .at_limit = AtLimit::fails_then_copies,
                     .removal = removeWithRm};

}  // namespace hardlink
