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

/// The device is read in pages. Inodes less than a page apart are read together, so that every page
/// that is read has at least one of them.
constexpr std::uint64_t kPageBytes = 4096;
/// The most bytes between the first and the last inode that are read together.
constexpr std::uint64_t kRunBytes = std::uint64_t{64} << 10U;

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

template <class NumberAt>
Ext4InodeReader::Run Ext4InodeReader::runFrom(std::size_t first, std::size_t size,
                                              const NumberAt& number_at) const {
  Run run{.first = first,
          .last = first + 1,
          .begin = volume_.inodeOffset(number_at(first)),
          .end = volume_.inodeOffset(number_at(first)) + volume_.inodeSize()};
  for (; run.last < size; ++run.last) {
    const std::uint64_t offset = volume_.inodeOffset(number_at(run.last));
    // Tables need not ascend with inode numbers.
    if (offset < run.begin || offset >= run.end + kPageBytes || offset - run.begin > kRunBytes) {
      break;
    }
    run.end = std::max(run.end, offset + volume_.inodeSize());
  }
  return run;
}

Result<void> Ext4InodeReader::readRun(const Run& run) {
  bytes_.resize(run.end - run.begin);
  return volume_.read(run.begin, bytes_);
}

Ext4Inode Ext4InodeReader::inRun(const Run& run, std::uint32_t inode) const {
  const std::uint64_t at = volume_.inodeOffset(inode) - run.begin;
  return decodeInode(std::span(bytes_).subspan(at, volume_.inodeSize()));
}

Result<void> Ext4InodeReader::read(std::span<const std::uint32_t> inodes, const Visit& visit,
                                   const std::stop_token& stop) {
  const auto number_at = [&](std::size_t at) { return inodes[at]; };
  for (std::size_t at = 0; at < inodes.size();) {
    if (stop.stop_requested()) {
      return Error{ECANCELED, "read inodes"};
    }
    const Run run = runFrom(at, inodes.size(), number_at);
    RETURN_IF_ERROR(readRun(run));
    for (; at < run.last; ++at) {
      visit(at, inRun(run, inodes[at]));
    }
  }
  return {};
}

std::uint64_t Ext4InodeReader::bytesToRead(std::span<const std::uint32_t> inodes) const {
  const auto number_at = [&](std::size_t at) { return inodes[at]; };
  std::uint64_t pages = 0;
  for (std::size_t at = 0; at < inodes.size();) {
    const Run run = runFrom(at, inodes.size(), number_at);
    pages += (run.end - 1) / kPageBytes - run.begin / kPageBytes + 1;
    at = run.last;
  }
  return pages * kPageBytes;
}

std::uint64_t Ext4InodeReader::countChanged(std::vector<SeenDirectory>& seen) {
  std::sort(seen.begin(), seen.end(),
            [](const SeenDirectory& a, const SeenDirectory& b) { return a.inode < b.inode; });
  const auto number_at = [&](std::size_t at) { return seen[at].inode; };
  std::uint64_t changed = 0;
  for (std::size_t at = 0; at < seen.size();) {
    const Run run = runFrom(at, seen.size(), number_at);
    const bool read = static_cast<bool>(readRun(run));
    for (; at < run.last; ++at) {
      const Ext4Inode now = read ? inRun(run, seen[at].inode) : Ext4Inode{};
      const bool same = now.kind == Ext4Kind::directory && now.fingerprint == seen[at].fingerprint;
      changed += same ? 0U : 1U;
    }
  }
  return changed;
}

}  // namespace hardlink
