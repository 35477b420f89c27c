#include "census/walk/name_finder.h"

#include <algorithm>
#include <atomic>
#include <tuple>
#include <utility>

#include "base/clean_path.h"
#include "base/os/os.h"
#include "base/os/threads.h"

namespace hardlink {

WantedByUnit NameFinder::takeKept(const std::vector<InodeTable::Record>& inodes,
                                  NamesByUnit& names) {
  std::vector<InodeTable::Record> missing;
  for (const InodeTable::Record& inode : inodes) {
    const HotNames::OfInode* const kept = context_.hot_names.find(inode.inode);
    const bool is_kept = kept != nullptr && kept->first_unit == inode.first_unit &&
                         kept->last_unit == inode.last_unit;
    UnitNames first = is_kept ? namesIn(kept->first, inode.inode) : UnitNames{};
    if (first.first.empty()) {
      missing.push_back(inode);
      continue;
    }
    names[inode.first_unit].insert_or_assign(inode.inode, std::move(first));
    if (inode.last_unit != inode.first_unit) {
      names[inode.last_unit].insert_or_assign(inode.inode, namesIn(kept->last, inode.inode));
    }
  }
  return wantedNames(missing);
}

UnitNames NameFinder::namesIn(const NameRange& range, std::uint64_t inode) {
  UnitNames names;
  for (const InodeName* const name : {&range.first, &range.last}) {
    std::string path = pathOf(*name);
    int error = 0;
    const auto status = path.empty() ? std::nullopt : os::statBelow(context_.root, path, error);
    if (status && status->inode == inode) {
      (names.first.empty() ? names.first : names.last) = std::move(path);
    }
  }
  return names;
}

std::string NameFinder::pathOf(const InodeName& name) {
  if (!name.path.empty()) {
    return name.path;
  }
  const auto directory = directoryPath(name.directory);
  return directory ? pathIn(*directory, name.name) : "";
}

std::optional<std::string> NameFinder::directoryPath(std::uint64_t inode) {
  return reader().directoryPath(inode);
}

UnitReader& NameFinder::reader() {
  if (!reader_) {
    reader_ = make_reader_(context_);
  }
  return *reader_;
}

NamesByInode NameFinder::find(std::uint32_t unit, const std::vector<std::uint64_t>& wanted,
                              const std::stop_token& stop) {
  if (unit == 0) {
    return shallow_.collectShallowNames(rule_, wanted, stop);
  }
  return reader().collectNames(units_[unit - 1], wanted, stop);
}

std::vector<std::string> NameFinder::listPaths(std::vector<NamesInUnit> units, std::uint64_t inode,
                                               const std::stop_token& stop) {
  const auto in_layer = [&](const NamesInUnit& entry) {
    return entry.unit > 0 && units_[entry.unit - 1].is_layer;
  };
  std::sort(units.begin(), units.end(), [&](const NamesInUnit& a, const NamesInUnit& b) {
    return std::tuple(in_layer(a), a.unit) < std::tuple(in_layer(b), b.unit);
  });
  std::vector<std::string> paths;
  for (const NamesInUnit& entry : units) {
    if (paths.size() >= context_.request.tracked_paths) {
      break;
    }
    const NamesByInode names = find(entry.unit, {inode}, stop);
    if (const auto found = names.find(inode); found != names.end()) {
      paths.insert(paths.end(), found->second.paths.begin(), found->second.paths.end());
    }
  }
  paths.resize(std::min(paths.size(), context_.request.tracked_paths));
  return paths;
}

std::vector<NamesInUnit> NameFinder::countMissed(const InodeTable::Record& inode,
                                                 const std::stop_token& stop) const {
  std::vector<std::uint32_t> missed = context_.tracker.missedBy(inode.inode);
  std::erase_if(missed, [&](std::uint32_t unit) {
    const bool matters = unit > 0 && (units_[unit - 1].is_layer || units_[unit - 1].is_unfinished);
    return !matters || unit < inode.first_unit || unit > inode.last_unit;
  });
  std::vector<NamesInUnit> units(missed.size());
  std::atomic<std::size_t> next{0};
  const auto count = [&] {
    const auto reader = make_reader_(context_);
    for (std::size_t i = next.fetch_add(1, std::memory_order_relaxed); i < missed.size();
         i = next.fetch_add(1, std::memory_order_relaxed)) {
      units[i] = {missed[i], reader->countNames(units_[missed[i] - 1], inode.inode, stop)};
    }
  };
  if (!missed.empty()) {
    inThreads(std::min<std::size_t>(context_.request.threads, missed.size()), count);
  }
  std::erase_if(units, [](const NamesInUnit& unit) { return unit.names == 0; });
  return units;
}

}  // namespace hardlink
