#pragma once

/// The kinds of snapshots; each is in the file of its name.

#include "farms/evidence/kind.h"

namespace hardlink {

extern const Kind kRsnapshot;
extern const Kind kBackInTime;
extern const Kind kTimeshift;
extern const Kind kDirvish;
extern const Kind kStoreBackup;
extern const Kind kRsync;

}  // namespace hardlink
