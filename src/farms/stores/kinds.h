#pragma once

/// The kinds of stores. Each is in the file of its name.

#include "farms/evidence/kind.h"

namespace hardlink {

extern const Kind kBackupPc;
extern const Kind kOstree;
extern const Kind kFlatpak;
extern const Kind kNix;
extern const Kind kPnpm;
extern const Kind kContainersStorage;
extern const Kind kGlusterfs;
extern const Kind kGit;

}  // namespace hardlink
