#pragma once

/// The table of kinds, in the order in which they are asked. Each is in the file of its name.

#include <span>

#include "farms/kind.h"

namespace hardlink {

extern const Kind kDocker;
extern const Kind kRsnapshot;
extern const Kind kBackInTime;
extern const Kind kTimeshift;
extern const Kind kDirvish;
extern const Kind kStoreBackup;
extern const Kind kRsync;
extern const Kind kBackupPc;
extern const Kind kOstree;
extern const Kind kFlatpak;
extern const Kind kNix;
extern const Kind kPnpm;
extern const Kind kContainersStorage;
extern const Kind kGlusterfs;
extern const Kind kGit;

[[nodiscard]] std::span<const Kind* const> kinds();
/// Null where the table has no such kind.
[[nodiscard]] const Kind* kindOf(Tool tool);

}  // namespace hardlink
