#include "census/ext4/ext4_watch.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

// Last: from 1.47.1 on it defines a macro called `clamp`, which the standard headers cannot bear.
#include <ext2fs/ext2_fs.h>

namespace hardlink {
namespace {

std::uint64_t linksOf(const Ext4Inode& inode) {
  const bool counted = inode.kind != Ext4Kind::unused && inode.kind != Ext4Kind::directory;
  return counted ? inode.links : 0;
}

}  // namespace

bool WholePasses::mayBegin(Time now, std::uint64_t bytes, double max_duty) const {
  return bytes <= kMostBytes && (now - begin_) * max_duty >= took_;
}

void WholePasses::ended(Time begin, Time end) {
  begin_ = begin;
  took_ = end - begin;
}

void Ext4Watch::begin(const Ext4Volume& volume, const std::vector<std::uint64_t>& shared,
                      const std::vector<InodeTable::Record>& hottest, std::uint64_t inodes) {
  volume_ = volume;
  const auto mark = markOf(volume);
  mark_ = mark ? std::optional(*mark) : std::nullopt;
  hottest_.clear();
  for (const InodeTable::Record& record : hottest) {
    hottest_.push_back(static_cast<std::uint32_t>(record.inode));
  }
  std::sort(hottest_.begin(), hottest_.end());
  all_ = hottest_;
  for (const std::uint64_t inode : shared) {
    all_.push_back(static_cast<std::uint32_t>(inode));
  }
  std::sort(all_.begin(), all_.end());
  all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
  single_links_ = inodes - std::min<std::uint64_t>(inodes, all_.size());
  other_links_ = all_.size() > hottest_.size() ? hottest.back().links
                                               : std::min<std::uint64_t>(single_links_, 1);
  bytes_of_all_ = Ext4InodeReader(*volume_).bytesToRead(all_);
  if (bytes_of_all_ > WholePasses::kMostBytes) {
    all_.clear();
  }
  all_.shrink_to_fit();
}

Result<Ext4Watch::MountMark> Ext4Watch::markOf(const Ext4Volume& volume) {
  using Superblock = struct ext2_super_block;
  constexpr std::uint64_t kOffset = 1024;  // SUPERBLOCK_OFFSET of ext2fs/ext2fs.h
  std::array<std::byte, sizeof(Superblock)> raw{};
  RETURN_IF_ERROR(volume.read(kOffset, raw));
  MountMark mark{};
  mark.back() = loadNumber<std::uint32_t>(raw, offsetof(Superblock, s_mtime));
  for (std::size_t i = 0; i + 1 < mark.size(); ++i) {
    mark[i] = loadNumber<std::uint32_t>(raw, offsetof(Superblock, s_uuid) + 4 * i);
  }
  return mark;
}

Result<LinksNow> Ext4Watch::readLinks(const std::vector<std::uint64_t>& buckets, double max_duty,
                                      const std::stop_token& stop) {
  if (!volume_) {
    return Error{0, "no census yet"};
  }
  ASSIGN_OR_RETURN(const MountMark mark, markOf(*volume_));
  if (mark != mark_) {
    return Error{0, "the filesystem was mounted again since the census"};
  }
  const auto begin = std::chrono::steady_clock::now();
  if (!passes_.mayBegin(begin, bytes_of_all_, max_duty)) {
    return readHottest(stop);
  }
  auto now = readAll(buckets, stop);
  passes_.ended(begin, std::chrono::steady_clock::now());
  return now;
}

Result<LinksNow> Ext4Watch::readHottest(const std::stop_token& stop) const {
  LinksNow now;
  now.other_links = other_links_;
  now.links.reserve(hottest_.size());
  const auto keep = [&](std::size_t at, const Ext4Inode& inode) {
    now.links.push_back({hottest_[at], linksOf(inode)});
  };
  RETURN_IF_ERROR(Ext4InodeReader(*volume_).read(hottest_, keep, stop));
  return now;
}

Result<LinksNow> Ext4Watch::readAll(const std::vector<std::uint64_t>& buckets,
                                    const std::stop_token& stop) {
  LinksNow now;
  now.inode_links = BucketCounts(buckets);
  now.inode_links->add(1, single_links_);
  now.other_links = std::min<std::uint64_t>(single_links_, 1);
  now.links.reserve(hottest_.size());
  const auto keep = [&](std::size_t at, const Ext4Inode& inode) {
    const std::uint64_t links = linksOf(inode);
    if (links > 0) {
      now.inode_links->add(links);
    }
    const bool is_hot =
        now.links.size() < hottest_.size() && all_[at] == hottest_[now.links.size()];
    if (is_hot) {
      now.links.push_back({all_[at], links});
    } else {
      now.other_links = std::max(now.other_links, links);
    }
  };
  RETURN_IF_ERROR(Ext4InodeReader(*volume_).read(all_, keep, stop));
  other_links_ = now.other_links;
  return now;
}

}  // namespace hardlink
