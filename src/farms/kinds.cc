#include "farms/kinds.h"

#include <algorithm>
#include <array>

#include "farms/snapshots/kinds.h"
#include "farms/stores/kinds.h"

namespace hardlink {

std::span<const Kind* const> kinds() {
  static constexpr std::array kKinds = {
      &kDocker,      &kRsnapshot, &kBackInTime,        &kTimeshift, &kDirvish,
      &kStoreBackup, &kRsync,     &kBackupPc,          &kOstree,    &kFlatpak,
      &kNix,         &kPnpm,      &kContainersStorage, &kGlusterfs, &kGit};
  return kKinds;
}

const Kind* kindOf(Tool tool) {
  const auto all = kinds();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Kind* kind) { return kind->tool == tool; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace hardlink
