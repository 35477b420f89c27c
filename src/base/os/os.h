#pragma once

/// What census/ asks the kernel: no other code opens directories or calls getdents64 or statx.
/// Failures are plain errno values, because in a walk an error is data; none is EINTR. Every
/// function may be called from any thread.

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

/// Opens the directory `relative_path` below `directory` for reading. Fails with EXDEV at a mount
/// point (bind mounts of the same filesystem included) and if the path leads out of `directory`,
/// with ELOOP at a symlink. Does not update access times if the kernel allows that. Returns an
/// invalid Fd and sets `error` on failure.
[[nodiscard]] Fd openDirectoryAt(int directory, const char* relative_path, int& error);

/// Opens the parent of the open `directory`. Other directories can be opened below the parent, but
/// it cannot be read. Fails with EXDEV if it is on another mount. The caller must check that it is
/// the expected parent, because directories can be moved. Returns an invalid Fd and sets `error` on
/// failure.
[[nodiscard]] Fd openParentOf(int directory, int& error);

/// Opens the open `directory` once more, to read it from its beginning.
[[nodiscard]] Fd reopenDirectory(int directory, int& error);

enum class FileType : std::uint8_t { unknown, directory, regular, other };

struct DirectoryEntry {
  std::uint64_t inode;
  FileType type;  ///< unknown if the filesystem does not say
  std::uint32_t name_length;
  /// Valid as long as the bytes that hold it; from a DirectoryReader, until its next call.
  const char* name;
};

/// Removes the first record from `bytes`, the output of getdents64, and returns it; its name stays
/// in those bytes. Returns nullopt and leaves `bytes` alone if the length of the record is
/// impossible or its name does not end. The kernel's own filesystems never write such a record.
[[nodiscard]] std::optional<DirectoryEntry> takeRecord(std::span<const std::byte>& bytes);

/// Reads the entries of directories, one after the other, with one buffer. Not thread-safe.
class DirectoryReader {
 public:
  DirectoryReader();
  /// Starts to read `directory` at its current position. It must stay open while it is read.
  void start(int directory);
  /// The next entry except `.` and `..`; null at the end and on failure. See error().
  [[nodiscard]] const DirectoryEntry* next();
  /// 0, or the errno value that ended the reading; EIO for an invalid record.
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

/// What statx says of a file.
struct FileStatus {
  std::uint64_t inode = 0;
  std::uint32_t links = 0;
  FileType type = FileType::unknown;
  std::uint64_t size_bytes = 0;
  std::uint64_t allocated_bytes = 0;
  dev_t device = 0;
};

/// Stats `name` in `directory`; for a symlink, the symlink itself. Fails with ENODATA if the
/// filesystem leaves out inode, link count or type.
[[nodiscard]] std::optional<FileStatus> statEntry(int directory, const char* name, int& error);

/// Stats the open file `fd`.
[[nodiscard]] std::optional<FileStatus> statDescriptor(int fd, int& error);

/// What a directory was like at one moment.
struct DirectoryMark {
  /// Another one after each change of its entries, and where another directory or mount is there.
  std::uint64_t fingerprint = 0;
  /// When it changed last (ctime), in nanoseconds since the epoch, by the clock of fileClockNs().
  /// The end of the second where the filesystem may have seconds alone.
  std::int64_t changed_ns = 0;
};

/// The mark of the directory `name` in the open `directory`; of `directory` itself if `name` is
/// empty. Fails with ENOTDIR if it is none. Two changes within one tick of the clock can leave the
/// same mark.
[[nodiscard]] std::optional<DirectoryMark> markOf(int directory, const char* name, int& error);

/// Whether the open `directory` has an index of its entries (FS_INDEX_FL), or needs none because
/// they fit in one block of `block_bytes`. True if the filesystem does not say.
[[nodiscard]] bool hasIndexOrOneBlock(int directory, std::uint64_t block_bytes);

/// Stats `path`, with any number of components below `directory`, also if it is longer than
/// PATH_MAX. Opens every directory on the way with openDirectoryAt().
[[nodiscard]] std::optional<FileStatus> statBelow(int directory, const std::string& path,
                                                  int& error);

/// The target of the symlink `name` in `directory`. Fails with EINVAL if it is no symlink.
[[nodiscard]] std::optional<std::string> readSymlink(int directory, const char* name, int& error);

/// The reason under which an errno value of these functions is counted.
[[nodiscard]] CensusErrorReason reasonOf(int error);
/// Whether an errno value means that this process or the machine is out of descriptors or memory.
[[nodiscard]] bool isShortage(int error);

/// With `idle`, the I/O of the calling thread, and of threads that it starts, waits for all other
/// I/O (ioprio_set(2), idle class). Without `idle`, undoes that if this thread has done it; a
/// priority with which the process was started stays.
void useIoPriority(bool idle);

}  // namespace hardlink::os
