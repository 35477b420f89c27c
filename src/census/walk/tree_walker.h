#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/os/fd.h"
#include "base/os/os.h"
#include "model/limits.h"

namespace hardlink {

/// A directory whose entries a TreeWalker has read.
struct WalkedDirectory {
  int descriptor;  ///< open
  std::uint64_t inode;
  std::uint64_t subdirectories = 0;              ///< entries that are directories
  std::uint64_t entry_bytes = kDotEntriesBytes;  ///< of all entries, as in model/limits.h
};

/// What a TreeWalker meets. Errors are data: none of them ends the walk.
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
  /// A directory could not be opened or not be read to its end, or an entry not be stat'ed.
  /// Mount points are no error: they are passed over in silence.
  virtual void onError(int error, const char* name, bool directory) = 0;
};

/// Depth-first walk of one directory tree that stays inside one filesystem.
///
/// It works relative to open directory descriptors only: no path is ever too long, and renaming a
/// parent cannot lead it elsewhere. It is iterative, so depth costs no stack, and it keeps at most
/// kMaxOpenDirectories descriptors: beyond that the outermost directories are closed and, if they
/// still have subdirectories to visit, opened again later from the start of the walk, checking that
/// they are the same. Memory grows with the names of subdirectories still to visit.
///
/// One walker serves one thread, for any number of walks.
class TreeWalker {
 public:
  static constexpr std::size_t kMaxOpenDirectories = 32;

  /// With `check_device`, a directory with another st_dev than the start is not entered: btrfs
  /// subvolumes are no mounts, but have inode numbers of their own.
  explicit TreeWalker(bool check_device = false) : check_device_(check_device) {}

  /// Walks everything below `start`. Returns false if it stopped early because of `stop`.
  bool walk(Fd start, TreeVisitor& visitor, const std::stop_token& stop);

  /// Path from the start to the directory whose entries are being reported; empty for the start
  /// itself. To be called from a visitor.
  [[nodiscard]] std::string currentPath() const;
  /// currentPath() with `name` in it.
  [[nodiscard]] std::string pathOf(const char* name) const;
  /// Directories between the start and the one being reported.
  [[nodiscard]] std::size_t depth() const { return frames_.empty() ? 0 : frames_.size() - 1; }

 private:
  /// A stack of C strings, in one buffer.
  class NameStack {
   public:
    void push(const char* name);
    void pop();
    [[nodiscard]] const char* at(std::size_t index) const { return &bytes_[offsets_[index]]; }
    [[nodiscard]] std::size_t size() const { return offsets_.size(); }
    void clear();

   private:
    std::vector<char> bytes_;
    std::vector<std::size_t> offsets_;
  };

  /// A directory that has been read and may have subdirectories left to visit: names_[first_name]
  /// to the next frame's first, the last of which is the one being visited.
  struct Frame {
    Fd fd;
    std::uint64_t inode;
    std::size_t first_name;
  };

  void readDirectory(TreeVisitor& visitor);
  void handleEntry(const os::DirectoryEntry& entry, TreeVisitor& visitor,
                   WalkedDirectory& directory);
  /// Opens the subdirectory names_.back() of the last frame and pushes it as the new last frame.
  bool descend(TreeVisitor& visitor);
  /// Where the directory to go on with had to be closed, opens it by way of the parents of `left`,
  /// the one just left: to find it from the start takes as many steps as the tree is deep.
  void climbFrom(const Fd& left);
  /// Makes sure that frames_[index] has a descriptor; false, with an errno value, if it is gone.
  bool ensureOpen(std::size_t index, int& error);
  [[nodiscard]] bool sameFilesystem(int directory);
  void pushFrame(Fd fd, std::uint64_t inode);
  void closeOutermost();
  [[nodiscard]] const char* nameOfFrame(std::size_t index) const;

  bool check_device_;
  dev_t device_ = 0;
  os::DirectoryReader reader_;
  NameStack names_;
  std::vector<std::uint64_t> inodes_;  // of names_, index for index
  std::vector<Frame> frames_;
  std::size_t open_ = 0;       // frames with a descriptor
  std::size_t next_open_ = 1;  // no frame before this one but the first has a descriptor
};

}  // namespace hardlink
