#include "census/ext4/unit_recall.h"

#include <chrono>
#include <thread>
#include <utility>

#include "census/ext4/ext4_inode_reader.h"

namespace hardlink {
namespace {

/// Whether one of `directories` is changing: the kernel writes an entry first and then the inode of
/// its directory, some microseconds later, or longer where the writer has to wait for a processor.
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

}  // namespace

std::optional<UnitTotals> UnitRecall::count(const Unit& unit, std::uint32_t number,
                                            std::uint32_t start, UnitTally& tally) {
  const KeptUnits::Unit* const kept = kept_.find(start);
  if (context_.request.full || kept == nullptr || !kept->is_unchanged) {
    return std::nullopt;
  }
  UnitTotals totals(context_.request);
  for (const std::string* run : kept->runs) {
    if (!countRun(*run, tally, totals)) {
      tally.discard();
      return std::nullopt;
    }
  }
  tally.setDirectories(kept->figures);
  tally.setHotNames(kept->hot_names);
  totals.directories = kept->figures.below;
  totals.directories_unchanged = kept->directory_count;
  for (FullDirectory directory : kept->fullest) {
    directory.unit = number;
    directory.subdirectories.path = directory.inode == start ? unit.path : "";
    totals.fullest.offer(std::move(directory));
  }
  return totals;
}

bool UnitRecall::countRun(const std::string& run, UnitTally& tally, UnitTotals& totals) {
  InodeNames entry;
  for (RunReader reader(run); reader.next(entry);) {
    if (!countInode(entry, tally)) {
      return false;
    }
    totals.names += entry.names;
  }
  return true;
}

bool UnitRecall::countInode(const InodeNames& entry, UnitTally& tally) {
  const InodeTable::Index known = tally.find(entry.inode);
  if (known != InodeTable::kNone) {
    tally.add(known, entry.names);
    return context_.inodes.record(known).links >= entry.names;
  }
  const Ext4InodeMap::Entry inode = map_.at(entry.inode);
  const bool contradicts = inode.kind == Ext4Kind::unused || inode.kind == Ext4Kind::directory ||
                           inode.links < entry.names;
  if (contradicts) {
    return false;
  }
  tally.addNew(inodeOf(volume_, entry.inode, inode));
  if (entry.names > 1) {  // so it has several links, and is known now
    tally.add(tally.find(entry.inode), entry.names - 1);
  }
  return true;
}

void UnitRecall::keep(const Unit& unit, std::uint32_t start, const UnitTally& tally,
                      UnitReading& reading) {
  if (!reading.is_settled || tally.inodes() > KeptUnits::kMostInodes) {
    kept_.forget(start);
    return;
  }
  UnitContents contents;
  contents.directories = reading.directories;
  contents.inodes.reserve(tally.inodes());
  tally.forEachInode([&](std::uint64_t inode, std::uint32_t names) {
    contents.inodes.push_back({static_cast<std::uint32_t>(inode), names});
  });
  sortByInode(contents.inodes);
  contents.figures = tally.directories();
  contents.hot_names = tally.hotNames();
  contents.fullest = reading.totals.fullest.entries();
  for (FullDirectory& directory : contents.fullest) {
    directory.unit = 0;
    directory.subdirectories.path.clear();
  }
  if (kept_.keep(start, std::move(contents)) && !areChanging(volume_, reading.directories)) {
    reading.totals.contradictions.push_back(unit.path);
  }
}

std::optional<std::uint64_t> UnitRecall::countNames(std::uint32_t start,
                                                    std::uint64_t inode) const {
  const KeptUnits::Unit* const kept = kept_.find(start);
  if (kept == nullptr) {
    return std::nullopt;
  }
  InodeNames entry;
  for (const std::string* run : kept->runs) {
    for (RunReader reader(*run); reader.next(entry);) {
      if (entry.inode == inode) {
        return entry.names;
      }
    }
  }
  return 0;
}

NamesByInode UnitRecall::names(const Unit& unit, std::uint32_t start,
                               const std::vector<std::uint64_t>& wanted,
                               const std::function<NamesByInode()>& collect,
                               const std::stop_token& stop, UnitTotals& totals) {
  KeptUnits::Unit* const kept = kept_.find(start);
  if (kept != nullptr && kept->hasNames(unit.path, wanted)) {
    return kept->names;
  }
  NamesByInode names = collect();
  if (kept != nullptr && !stop.stop_requested()) {
    totals.directories_read += kept->is_unchanged ? kept->directory_count : 0;
    kept->path = unit.path;
    kept->names = names;
  }
  return names;
}

}  // namespace hardlink
