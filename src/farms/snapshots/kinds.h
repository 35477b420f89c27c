#pragma once

/// The kinds of snapshots. Each is in the file of its name.

#include "farms/evidence/kind.h"

namespace hardlink {

extern const Kind kRsnapshot;
extern const Kind kBackInTime;
extern const Kind kTimeshift;
extern const Kind kDirvish;
extern const Kind kStoreBackup;
extern const Kind kRsync;

/// The removal of snapshots whose tool has no command for it: `rm -rf`.
[[nodiscard]] Removal removeWithRm(const std::string& root, const ClaimedLayer& layer);

}  // namespace hardlink
