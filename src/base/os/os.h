#pragma once

/// The seam between census/ and the kernel: the only code here that opens directories, calls
/// getdents64 or statx. Failures are plain errno values, because in a walk an error is data.
/// EINTR never comes out of here. Every function may be called from any thread.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "base/os/fd.h"
#include "model/counts.h"

namespace hardlink::os {

/// Opens `path`, following symlinks, as the root of a census.
[[nodiscard]] Result<Fd> openRoot(const std::string& path);

/// Opens the directory `relative_path` below `directory` for reading. Never leaves the filesystem
/// (EXDEV at a mount point, bind mounts of the same filesystem included), never follows a symlink
/// (ELOOP), never climbs out (EXDEV). Does not update access times where the kernel lets it.
/// Returns an invalid Fd and sets `error` on failure.
[[nodiscard]] Fd openDirectoryAt(int directory, const char* relative_path, int& error);

/// Opens the parent of the open `directory`, to open others below it; it cannot be read. Never
/// leaves the mount (EXDEV). That it is the parent one remembers is for the caller to check:
/// directories move. Returns an invalid Fd and sets `error` on failure.
[[nodiscard]] Fd openParentOf(int directory, int& error);

/// A new open file description of the directory `directory`, from its beginning.
[[nodiscard]] Fd reopenDirectory(int directory, int& error);

enum class FileType : std::uint8_t { unknown, directory, regular, other };

struct DirectoryEntry {
  std::uint64_t inode;
  FileType type;  ///< unknown where the filesystem does not say
  std::uint32_t name_length;
  const char*
      name;  ///< valid as long as the bytes it was read from; a reader's until its next call
};

/// Takes the first record off `bytes`, which getdents64 is said to have written; its name stays in
/// them. Nothing, and `bytes` as they were, where its length makes no sense or no name ends in it:
/// a kernel's own filesystems never write such a thing.
[[nodiscard]] std::optional<DirectoryEntry> takeRecord(std::span<const std::byte>& bytes);

/// Reads the entries of one directory after the other through one buffer. Not thread-safe.
class DirectoryReader {
 public:
  DirectoryReader();
  /// Begins reading `directory`, which must stay open meanwhile; it is read from where it stands.
  void start(int directory);
  /// The next entry but `.` and `..`; null at the end or on failure, told apart by error().
  [[nodiscard]] const DirectoryEntry* next();
  /// 0, or the errno value that ended the reading; EIO for records that make no sense.
  [[nodiscard]] int error() const { return error_; }

 private:
  bool fill();

  static constexpr std::size_t kBufferBytes = 128 * 1024;
  std::unique_ptr<std::byte[]> buffer_;
  std::span<const std::byte> unread_;  // of the buffer
  int directory_ = -1;
  int error_ = 0;
  DirectoryEntry entry_{};
};

/// What statx said of a file.
struct FileStatus {
  std::uint64_t inode = 0;
  std::uint32_t links = 0;
  FileType type = FileType::unknown;
  std::uint64_t size_bytes = 0;
  std::uint64_t allocated_bytes = 0;
  dev_t device = 0;
};

/// Stats `name` in `directory` itself, not what a symlink points to. Fails with ENODATA where the
/// filesystem filled in less than inode, link count and type.
[[nodiscard]] std::optional<FileStatus> statEntry(int directory, const char* name, int& error);

/// Stats the open file `fd`.
[[nodiscard]] std::optional<FileStatus> statDescriptor(int fd, int& error);

/// Whether the open `directory` has an index over its entries (FS_INDEX_FL), or needs none since
/// its entries lie in a single block of `block_bytes`. Also where the filesystem does not tell.
[[nodiscard]] bool hasIndexOrOneBlock(int directory, std::uint64_t block_bytes);

/// Stats `path`, any number of components below `directory`, with openDirectoryAt()'s promises for
/// every directory on the way. Paths longer than PATH_MAX are fine.
[[nodiscard]] std::optional<FileStatus> statBelow(int directory, const std::string& path,
                                                  int& error);

/// Where the symlink `name` in `directory` leads. Fails with EINVAL where it is no symlink.
[[nodiscard]] std::optional<std::string> readSymlink(int directory, const char* name, int& error);

/// The reason that an errno value from this seam is counted under.
[[nodiscard]] CensusErrorReason reasonOf(int error);
/// Whether an errno value says that this process, or the machine, has no descriptors or memory
/// left.
[[nodiscard]] bool isShortage(int error);

/// With `idle`, lets the I/O of the calling thread, and of those that it starts, wait for everybody
/// else's (ioprio_set(2), idle class). Without, takes that back where this thread has done it; the
/// priority that somebody has started the process with stays.
void useIoPriority(bool idle);

}  // namespace hardlink::os
