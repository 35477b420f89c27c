#include "census/refresh/unit_recall.h"

namespace hardlink {

std::optional<UnitTotals> UnitRecall::count(const Unit& unit, std::uint32_t number,
                                            std::uint64_t start, UnitTally& tally) {
  KeptUnits::Unit* const kept = kept_.find(start);
  if (context_.request.full || kept == nullptr || !kept->is_unchanged) {
    return std::nullopt;
  }
  UnitTotals totals(context_.request);
  const bool is_known = countInodes(*kept, tally, totals);
  kept->singles = {};
  if (!is_known) {
    tally.discard();
    return std::nullopt;
  }
  if (std::exchange(kept->path, unit.path) != unit.path) {
    kept->names.clear();
    for (FullDirectory& directory : kept->fullest) {
      directory.subdirectories.path.clear();
    }
  }
  tally.setDirectories(kept->figures);
  tally.setHotNames(kept->hot_names);
  totals.directories = kept->figures.below;
  totals.directories_unchanged = kept->directory_count;
  for (FullDirectory directory : kept->fullest) {
    directory.unit = number;
    if (directory.inode == start) {
      directory.subdirectories.path = unit.path;
    }
    totals.fullest.offer(std::move(directory));
  }
  return totals;
}

bool UnitRecall::countInodes(const KeptUnits::Unit& kept, UnitTally& tally, UnitTotals& totals) {
  InodeNames entry;
  for (const std::string* run : kept.runs) {
    for (RunReader reader(*run); reader.next(entry);) {
      if (!countInode(kept, entry, tally)) {
        return false;
      }
      totals.names += entry.names;
    }
  }
  return true;
}

bool UnitRecall::countInode(const KeptUnits::Unit& kept, const InodeNames& entry,
                            UnitTally& tally) {
  const InodeTable::Index known = tally.find(entry.inode);
  if (known != InodeTable::kNone) {
    tally.add(known, entry.names);
    return context_.inodes.record(known).links >= entry.names;
  }
  const auto inode = find_inode_(kept, entry.inode);
  if (!inode || inode->links < entry.names) {
    return false;
  }
  tally.addNew(*inode);
  if (entry.names > 1) {  // so it has several links, and is known now
    tally.add(tally.find(entry.inode), entry.names - 1);
  }
  return true;
}

void UnitRecall::keep(const Unit& unit, std::uint64_t start, const UnitTally& tally,
                      UnitDirectories directories, UnitTotals& totals,
                      const std::function<bool()>& is_changing) {
  if (tally.inodes() > KeptUnits::kMostInodes) {
    kept_.forget(start);
    return;
  }
  UnitContents contents{.path = unit.path,
                        .directories = std::move(directories),
                        .inodes = {},
                        .figures = tally.directories(),
                        .fullest = totals.fullest.entries(),
                        .hot_names = tally.hotNames()};
  contents.inodes.reserve(tally.inodes());
  tally.forEachInode([&](std::uint64_t inode, std::uint32_t names) {
    contents.inodes.push_back({inode, names});
  });
  sortByInode(contents.inodes);
  for (FullDirectory& directory : contents.fullest) {
    directory.unit = 0;
  }
  if (kept_.keep(start, std::move(contents)) && !is_changing()) {
    totals.contradictions.push_back(unit.path);
  }
}

std::optional<std::uint64_t> UnitRecall::countNames(std::uint64_t start,
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

NamesByInode UnitRecall::names(std::uint64_t start, const std::vector<std::uint64_t>& wanted,
                               const std::function<NamesByInode()>& collect,
                               const std::stop_token& stop, UnitTotals& totals) {
  KeptUnits::Unit* const kept = kept_.find(start);
  if (kept != nullptr && kept->hasNames(wanted)) {
    return kept->names;
  }
  NamesByInode names = collect();
  if (kept != nullptr && !stop.stop_requested()) {
    totals.directories_read += kept->is_unchanged ? kept->directory_count : 0;
    kept->names = names;
  }
  return names;
}

}  // namespace hardlink
