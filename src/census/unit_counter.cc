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
  UnitTable::Entry& counted = unit_inodes_.entryOf(known.inode);
  if (counted.links == 0) {
    counted.links = linksOf(directory, known);
  }
  ++counted.names;
  ++unreported_names_;
}

std::uint32_t UnitCounter::linksOf(int directory, const os::DirectoryEntry& entry) {
  if (const std::uint32_t links = inodes_.links(entry.inode); links != 0) {
    return links;
  }
  int error = 0;
  const auto status = os::statEntry(directory, entry.name, error);
  // Another inode, or none, has the name by now: the next name of this inode may do better.
  if (!status || status->inode != entry.inode || status->links == 0) {
    onError(status ? ENOENT : error, entry.name, false);
    return 0;
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

void UnitCounter::startUnit(const std::string& path) {
  unit_path_ = path;
  unit_inodes_.clear();
}

LayerCounts UnitCounter::finishUnit(const Unit& unit, std::uint32_t number) {
  LayerCounts layer;
  layer.name = unit.layer_name;
  layer.inode_links = BucketCounts(request_.buckets);
  unit_inodes_.forEach([&](const UnitTable::Entry& entry) {
    if (entry.links == 0) {
      return;  // every name of it vanished before it could be stat'ed; counted as such
    }
    totals_.names += entry.names;
    const bool regular = inodes_.merge(entry.inode, entry.names, number, unit.is_layer);
    if (!unit.is_layer) {
      return;
    }
    ++layer.inodes;
    layer.names += entry.names;
    layer.max_links = std::max<std::uint64_t>(layer.max_links, entry.links);
    layer.inode_links.add(entry.links);
    if (regular) {
      layer.max_names_per_inode = std::max<std::uint64_t>(layer.max_names_per_inode, entry.names);
      layer.pressure.offer({entry.inode, entry.links, entry.names});
    }
  });
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
