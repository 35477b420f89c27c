#include "census/ext4/seen_directories.h"

#include <chrono>
#include <thread>

#include "census/ext4/ext4_inode_reader.h"

namespace hardlink {

UnitDirectories packed(const std::vector<SeenDirectory>& directories) {
  CombinedFingerprint fingerprint;
  std::vector<InodeNames> inodes;
  inodes.reserve(directories.size());
  for (const SeenDirectory& directory : directories) {
    fingerprint.add(directory.fingerprint);
    inodes.push_back({directory.inode, 1});
  }
  return {.count = inodes.size(), .fingerprint = fingerprint.value(), .runs = {packRun(inodes)}};
}

bool isUnchanged(const KeptUnits::Unit& unit, const Ext4InodeMap& map) {
  CombinedFingerprint now;
  InodeNames directory;
  for (const std::string* run : unit.directories) {
    for (RunReader reader(*run); reader.next(directory);) {
      const auto fingerprint = map.fingerprint(static_cast<std::uint32_t>(directory.inode));
      if (!fingerprint) {
        return false;
      }
      now.add(*fingerprint);
    }
  }
  return now.value() == unit.fingerprint;
}

bool areChanging(const Ext4Volume& volume, std::vector<SeenDirectory>& directories) {
  constexpr int kAttempts = 20;
  constexpr auto kPause = std::chrono::milliseconds(50);
  Ext4InodeReader reader(volume);
  for (int i = 0; i < kAttempts; ++i) {
    if (reader.countChanged(directories) > 0) {
      return true;
    }
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

}  // namespace hardlink
