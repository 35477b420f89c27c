#include "census/ext4/ext4_inode_map.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <span>
#include <utility>

#include "base/os/threads.h"

namespace hardlink {
namespace {

/// How much of an inode table is read at once.
constexpr std::size_t kReadBytes = std::size_t{1} << 20U;

InodeTable::Kind kindOf(Ext4Kind kind) {
  switch (kind) {
    case Ext4Kind::empty_regular:
      return InodeTable::Kind::empty_regular;
    case Ext4Kind::symlink:
      return InodeTable::Kind::symlink;
    case Ext4Kind::long_symlink:
      return InodeTable::Kind::long_symlink;
    case Ext4Kind::special:
      return InodeTable::Kind::special;
    default:
      return InodeTable::Kind::regular;
  }
}

}  // namespace

Result<Ext4InodeMap> Ext4InodeMap::read(const Ext4Volume& volume, unsigned threads,
                                        const std::stop_token& stop) {
  Ext4InodeMap map;
  map.volume_ = &volume;
  map.slots_.resize(volume.usedSlots());
  const auto groups = static_cast<std::uint32_t>(volume.groups().size());
  map.parts_.resize((groups + kGroupsPerPart - 1) / kGroupsPerPart);
  std::atomic<int> first_error{0};
  forEachInThreads(map.parts_.size(), threads, [&](std::size_t part) {
    if (stop.stop_requested() || first_error != 0) {
      return false;
    }
    const auto read = map.readPart(static_cast<std::uint32_t>(part));
    if (!read) {
      first_error = read.error().code;
    }
    return true;
  });
  if (first_error != 0) {
    return Error{first_error, "read the inode tables"};
  }
  if (stop.stop_requested()) {
    return Error{ECANCELED, "read the inode tables"};
  }
  return map;
}

Result<void> Ext4InodeMap::readPart(std::uint32_t part) {
  const std::uint32_t inode_size = volume_->inodeSize();
  const auto groups = static_cast<std::uint32_t>(volume_->groups().size());
  const std::uint32_t end = std::min(groups, (part + 1) * kGroupsPerPart);
  std::uint32_t inodes_per_read = 1;
  for (std::uint32_t group = part * kGroupsPerPart; group < end; ++group) {
    inodes_per_read = std::max(inodes_per_read, volume_->groups()[group].used_inodes);
  }
  inodes_per_read = std::min(inodes_per_read, static_cast<std::uint32_t>(kReadBytes / inode_size));
  std::vector<std::byte> buffer(std::size_t{inodes_per_read} * inode_size);
  for (std::uint32_t group = part * kGroupsPerPart; group < end; ++group) {
    const Ext4Volume::Group& entry = volume_->groups()[group];
    const std::uint64_t table = entry.inode_table_block * volume_->blockSize();
    const std::uint64_t table_bytes = std::uint64_t{entry.used_inodes} * inode_size;
    if (table_bytes > 0 && !volume_->isCached(table)) {
      volume_->readAhead(table, table_bytes);
    }
    for (std::uint32_t first = 0; first < entry.used_inodes; first += inodes_per_read) {
      const std::uint32_t count = std::min(inodes_per_read, entry.used_inodes - first);
      const std::span<std::byte> raw = std::span(buffer).first(std::size_t{count} * inode_size);
      RETURN_IF_ERROR(volume_->read(table + std::uint64_t{first} * inode_size, raw));
      for (std::uint32_t i = 0; i < count; ++i) {
        const auto bytes = raw.subspan(std::size_t{i} * inode_size, inode_size);
        const Ext4Inode inode = decodeInode(bytes);
        const std::uint64_t slot = entry.first_slot + first + i;
        if (inode.kind == Ext4Kind::unused) {
          continue;
        }
        if (inode.kind != Ext4Kind::directory) {
          addFile(part, slot, inode, allocatedBlocks(*volume_, bytes));
          continue;
        }
        slots_[slot] = static_cast<std::uint16_t>(inode.kind);
        addDirectory(parts_[part], volume_->inodeAt(group, first + i), inode, bytes);
      }
    }
  }
  return {};
}

void Ext4InodeMap::addFile(std::uint32_t part, std::uint64_t slot, const Ext4Inode& inode,
                           std::uint32_t allocated_blocks) {
  static_assert(static_cast<std::uint32_t>(Ext4Kind::special) < kWide);
  if (inode.links == 1 && allocated_blocks < kValues) {
    slots_[slot] = static_cast<std::uint16_t>((allocated_blocks << kKindBits) |
                                              static_cast<std::uint32_t>(inode.kind));
    return;
  }
  std::vector<WideEntry>& wide = parts_[part].wide;
  const auto value = static_cast<std::uint32_t>(wide.size() % kValues);
  slots_[slot] = static_cast<std::uint16_t>((value << kKindBits) | kWide);
  wide.push_back({.index = static_cast<std::uint32_t>(slot - firstSlot(part)),
                  .allocated_blocks = allocated_blocks,
                  .links = inode.links,
                  .kind = inode.kind});
}

void Ext4InodeMap::addDirectory(Part& part, std::uint32_t number, const Ext4Inode& inode,
                                std::span<const std::byte> raw) const {
  const std::size_t before = part.extents.size();
  if (!appendExtents(*volume_, raw, part.extents)) {
    // Torn or damaged: it is read again by itself when a unit needs it.
    part.extents.resize(before);
    return;
  }
  auto inline_entries = inlineEntries(raw);
  if (!inline_entries.empty()) {
    part.inline_entries.emplace(number, std::move(inline_entries));
  }
  const auto extents = static_cast<std::uint32_t>(part.extents.size() - before);
  part.directories.push_back(
      {.inode = number,
       .fingerprint_low = static_cast<std::uint32_t>(inode.fingerprint),
       .fingerprint_high = static_cast<std::uint32_t>(inode.fingerprint >> 32U),
       .first_extent = static_cast<std::uint32_t>(before),
       .extents_and_flags = (extents & DirectoryRecord::kMostExtents) |
                            (inode.is_indexed ? DirectoryRecord::kIndexed : 0U) |
                            (inode.is_encrypted ? DirectoryRecord::kEncrypted : 0U) |
                            (isRecent(*volume_, inode) ? DirectoryRecord::kRecent : 0U)});
}

std::optional<std::uint64_t> Ext4InodeMap::slotOf(std::uint32_t inode) const {
  const Ext4Volume::Group& group = volume_->groups()[volume_->groupOf(inode)];
  const std::uint32_t index = volume_->indexInGroup(inode);
  return index < group.used_inodes ? std::optional(group.first_slot + index) : std::nullopt;
}

Ext4InodeMap::Entry Ext4InodeMap::at(std::uint32_t inode) const {
  const auto slot = slotOf(inode);
  if (!slot || slots_[*slot] == 0) {
    return {};
  }
  const std::uint32_t kind = slots_[*slot] & kWide;
  const std::uint32_t value = std::uint32_t{slots_[*slot]} >> kKindBits;
  if (kind != kWide) {
    return {.links = 1, .kind = static_cast<Ext4Kind>(kind), .allocated_blocks = value};
  }
  const std::uint32_t part = volume_->groupOf(inode) / kGroupsPerPart;
  const std::vector<WideEntry>& wide = parts_[part].wide;
  const std::uint64_t index = *slot - firstSlot(part);
  // At most 16 entries have this value in a part of the 131,072 slots that mke2fs makes by default.
  std::size_t i = value;
  while (wide[i].index != index) {
    i += kValues;
  }
  return {wide[i].links, wide[i].kind, wide[i].allocated_blocks};
}

bool Ext4InodeMap::isDirectory(std::uint32_t inode) const {
  const auto slot = slotOf(inode);
  return slot && slots_[*slot] == static_cast<std::uint16_t>(Ext4Kind::directory);
}

const Ext4InodeMap::Part& Ext4InodeMap::partOf(std::uint32_t inode) const {
  return parts_[volume_->groupOf(inode) / kGroupsPerPart];
}

const Ext4InodeMap::DirectoryRecord* Ext4InodeMap::record(const Part& part,
                                                          std::uint32_t inode) const {
  const auto at = std::lower_bound(
      part.directories.begin(), part.directories.end(), inode,
      [](const DirectoryRecord& record, std::uint32_t number) { return record.inode < number; });
  return at == part.directories.end() || at->inode != inode ? nullptr : &*at;
}

std::optional<std::uint64_t> Ext4InodeMap::fingerprint(std::uint32_t inode) const {
  const DirectoryRecord* const at = record(partOf(inode), inode);
  return at == nullptr ? std::nullopt : std::optional(at->fingerprint());
}

std::optional<Ext4Directory> Ext4InodeMap::directory(std::uint32_t inode) const {
  const Part& part = partOf(inode);
  const DirectoryRecord* const at = record(part, inode);
  if (at == nullptr) {
    return std::nullopt;
  }
  Ext4Directory directory{
      .inode = inode,
      .fingerprint = at->fingerprint(),
      .is_indexed = (at->extents_and_flags & DirectoryRecord::kIndexed) != 0,
      .is_encrypted = (at->extents_and_flags & DirectoryRecord::kEncrypted) != 0,
      .is_recent = (at->extents_and_flags & DirectoryRecord::kRecent) != 0,
      .extents =
          std::span(part.extents)
              .subspan(at->first_extent, at->extents_and_flags & DirectoryRecord::kMostExtents),
      .inline_entries = nullptr};
  if (const auto found = part.inline_entries.find(inode); found != part.inline_entries.end()) {
    directory.inline_entries = &found->second;
  }
  return directory;
}

std::vector<Ext4Extent> Ext4InodeMap::allDirectoryExtents() const {
  std::vector<Ext4Extent> all;
  for (const Part& part : parts_) {
    all.insert(all.end(), part.extents.begin(), part.extents.end());
  }
  return all;
}

std::uint64_t Ext4InodeMap::directoryCount() const {
  std::uint64_t count = 0;
  for (const Part& part : parts_) {
    count += part.directories.size();
  }
  return count;
}

InodeTable::Inode inodeOf(const Ext4Volume& volume, std::uint32_t inode,
                          const Ext4InodeMap::Entry& entry) {
  return {.inode = inode,
          .links = entry.links,
          .kind = kindOf(entry.kind),
          .allocated_bytes = std::uint64_t{entry.allocated_blocks} * volume.blockSize()};
}

}  // namespace hardlink
