#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/os/fd.h"
#include "census/count/shared_reading.h"

namespace hardlink {

/// The directories on the way of a depth-first walk, from its start to the current one, and the
/// subdirectories still to visit in each.
///
/// It owns the directories' descriptors and keeps at most kMaxOpen of them. Beyond that the
/// outermost directories are closed. One that still has subdirectories to visit is opened again
/// later, from its parent or from its child, and checked to be the same by its inode number. The
/// start always stays open. Memory grows with the names of the subdirectories to visit. Not
/// thread-safe.
class DirectoryStack {
 public:
  static constexpr std::size_t kMaxOpen = 32;

  /// Empties the stack and begins with the open directory `start`.
  void begin(Fd start, std::uint64_t inode);
  void clear();

  [[nodiscard]] bool empty() const { return directories_.empty(); }
  /// Directories between the start and the last.
  [[nodiscard]] std::size_t depth() const { return empty() ? 0 : directories_.size() - 1; }
  /// The last directory; its descriptor is open until another is entered.
  [[nodiscard]] int descriptor() const { return directories_.back().fd.get(); }
  [[nodiscard]] std::uint64_t inode() const { return directories_.back().inode; }
  /// From the start to the last; empty for the start itself.
  [[nodiscard]] std::string path() const { return empty() ? "" : pathTo(depth()); }

  /// Adds a subdirectory to visit to the last directory.
  void addSubdirectory(const char* name, std::uint64_t inode);
  [[nodiscard]] bool hasSubdirectory() const {
    return subdirectories_.size() > directories_.back().first_subdirectory;
  }
  /// Of the subdirectory to visit next: the one added last to the last directory.
  [[nodiscard]] const char* nextName() const { return nameOf(subdirectories_.back()); }
  /// Opens the next subdirectory. The Error has an errno value: EXDEV if it is a mount point,
  /// ENOENT if the path to it leads elsewhere by now.
  [[nodiscard]] Result<Fd> openNext();
  /// The next subdirectory, open as `fd`, becomes the last directory.
  void enterNext(Fd fd);
  /// Takes the next subdirectory off.
  void dropNext();
  /// Takes the last directory off, and its entry among the parent's subdirectories.
  void leave();
  /// Takes half of the subdirectories to visit off the outermost directory that has any: most lies
  /// below those. Their paths begin at the start. Returns nothing if the next subdirectory is the
  /// only one, or if a path could be longer than `most_bytes`.
  [[nodiscard]] std::vector<FoundDirectory> takeHalf(std::size_t most_bytes);

 private:
  struct Subdirectory {
    std::size_t name_offset;  // in names_
    std::uint64_t inode;
  };
  struct Directory {
    Fd fd;  // may be closed
    std::uint64_t inode;
    /// In subdirectories_, up to the next directory's first; the last of them is that directory.
    std::size_t first_subdirectory;
  };

  [[nodiscard]] const char* nameOf(const Subdirectory& entry) const {
    return &names_[entry.name_offset];
  }
  [[nodiscard]] const char* nameOf(std::size_t directory) const;
  [[nodiscard]] std::string pathTo(std::size_t directory) const;
  /// Where the subdirectories of a directory that are to be visited end in subdirectories_.
  [[nodiscard]] std::size_t endOfSubdirectories(std::size_t directory) const;
  /// Whether nothing is left to visit in the parent of directories_[index] after that one.
  [[nodiscard]] bool isLastOfParent(std::size_t index) const;
  void push(Fd fd, std::uint64_t inode);
  [[nodiscard]] Result<void> ensureOpen(std::size_t index);
  /// Opens the directory to go on with, if it is closed, by way of the parents of `left`, the one
  /// just left. From the start that would take as many steps as the tree is deep.
  void climbFrom(const Fd& left);
  void closeOutermost();

  std::vector<Directory> directories_;
  std::vector<Subdirectory> subdirectories_;
  std::vector<char> names_;    // each ends with 0
  std::size_t open_ = 0;       // directories with a descriptor
  std::size_t next_open_ = 1;  // no directory before this one but the start has a descriptor
  std::size_t outermost_ = 0;  // no directory before this one has any to visit but the next one
};

}  // namespace hardlink
