#include "census/unit_counter.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

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

}  // namespace

UnitCounter::UnitCounter(const CensusRequest& request, const FilesystemInfo& filesystem,
                         const Exclusions& exclusions, InodeTable& inodes, CensusProgress& progress)
    : request_(request),
      exclusions_(exclusions),
      inodes_(inodes),
      progress_(progress),
      trust_entries_(trustsEntries(filesystem.type)),
      walker_(filesystem.subvolumes) {}

std::optional<LayerCounts> UnitCounter::countUnit(int root, const Unit& unit, std::uint32_t number,
                                                  const std::stop_token& stop) {
  startUnit(unit.path);
  int error = 0;
  Fd start = os::openDirectoryAt(root, unit.path.c_str(), error);
  if (start.valid()) {
    walker_.walk(std::move(start), *this, stop);
  } else if (error != EXDEV) {
    onError(error, "", true);
    if (os::reasonOf(error) == CensusErrorReason::vanished) {
      return std::nullopt;
    }
  }
  LayerCounts layer = finishUnit(unit, number);
  return unit.is_layer ? std::optional(std::move(layer)) : std::nullopt;
}

std::vector<Unit> UnitCounter::countShallow(int root, const LayerPlan& plan,
                                            const std::stop_token& stop) {
  startUnit("");
  std::vector<Unit> units = findUnits(root, plan, walker_, *this, stop);
  (void)finishUnit({}, 0);
  return units;
}

void UnitCounter::onName(int directory, const os::DirectoryEntry& entry) {
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
  const InodeTable::Index index = indexOf(directory, known);
  if (index == InodeTable::kNone) {
    return;
  }
  guess_ = index + 1;
  if (index >= unit_names_.size()) {
    unit_names_.resize(std::max<std::size_t>(index + 1, unit_names_.size() * 2));
  }
  if (unit_names_[index]++ == 0) {
    unit_inodes_.push_back(index);
  }
  ++unreported_names_;
}

InodeTable::Index UnitCounter::indexOf(int directory, const os::DirectoryEntry& entry) {
  const InodeTable::Index known = inodes_.find(entry.inode, guess_);
  if (known != InodeTable::kNone) {
    return known;
  }
  int error = 0;
  const auto status = os::statEntry(directory, entry.name, error);
  // Another inode, or none, has the name by now: the next name of this inode may do better.
  if (!status || status->inode != entry.inode || status->links == 0) {
    onError(status ? ENOENT : error, entry.name, false);
    return InodeTable::kNone;
  }
  return inodes_.insert(entry.inode, status->links, status->type == os::FileType::regular);
}

bool UnitCounter::onDirectory(const os::DirectoryEntry& entry) {
  ++totals_.directories;
  if (exclusions_.none()) {
    return true;
  }
  return !exclusions_.match(pathBelowRoot(entry.name));
}

void UnitCounter::onDirectoryEnd(std::uint64_t subdirectories) {
  totals_.max_subdirectories = std::max(totals_.max_subdirectories, subdirectories);
  reportProgress();
}

void UnitCounter::onError(int error, const char* name, bool directory) {
  const CensusErrorReason reason = os::reasonOf(error);
  ++totals_.errors[reason];
  if (reason == CensusErrorReason::vanished) {
    return;
  }
  totals_.errors.unread_directories += directory ? 1U : 0U;
  if (totals_.errors.example.empty()) {
    totals_.errors.example = Error{error, pathBelowRoot(name)}.message();
  }
}

void UnitCounter::startUnit(const std::string& path) { unit_path_ = path; }

LayerCounts UnitCounter::finishUnit(const Unit& unit, std::uint32_t number) {
  inodes_.update(unit_inodes_, [&](InodeTable::Index index, InodeTable::Record& record) {
    record.names += unit_names_[index];
    record.layers += unit.is_layer ? 1U : 0U;
    record.first_unit = std::min(record.first_unit, number);
    record.last_unit = std::max(record.last_unit, number);
  });
  LayerCounts layer = tally();
  layer.name = unit.layer_name;
  totals_.names += layer.names;
  for (const InodeTable::Index index : unit_inodes_) {
    unit_names_[index] = 0;
  }
  unit_inodes_.clear();
  return layer;
}

LayerCounts UnitCounter::tally() const {
  LayerCounts layer;
  layer.inode_links = BucketCounts(request_.buckets);
  layer.inodes = unit_inodes_.size();
  for (const InodeTable::Index index : unit_inodes_) {
    const InodeTable::Record& record = inodes_.record(index);
    const std::uint64_t names = unit_names_[index];
    layer.names += names;
    layer.max_links = std::max<std::uint64_t>(layer.max_links, record.links);
    layer.inode_links.add(record.links);
    if (record.regular_file) {
      layer.max_names_per_inode = std::max(layer.max_names_per_inode, names);
      layer.pressure.offer({record.inode, record.links, names});
    }
  }
  return layer;
}

std::string UnitCounter::pathBelowRoot(const char* name) const {
  const std::string below = *name == '\0' ? "" : walker_.pathOf(name);
  if (unit_path_.empty() || below.empty()) {
    return unit_path_ + below;
  }
  return unit_path_ + "/" + below;
}

void UnitCounter::reportProgress() {
  progress_.names.fetch_add(std::exchange(unreported_names_, 0), std::memory_order_relaxed);
  progress_.directories.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace hardlink
