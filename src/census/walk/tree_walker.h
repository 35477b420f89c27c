#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/os/fd.h"
#include "base/os/os.h"
#include "census/walk/directory_stack.h"
#include "model/limits.h"

namespace hardlink {

/// A directory whose entries a TreeWalker has read.
struct WalkedDirectory {
  int descriptor;  ///< open
  std::uint64_t inode;
  std::optional<os::DirectoryMark> mark{};       ///< from before, if the walker takes marks
  std::uint64_t subdirectories = 0;              ///< entries that are directories
  std::uint64_t entry_bytes = kDotEntriesBytes;  ///< of all entries, as in model/limits.h
};

/// Gets what a TreeWalker finds. No error ends the walk.
class TreeVisitor {
 public:
  virtual ~TreeVisitor() = default;

  /// A name that is not a directory, in the open directory `directory`. An entry without a type
  /// (FileType::unknown) has been stat'ed first and arrives with its type.
  virtual void onName(int directory, const os::DirectoryEntry& entry) = 0;
  /// A directory, before it is opened; it is entered if this returns true.
  virtual bool onDirectory(const os::DirectoryEntry& entry) = 0;
  /// All entries of one directory have been read, or those before an error.
  virtual void onDirectoryEnd(const WalkedDirectory& directory) = 0;
  /// A directory could not be opened or read to its end, or an entry could not be stat'ed. Mount
  /// points are skipped and are no error.
  virtual void onError(int error, const char* name, bool directory) = 0;
};

/// Depth-first walk of one directory tree that stays inside one filesystem.
///
/// It works relative to open directory descriptors only: no path is ever too long, and renaming a
/// parent cannot lead it elsewhere. It is iterative, so depth costs no stack, and DirectoryStack
/// bounds the descriptors. One walker serves one thread, for any number of walks.
class TreeWalker {
 public:
  /// With `check_device`, a directory with another st_dev than the start is not entered: btrfs
  /// subvolumes are no mounts, but have inode numbers of their own.
  /// With `take_marks`, it notes what each directory is like before its entries are read.
  explicit TreeWalker(bool check_device = false, bool take_marks = false)
      : check_device_(check_device), take_marks_(take_marks) {}

  /// Walks everything below `start`. Returns false if it stopped early because of `stop`.
  bool walk(Fd start, TreeVisitor& visitor, const std::stop_token& stop);

  /// Path from the start to the directory whose entries are being reported; empty for the start
  /// itself. To be called from a visitor.
  [[nodiscard]] std::string currentPath() const { return directories_.path(); }
  /// The inode number of that directory.
  [[nodiscard]] std::uint64_t inode() const { return directories_.inode(); }
  /// currentPath() with `name` in it.
  [[nodiscard]] std::string pathOf(const char* name) const;
  /// As DirectoryStack::takeHalf(): the walk does not enter what it returns. To be called from
  /// TreeVisitor::onDirectoryEnd().
  [[nodiscard]] std::vector<FoundDirectory> takeHalf(std::size_t most_bytes) {
    return directories_.takeHalf(most_bytes);
  }
  /// The st_dev of the start.
  [[nodiscard]] dev_t device() const { return device_; }
  /// Directories between the start and the one being reported.
  [[nodiscard]] std::size_t depth() const { return directories_.depth(); }

 private:
  void readDirectory(TreeVisitor& visitor);
  void handleEntry(const os::DirectoryEntry& entry, TreeVisitor& visitor,
                   WalkedDirectory& directory);
  /// Enters the next subdirectory; false if that fails.
  bool enterNext(TreeVisitor& visitor);
  [[nodiscard]] bool isOnSameDevice(int directory) const;

  bool check_device_;
  bool take_marks_;
  dev_t device_ = 0;
  os::DirectoryReader reader_;
  DirectoryStack directories_;
};

}  // namespace hardlink
