#include "census/walk/walk_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/clean_path.h"

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

/// Collects the names of wanted inodes within one unit.
class NameCollector : public TreeVisitor {
 public:
  NameCollector(const TreeWalker& walker, const Exclusions& exclusions,
                const std::string& unit_path, bool trust_entries)
      : walker_(walker),
        exclusions_(exclusions),
        trust_entries_(trust_entries),
        prefix_(unit_path.empty() ? "" : unit_path + "/") {}

  void onName(int directory, const os::DirectoryEntry& entry) override {
    std::uint64_t inode = entry.inode;
    if (!trust_entries_) {
      int error = 0;
      const auto status = os::statEntry(directory, entry.name, error);
      inode = status ? status->inode : 0;
    }
    offer(inode, entry.name);
  }
  bool onDirectory(const os::DirectoryEntry& entry) override {
    offer(entry.inode, entry.name);
    return exclusions_.none() || !exclusions_.match(prefix_ + walker_.pathOf(entry.name));
  }
  void onDirectoryEnd(const WalkedDirectory& /*directory*/) override {}
  void onError(int /*error*/, const char* /*name*/, bool /*directory*/) override {
    // Counted when it was met the first time.
  }

  NamesByInode found;

 private:
  void offer(std::uint64_t inode, const char* name) {
    if (const auto wanted = found.find(inode); wanted != found.end()) {
      wanted->second.offer(prefix_ + walker_.pathOf(name));
    }
  }

  const TreeWalker& walker_;
  const Exclusions& exclusions_;
  bool trust_entries_;
  std::string prefix_;
};

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

void want(NamesByInode& names, const std::vector<std::uint64_t>& wanted, std::size_t paths) {
  for (const std::uint64_t inode : wanted) {
    names.try_emplace(inode).first->second.wanted_paths = paths;
  }
}

}  // namespace

WalkReader::WalkReader(const CensusContext& context)
    : context_(context),
      trust_entries_(trustsEntries(context.filesystem.type)),
      walker_(context.filesystem.subvolumes),
      tally_(context, totals_.singles),
      totals_(context.request),
      has_back_references_(context.filesystem.back_reference_bytes.has_value()) {}

std::optional<LayerCounts> WalkReader::countUnit(const Unit& unit, std::uint32_t number,
                                                 const std::stop_token& stop) {
  start_ = unit.path;
  unit_number_ = number;
  SharedReading reading(context_, unit, number);
  reading_ = &reading;
  int error = 0;
  Fd start = os::openDirectoryAt(context_.root, unit.path.c_str(), error);
  if (start.valid()) {
    walker_.walk(std::move(start), *this, stop);
  } else if (error != EXDEV) {
    onError(error, "", true);
    if (os::reasonOf(error) == CensusErrorReason::vanished) {
      return std::nullopt;
    }
  }
  while (auto part = reading.takeBack()) {
    readPart(std::move(*part), stop);
  }
  reading.addTo(tally_);
  LayerCounts layer = tally_.finish(unit, number);
  totals_.names += layer.names;
  return unit.is_layer ? std::optional(std::move(layer)) : std::nullopt;
}

void WalkReader::countPart(UnitPart part, const std::stop_token& stop) {
  reading_ = part.reading;
  unit_number_ = part.reading->number();
  readPart(std::move(part), stop);
  reading_->add(tally_);
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
  if (reading_ == nullptr || !reading_->isWanted()) {
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
  totals_.names += tally_.finish({}, 0).names;
  std::sort(holders_.begin(), holders_.end(),
            [](const Subdirectories& a, const Subdirectories& b) { return a.path < b.path; });
  return units;
}

NamesByInode WalkReader::collectNames(const Unit& unit, const std::vector<std::uint64_t>& wanted,
                                      const std::stop_token& stop) {
  NameCollector collector(walker_, context_.exclusions, unit.path, trust_entries_);
  want(collector.found, wanted, context_.request.tracked_paths);
  int error = 0;
  Fd start = os::openDirectoryAt(context_.root, unit.path.c_str(), error);
  if (start.valid()) {
    walker_.walk(std::move(start), collector, stop);
  }
  return std::move(collector.found);
}

NamesByInode WalkReader::collectShallowNames(const UnitRule& rule,
                                             const std::vector<std::uint64_t>& wanted,
                                             const std::stop_token& stop) {
  NameCollector collector(walker_, context_.exclusions, "", trust_entries_);
  want(collector.found, wanted, context_.request.tracked_paths);
  (void)findUnits(context_.root, rule, walker_, collector, stop);
  return std::move(collector.found);
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
    return true;
  }
  int error = 0;
  const auto status = os::statEntry(directory, entry.name, error);
  // Another inode, or none, has the name by now: the next name of this inode may do better.
  if (!status || status->inode != entry.inode || status->links == 0) {
    onError(status ? ENOENT : error, entry.name, false);
    return false;
  }
  const bool is_wanted = tally_.addNew(
      {.inode = entry.inode,
       .links = status->links,
       .kind = kindOf(*status),
       .allocated_bytes = bytesBesideInode(context_.filesystem.type, context_.filesystem.costs,
                                           status->allocated_bytes)});
  if (is_wanted) {
    keep_name();
  }
  return true;
}

bool WalkReader::onDirectory(const os::DirectoryEntry& entry) {
  ++totals_.directories;
  tally_.addDirectory();
  return context_.exclusions.none() || !context_.exclusions.match(pathBelowRoot(entry.name));
}

void WalkReader::onDirectoryEnd(const WalkedDirectory& directory) {
  tally_.addEntries(directory.entry_bytes);
  FullDirectory candidate{.subdirectories = {"", directory.subdirectories, limitOf(directory)},
                          .unit = unit_number_,
                          .inode = directory.inode};
  if (unit_number_ == 0 && !context_.request.farm.layer_holders.empty()) {
    addHolder(candidate.subdirectories);
  }
  if (totals_.fullest.wants(candidate)) {
    candidate.subdirectories.path = currentPath();
    totals_.fullest.offer(std::move(candidate));
  }
  if (has_back_references_) {
    addBackReferences();
  }
  ++totals_.directories_read;
  reportProgress();
  share();
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
  const auto& fullest = totals_.fullest_names;
  if (longest && (!fullest || longest->bytes >= fullest->bytes)) {
    longest->directory = currentPath();
    totals_.offer(std::move(*longest));
  }
}

std::string WalkReader::currentPath() const {
  const std::string below = walker_.currentPath();
  const std::string path = start_ + (start_.empty() || below.empty() ? "" : "/") + below;
  return path.empty() ? "." : path;
}

void WalkReader::onError(int error, const char* name, bool directory) {
  totals_.addError(error, pathBelowRoot(name), directory);
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
