#include "census/walk/unit_check.h"

#include <algorithm>
#include <cstddef>

#include "base/os/threads.h"
#include "census/walk/walk_reader.h"

namespace hardlink {

bool UnitCheck::isUnchanged(const KeptUnits::Unit& unit, const std::stop_token& stop) {
  open_.clear();
  fingerprint_ = {};
  inodes_.clear();
  ListedDirectories directories(unit.directories);
  ListedNames names(unit.named);
  if (!enter(context_.root, unit.path.c_str(), 0, names)) {
    return false;
  }
  ListedDirectories::Directory directory;
  bool is_listed = directories.next(directory);
  for (std::size_t number = 1; is_listed; ++number) {
    const ListedDirectories::Directory current = directory;
    is_listed = directories.next(directory);
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(current.depth), open_.end());
    const int parent = open_.back().get();
    const bool is_entered = names.hasName(number) || (is_listed && directory.depth > current.depth);
    const bool is_there =
        is_entered ? enter(parent, current.name, number, names) : addMark(parent, current.name);
    if (!is_there || stop.stop_requested()) {
      return false;
    }
  }
  return fingerprint_.value() == unit.fingerprint;
}

bool UnitCheck::enter(int parent, const char* name, std::size_t number, ListedNames& names) {
  int error = 0;
  open_.push_back(os::openDirectoryAt(parent, name, error));
  return open_.back().valid() && addMark(open_.back().get(), "") && statNames(number, names);
}

bool UnitCheck::addMark(int directory, const char* name) {
  int error = 0;
  const auto mark = os::markOf(directory, name, error);
  fingerprint_.add(mark ? mark->fingerprint : 0);
  return mark.has_value();
}

bool UnitCheck::statNames(std::size_t number, ListedNames& names) {
  while (const char* const name = names.next(number)) {
    int error = 0;
    const auto status = os::statEntry(open_.back().get(), name, error);
    if (!status || status->type == os::FileType::directory || status->links == 0) {
      return false;
    }
    inodes_.push_back(inodeOf(*status, context_.filesystem));
  }
  return true;
}

namespace {

void makeKnown(const std::vector<InodeTable::Inode>& inodes, InodeTable& table,
               KeptUnits::Unit& unit) {
  for (const InodeTable::Inode& inode : inodes) {
    if (inode.links > 1) {
      (void)table.insert(inode);
    } else {
      unit.singles.push_back(inode);
    }
  }
  std::sort(
      unit.singles.begin(), unit.singles.end(),
      [](const InodeTable::Inode& a, const InodeTable::Inode& b) { return a.inode < b.inode; });
}

}  // namespace

void checkUnits(const CensusContext& context, const std::vector<KeptUnits::Unit*>& units,
                const std::stop_token& stop) {
  forEachInThreads(units.size(), context.request.threads, [&](std::size_t i) {
    os::useIoPriority(context.request.idle_io);
    UnitCheck check(context);
    units[i]->is_unchanged = check.isUnchanged(*units[i], stop);
    if (units[i]->is_unchanged && !context.request.full) {
      makeKnown(check.inodes(), context.inodes, *units[i]);
    }
    return !stop.stop_requested();
  });
}

}  // namespace hardlink
