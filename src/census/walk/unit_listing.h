#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/os/os.h"
#include "census/refresh/kept_units.h"

namespace hardlink {

/// What a later census needs to look at a unit without reading it: its directories by their names,
/// and a name of each inode that was stat'ed in it. Threads that read parts of a unit have one
/// each, and absorb() makes one of them. Not thread-safe.
///
/// Memory while the unit is read: 48 bytes and the name for each directory, 16 and the name for
/// each inode. A unit that takes more than kMostBytes, or is deeper than kMostDepth, is not listed.
class UnitListing {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20U;
  /// A check holds as many directories open.
  static constexpr std::size_t kMostDepth = 32;

  /// The directory `inode`, which is to be entered, has a name in the directory `parent`.
  void addDirectory(std::uint64_t parent, std::uint64_t inode, std::string_view name);
  /// The entries of the directory `inode` have been read; its mark is from before.
  void addMark(std::uint64_t inode, std::uint64_t fingerprint);
  /// An inode was stat'ed by its name in the directory `directory`.
  void addName(std::uint64_t directory, std::string_view name);
  /// The unit is not to be listed: something in it could not be read, or may change unseen.
  void giveUp();
  void absorb(UnitListing& other);

  /// What is kept of the unit whose directory is the inode `start`. Nothing if it is not listed, or
  /// if not all directories have been read (mounts are over some of them).
  [[nodiscard]] std::optional<UnitDirectories> pack(std::uint64_t start);

 private:
  class Packer;
  class RunPacker;

  struct Directory {
    std::uint64_t parent;
    std::uint64_t inode;
    std::size_t name;  // where it begins in names_
  };
  struct Mark {
    std::uint64_t inode;
    std::uint64_t fingerprint;
    std::size_t number;  // in the packed form
  };
  struct Name {
    std::uint64_t directory;
    std::size_t name;
  };

  [[nodiscard]] std::size_t addText(std::string_view name);
  void giveUpIfLarge();

  bool is_given_up_ = false;
  std::vector<Directory> directories_;
  std::vector<Mark> marks_;
  std::vector<Name> inodes_;
  std::string names_;  // each ends with 0
};

/// Goes through the directories below a unit's own that UnitListing::pack() has packed, each before
/// those in it.
class ListedDirectories {
 public:
  struct Directory {
    std::size_t depth = 0;  ///< below the unit's own; 1 for a child of that
    const char* name = nullptr;
  };

  /// `runs` must outlive it.
  explicit ListedDirectories(std::span<const std::string* const> runs) : runs_(runs) {}
  /// The next directory; false at the end.
  [[nodiscard]] bool next(Directory& directory);

 private:
  std::span<const std::string* const> runs_;  // without those that were begun
  std::string_view rest_;
  std::size_t depth_ = 0;
};

/// Goes through the names that UnitListing::pack() has packed, in the order of the directories.
class ListedNames {
 public:
  /// `named` must outlive it.
  explicit ListedNames(std::string_view named) : rest_(named) { advance(); }
  /// The next name in directory number `directory`; null if there is none. The unit's own directory
  /// is 0, and the others follow as in ListedDirectories.
  [[nodiscard]] const char* next(std::size_t directory);
  /// Whether next() has one.
  [[nodiscard]] bool hasName(std::size_t directory) const {
    return name_ != nullptr && directory_ == directory;
  }

 private:
  void advance();

  std::string_view rest_;
  std::size_t directory_ = 0;
  const char* name_ = nullptr;
};

}  // namespace hardlink
