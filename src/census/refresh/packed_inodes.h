#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hardlink {

/// How many names an inode has in a unit.
struct InodeNames {
  std::uint64_t inode = 0;
  std::uint32_t names = 0;  ///< at least 1

  bool operator==(const InodeNames&) const = default;
};

/// Sorts by inode. A census sorts each unit that it has read, and std::sort would take as long as
/// the reading: up to some hundred thousand inodes, a radix sort takes a tenth.
void sortByInode(std::vector<InodeNames>& inodes);

/// Cuts `inodes`, which ascend, into runs and packs each. Where a run ends depends only on the
/// number of its last inode, so two units with the same inodes have the same runs, save around the
/// inodes in which they differ (content-defined chunking, as rsync and backup programs do it).
/// About 512 inodes to a run; mostly one byte for each, two and more where numbers are far apart or
/// an inode has several names.
[[nodiscard]] std::vector<std::string> packRuns(std::span<const InodeNames> inodes);
/// All of `inodes`, which ascend, as one run.
[[nodiscard]] std::string packRun(std::span<const InodeNames> inodes);

/// Appends `number` in LEB128: seven bits in a byte, the lowest first, and the eighth says that
/// more follow.
void appendNumber(std::string& bytes, std::uint64_t number);
/// Takes the first number off `bytes`, which appendNumber() has written.
[[nodiscard]] std::uint64_t takeNumber(std::string_view& bytes);

/// Goes through what a run holds. `run` must outlive it, and must have been made by packRun() or
/// packRuns().
class RunReader {
 public:
  explicit RunReader(std::string_view run) : rest_(run) {}
  /// The next inode; false at the end.
  [[nodiscard]] bool next(InodeNames& entry);

 private:
  std::string_view rest_;
  std::uint64_t inode_ = 0;
};

}  // namespace hardlink
