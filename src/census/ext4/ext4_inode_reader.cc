#include "census/ext4/ext4_inode_reader.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace hardlink {
namespace {

/// How often a directory that makes no sense is read: torn by a change under way, it makes sense a
/// moment later.
constexpr int kAttempts = 3;

/// Inodes whose bytes lie no further apart are read together.
constexpr std::uint64_t kInodeGapBytes = 4096;
constexpr std::uint64_t kInodeRunBytes = std::uint64_t{64} << 10U;

}  // namespace

Result<void> Ext4InodeReader::readInode(std::uint32_t inode) {
  bytes_.resize(volume_.inodeSize());
  return volume_.read(volume_.inodeOffset(inode), bytes_);
}

Result<Ext4Directory> Ext4InodeReader::directory(std::uint32_t inode) {
  std::vector<Ext4Extent> extents;
  Result<void> found;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    RETURN_IF_ERROR(readInode(inode));
    const Ext4Inode decoded = decodeInode(bytes_);
    if (decoded.kind != Ext4Kind::directory) {
      return Error{ENOENT, "read a directory's inode"};
    }
    extents.clear();
    found = appendExtents(volume_, bytes_, extents);
    if (!found) {
      continue;
    }
    extents_.push_back(std::move(extents));
    Ext4Directory directory{.inode = inode,
                            .fingerprint = decoded.fingerprint,
                            .is_indexed = decoded.is_indexed,
                            .is_encrypted = decoded.is_encrypted,
                            .is_recent = isRecent(volume_, decoded),
                            .extents = extents_.back(),
                            .inline_entries = nullptr};
    auto inline_entries = inlineEntries(bytes_);
    if (!inline_entries.empty()) {
      inline_entries_.push_back(std::move(inline_entries));
      directory.inline_entries = &inline_entries_.back();
    }
    return directory;
  }
  return std::move(found).error();
}

void Ext4InodeReader::releaseDirectories() {
  extents_.clear();
  inline_entries_.clear();
}

Ext4InodeMap::Entry Ext4InodeReader::entry(std::uint32_t inode) {
  if (!readInode(inode)) {
    return {};
  }
  const Ext4Inode decoded = decodeInode(bytes_);
  return {decoded.links, decoded.kind, allocatedBlocks(volume_, bytes_)};
}

std::uint64_t Ext4InodeReader::countChanged(std::vector<SeenDirectory>& seen) {
  std::sort(seen.begin(), seen.end(),
            [](const SeenDirectory& a, const SeenDirectory& b) { return a.inode < b.inode; });
  const std::uint64_t inode_size = volume_.inodeSize();
  std::uint64_t changed = 0;
  for (std::size_t first = 0; first < seen.size();) {
    const std::uint64_t begin = volume_.inodeOffset(seen[first].inode);
    std::uint64_t end = begin + inode_size;
    std::size_t last = first + 1;
    for (; last < seen.size(); ++last) {
      const std::uint64_t offset = volume_.inodeOffset(seen[last].inode);
      // Tables need not ascend with inode numbers.
      if (offset < begin || offset > end + kInodeGapBytes || offset - begin > kInodeRunBytes) {
        break;
      }
      end = std::max(end, offset + inode_size);
    }
    bytes_.resize(end - begin);
    const bool read = static_cast<bool>(volume_.read(begin, bytes_));
    for (; first < last; ++first) {
      const std::uint64_t at = volume_.inodeOffset(seen[first].inode) - begin;
      const Ext4Inode now =
          read ? decodeInode(std::span(bytes_).subspan(at, inode_size)) : Ext4Inode{};
      const bool same =
          now.kind == Ext4Kind::directory && now.fingerprint == seen[first].fingerprint;
      changed += same ? 0U : 1U;
    }
  }
  return changed;
}

}  // namespace hardlink
