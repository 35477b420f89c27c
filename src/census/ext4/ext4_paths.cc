#include "census/ext4/ext4_paths.h"

#include <cstddef>
#include <span>
#include <vector>

#include "base/clean_path.h"
#include "census/ext4/ext4_inode.h"

namespace hardlink {
namespace {

/// How many directories are climbed at most: a damaged filesystem may have cycles.
constexpr std::size_t kDeepest = 256;

/// Looks for the name of one inode.
class NameSearch : public Ext4DirectoryReader::Visitor {
 public:
  explicit NameSearch(std::uint32_t inode) : inode_(inode) {}

  void onEntries(std::size_t /*directory*/, std::span<const Ext4Entry> entries) override {
    for (const Ext4Entry& entry : entries) {
      if (entry.inode == inode_) {
        name = entry.name;
      }
    }
  }
  void onError(std::size_t /*directory*/, int /*error*/) override {}

  std::string name;

 private:
  std::uint32_t inode_;
};

}  // namespace

std::optional<std::string> Ext4Paths::pathOf(std::uint32_t inode) {
  std::vector<std::uint32_t> way;  // from `inode` up to a directory whose path is known
  std::uint32_t parent = inode;
  while (!paths_.contains(parent)) {
    way.push_back(parent);
    parent = way.size() > kDeepest ? 0 : parentOf(parent);
    if (parent == 0) {
      return std::nullopt;
    }
  }
  for (; !way.empty(); way.pop_back()) {
    const std::string name = nameIn(parent, way.back());
    if (name.empty()) {
      return std::nullopt;
    }
    paths_[way.back()] = pathIn(paths_[parent], name);
    parent = way.back();
  }
  return paths_[inode];
}

std::uint32_t Ext4Paths::parentOf(std::uint32_t inode) {
  const auto directory = inodes_.directory(inode);
  std::uint32_t parent = 0;
  if (directory && directory->inline_entries != nullptr) {
    std::vector<std::byte> raw(volume_.inodeSize());
    const auto read = volume_.read(volume_.inodeOffset(inode), raw);
    parent = read ? inlineParent(raw) : 0;
  } else if (directory) {
    parent = parentIn(*directory);
  }
  inodes_.releaseDirectories();
  return volume_.isNameable(parent) || paths_.contains(parent) ? parent : 0;
}

/// The first block of a directory begins with `.` and `..`; the extents are in no order.
std::uint32_t Ext4Paths::parentIn(const Ext4Directory& directory) const {
  constexpr std::size_t kDotBytes = 12;
  constexpr std::size_t kLengthAt = 6;
  constexpr std::size_t kNameAt = 8;
  std::vector<std::byte> block(volume_.blockSize());
  for (const Ext4Extent& extent : directory.extents) {
    if (!volume_.read(extent.block * volume_.blockSize(), block)) {
      continue;
    }
    const std::span<const std::byte> bytes(block);
    const auto has_name = [&](std::size_t at, std::uint8_t length) {
      bool same = loadNumber<std::uint8_t>(bytes, at + kLengthAt) == length;
      for (std::size_t i = 0; i < length; ++i) {
        same = same && bytes[at + kNameAt + i] == std::byte{'.'};
      }
      return same;
    };
    if (loadNumber<std::uint32_t>(bytes, 0) == directory.inode && has_name(0, 1) &&
        has_name(kDotBytes, 2)) {
      return loadNumber<std::uint32_t>(bytes, kDotBytes);
    }
  }
  return 0;
}

std::string Ext4Paths::nameIn(std::uint32_t parent, std::uint32_t inode) {
  const auto directory = inodes_.directory(parent);
  NameSearch search(inode);
  if (directory && !directory->is_encrypted) {
    reader_.read({&*directory, 1}, false, search);
  }
  inodes_.releaseDirectories();
  return search.name;
}

}  // namespace hardlink
