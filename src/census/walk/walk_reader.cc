#include "census/walk/walk_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/clean_path.h"
#include "census/walk/unit_check.h"

namespace hardlink {
namespace {

/// Filesystems whose getdents64 gives the inode number that statx gives. Overlayfs may not (its
/// layers can lie on several filesystems), nor FUSE servers, nor those that make numbers up.
bool trustsEntries(std::string_view filesystem) {
  static constexpr std::array<std::string_view, 17> kTypes = {
      "ext2",  "ext3", "ext4", "xfs",   "btrfs",  "f2fs",     "jfs",   "tmpfs",   "zfs",
      "minix", "nfs",  "nfs4", "ntfs3", "nilfs2", "reiserfs", "ocfs2", "bcachefs"};
  return std::find(kTypes.begin(), kTypes.end(), filesystem) != kTypes.end();
}

InodeTable::Kind kindOf(const os::FileStatus& status) {
  using enum InodeTable::Kind;
  if (status.type == os::FileType::regular) {
    return status.size_bytes == 0 ? empty_regular : regular;
  }
  if (status.size_bytes == 0) {
    return special;
  }
  return status.size_bytes < kLongSymlink ? symlink : long_symlink;
}

/// What `found` has at `inode`; nothing if it is not there.
std::optional<InodeTable::Inode> findIn(const std::vector<InodeTable::Inode>& found,
                                        std::uint64_t inode) {
  const auto at = std::lower_bound(
      found.begin(), found.end(), inode,
      [](const InodeTable::Inode& entry, std::uint64_t wanted) { return entry.inode < wanted; });
  return at != found.end() && at->inode == inode ? std::optional(*at) : std::nullopt;
}

}  // namespace

InodeTable::Inode inodeOf(const os::FileStatus& status, const FilesystemInfo& filesystem) {
  return {.inode = status.inode,
          .links = status.links,
          .kind = kindOf(status),
          .allocated_bytes =
              bytesBesideInode(filesystem.type, filesystem.costs, status.allocated_bytes)};
}

WalkReader::WalkReader(const CensusContext& context, UnitMemory* memory)
    : context_(context),
      trust_entries_(trustsEntries(context.filesystem.type)),
      walker_(context.filesystem.subvolumes, memory != nullptr),
      memory_(memory),
      tally_(context, totals_.singles),
      totals_(context.request),
      found_(context.request),
      has_back_references_(context.filesystem.back_reference_bytes.has_value()) {
  if (memory != nullptr) {
    recall_.emplace(context, memory->units(), [](const KeptUnits::Unit& unit, std::uint64_t inode) {
      return findIn(unit.singles, inode);
    });
    tally_.listSingles(KeptUnits::kMostInodes);
  }
}

std::optional<LayerCounts> WalkReader::countUnit(const Unit& unit, std::uint32_t number,
                                                 const std::stop_token& stop) {
  start_ = unit.path;
  unit_number_ = number;
  to_name_.clear();
  int error = 0;
  Fd start = os::openDirectoryAt(context_.root, unit.path.c_str(), error);
  const auto status =
      recall_ && start.valid() ? os::statDescriptor(start.get(), error) : std::nullopt;
  const std::uint64_t inode = status ? status->inode : 0;
  if (inode != 0) {
    if (const auto recalled = recall_->count(unit, number, inode, tally_)) {
      context_.progress.names.fetch_add(recalled->names, std::memory_order_relaxed);
      context_.progress.directories.fetch_add(recalled->directories + 1, std::memory_order_relaxed);
      return finishUnit(unit, number, *recalled);
    }
    keepNamed(inode, stop);
  }
  WalkReading reading(context_, unit, number);
  if (start.valid()) {
    readUnit(std::move(start), reading, stop);
  } else if (error != EXDEV) {
    onError(error, "", true);
    totals_.merge(std::exchange(found_, UnitTotals(context_.request)));
    if (os::reasonOf(error) == CensusErrorReason::vanished) {
      return std::nullopt;
    }
  }
  if (inode != 0) {
    keepUnit(unit, inode, reading, stop);
  }
  return finishUnit(unit, number, reading.totals);
}

void WalkReader::readUnit(Fd start, WalkReading& reading, const std::stop_token& stop) {
  reading_ = &reading;
  walker_.walk(std::move(start), *this, stop);
  while (auto part = reading.takeBack()) {
    readPart(std::move(*part), stop);
  }
  reading.addTo(tally_);
  reading.addFound(std::exchange(found_, UnitTotals(context_.request)), listing_);
}

std::optional<LayerCounts> WalkReader::finishUnit(const Unit& unit, std::uint32_t number,
                                                  const UnitTotals& unit_totals) {
  const std::uint64_t names_before = totals_.names;
  totals_.merge(unit_totals);
  LayerCounts layer = tally_.finish(unit, number);
  totals_.names = names_before + layer.names;
  return unit.is_layer ? std::optional(std::move(layer)) : std::nullopt;
}

void WalkReader::keepNamed(std::uint64_t start, const std::stop_token& stop) {
  const KeptUnits::Unit* const kept = memory_->units().find(start);
  if (context_.request.full || kept == nullptr || !kept->is_unchanged) {
    return;
  }
  UnitCheck check(context_);
  if (check.isUnchanged(*kept, stop)) {
    for (const InodeTable::Inode& inode : check.inodes()) {
      to_name_.insert(inode.inode);
    }
  }
}

void WalkReader::keepUnit(const Unit& unit, std::uint64_t start, WalkReading& reading,
                          const std::stop_token& stop) {
  const bool is_read = !stop.stop_requested() && reading.totals.errors == CensusErrors{};
  auto directories = is_read ? reading.listing.pack(start) : std::nullopt;
  if (!directories) {
    recall_->forget(start);
    return;
  }
  recall_->keep(unit, start, tally_, std::move(*directories), reading.totals, [&] {
    const KeptUnits::Unit* const kept = memory_->units().find(start);
    return kept == nullptr || !UnitCheck(context_).isUnchanged(*kept, stop);
  });
}

void WalkReader::countPart(UnitPart part, const std::stop_token& stop) {
  auto& reading = dynamic_cast<WalkReading&>(*part.reading);
  reading_ = &reading;
  unit_number_ = reading.number();
  to_name_.clear();
  readPart(std::move(part), stop);
  reading.add(tally_);
  reading.addFound(std::exchange(found_, UnitTotals(context_.request)), listing_);
}

void WalkReader::readPart(UnitPart part, const std::stop_token& stop) {
  rest_ = std::move(part.directories);
  while (!rest_.empty() && !stop.stop_requested()) {
    const FoundDirectory directory = std::move(rest_.back());
    rest_.pop_back();
    start_ = directory.path;
    if (Fd start = openFound(directory, part.device); start.valid()) {
      walker_.walk(std::move(start), *this, stop);
    }
  }
}

/// Nothing is counted twice: whoever found the directory does not enter it, and another directory
/// that has come to its path meanwhile is not entered here.
Fd WalkReader::openFound(const FoundDirectory& directory, dev_t device) {
  int error = 0;
  Fd fd = os::openDirectoryAt(context_.root, directory.path.c_str(), error);
  const auto status = fd.valid() ? os::statDescriptor(fd.get(), error) : std::nullopt;
  if (status && (!context_.filesystem.subvolumes || status->device == device)) {
    if (!trust_entries_ || status->inode == directory.inode) {
      return fd;
    }
    error = ENOENT;
  }
  if (error != 0 && error != EXDEV) {
    onError(error, "", true);
  }
  return {};
}

void WalkReader::share() {
  if (reading_ == nullptr || !to_name_.empty() || !reading_->isWanted()) {
    return;
  }
  std::vector<FoundDirectory> given;
  if (!rest_.empty()) {
    const auto half = rest_.begin() + static_cast<std::ptrdiff_t>(rest_.size() / 2);
    given.assign(std::make_move_iterator(half), std::make_move_iterator(rest_.end()));
    rest_.erase(half, rest_.end());
  } else {
    constexpr std::size_t kMostBytes = PATH_MAX - 1;
    given = walker_.takeHalf(kMostBytes - std::min(kMostBytes, start_.size() + 1));
    for (FoundDirectory& directory : given) {
      directory.path = pathIn(start_, directory.path);
    }
  }
  if (!given.empty()) {
    reading_->give({.device = walker_.device(), .directories = std::move(given)});
  }
}

std::vector<Unit> WalkReader::countShallow(const UnitRule& rule, const std::stop_token& stop) {
  start_.clear();
  unit_number_ = 0;
  reading_ = nullptr;
  std::vector<Unit> units = findUnits(context_.root, rule, walker_, *this, stop);
  found_.names += tally_.finish({}, 0).names;
  totals_.merge(std::exchange(found_, UnitTotals(context_.request)));
  std::sort(holders_.begin(), holders_.end(),
            [](const Subdirectories& a, const Subdirectories& b) { return a.path < b.path; });
  return units;
}

void WalkReader::onName(int directory, const os::DirectoryEntry& entry) {
  os::DirectoryEntry known = entry;
  if (!trust_entries_) {
    int error = 0;
    const auto status = os::statEntry(directory, entry.name, error);
    if (!status) {
      onError(error, entry.name, false);
      return;
    }
    known.inode = status->inode;
  }
  if (count(directory, known)) {
    ++unreported_names_;
    if (has_back_references_) {
      back_references_.add(known.inode, known.name_length);
    }
  }
}

bool WalkReader::count(int directory, const os::DirectoryEntry& entry) {
  const auto keep_name = [&] {
    tally_.addName(entry.inode, walker_.inode(), entry.name,
                   [&] { return pathBelowRoot(entry.name); });
  };
  const InodeTable::Index known = tally_.find(entry.inode);
  if (known != InodeTable::kNone) {
    if (tally_.add(known)) {
      keep_name();
    }
    if (!to_name_.empty() && to_name_.erase(entry.inode) > 0) {
      listing_.addName(walker_.inode(), entry.name);
    }
    return true;
  }
  int error = 0;
  const auto status = os::statEntry(directory, entry.name, error);
  // Another inode, or none, has the name by now: the next name of this inode may do better.
  if (!status || status->inode != entry.inode || status->links == 0) {
    onError(status ? ENOENT : error, entry.name, false);
    return false;
  }
  const bool is_wanted = tally_.addNew(inodeOf(*status, context_.filesystem));
  if (recall_) {
    listing_.addName(walker_.inode(), entry.name);
  }
  if (is_wanted) {
    keep_name();
  }
  return true;
}

bool WalkReader::onDirectory(const os::DirectoryEntry& entry) {
  ++found_.directories;
  tally_.addDirectory();
  if (!context_.exclusions.none() && context_.exclusions.match(pathBelowRoot(entry.name))) {
    return false;
  }
  if (recall_) {
    listing_.addDirectory(walker_.inode(), entry.inode, entry.name);
  }
  return true;
}

void WalkReader::onDirectoryEnd(const WalkedDirectory& directory) {
  tally_.addEntries(directory.entry_bytes);
  FullDirectory candidate{.subdirectories = {"", directory.subdirectories, limitOf(directory)},
                          .unit = unit_number_,
                          .inode = directory.inode};
  if (unit_number_ == 0 && !context_.request.farm.layer_holders.empty()) {
    addHolder(candidate.subdirectories);
  }
  if (found_.fullest.wants(candidate)) {
    candidate.subdirectories.path = currentPath();
    found_.fullest.offer(std::move(candidate));
  }
  if (has_back_references_) {
    addBackReferences();
  }
  ++found_.directories_read;
  if (recall_) {
    list(directory);
  }
  reportProgress();
  share();
}

/// What changes in a directory from now on shows in its mark, unless it has changed within the
/// tick of the clock in which the census began, or later.
void WalkReader::list(const WalkedDirectory& directory) {
  if (directory.mark && directory.mark->changed_ns < memory_->begunNs()) {
    listing_.addMark(directory.inode, directory.mark->fingerprint);
  } else {
    listing_.giveUp();
  }
}

/// Of the shallow directories, which no engine reads in another way, those with many blocks are
/// known by their size. In the units they are known by their names: no directory is stat'ed.
std::optional<std::uint64_t> WalkReader::limitOf(const WalkedDirectory& directory) const {
  const FilesystemInfo& filesystem = context_.filesystem;
  if (filesystem.subdirectory_limit || !filesystem.unindexed_subdirectory_limit) {
    return filesystem.subdirectory_limit;
  }
  const bool may_be_unindexed =
      unit_number_ == 0 || takesMoreThanOneBlock(filesystem.costs, directory.entry_bytes);
  return may_be_unindexed &&
                 !os::hasIndexOrOneBlock(directory.descriptor, filesystem.costs.block_bytes)
             ? filesystem.unindexed_subdirectory_limit
             : std::nullopt;
}

void WalkReader::addHolder(Subdirectories directory) {
  const std::vector<std::string>& holders = context_.request.farm.layer_holders;
  directory.path = currentPath();
  if (std::binary_search(holders.begin(), holders.end(), directory.path)) {
    holders_.push_back(std::move(directory));
  }
}

void WalkReader::addBackReferences() {
  auto longest = back_references_.finishDirectory();
  const auto& fullest = found_.fullest_names;
  if (longest && (!fullest || longest->bytes >= fullest->bytes)) {
    longest->directory = currentPath();
    found_.offer(std::move(*longest));
  }
}

std::string WalkReader::currentPath() const {
  const std::string below = walker_.currentPath();
  const std::string path = start_ + (start_.empty() || below.empty() ? "" : "/") + below;
  return path.empty() ? "." : path;
}

void WalkReader::onError(int error, const char* name, bool directory) {
  found_.addError(error, pathBelowRoot(name), directory);
}

std::string WalkReader::pathBelowRoot(const char* name) const {
  const std::string below = *name == '\0' ? "" : walker_.pathOf(name);
  if (start_.empty() || below.empty()) {
    return start_ + below;
  }
  return start_ + "/" + below;
}

void WalkReader::reportProgress() {
  context_.progress.names.fetch_add(std::exchange(unreported_names_, 0), std::memory_order_relaxed);
  context_.progress.directories.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace hardlink
