#include "base/os/os.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <limits>

#include "base/os/older_kernel.h"
#include "base/os/open_beneath.h"

namespace hardlink::os {
namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// As in linux/ioprio.h, some versions of which are not C++ (a parameter is called `class`).
constexpr int kIoprioWhoProcess = 1;
constexpr int kIoprioClassIdle = 3;
constexpr int kIoprioClassShift = 13;

FileType typeOfDirent(unsigned char type) {
  switch (type) {
    case DT_UNKNOWN:
      return FileType::unknown;
    case DT_DIR:
      return FileType::directory;
    case DT_REG:
      return FileType::regular;
    default:
      return FileType::other;
  }
}

FileType typeOfMode(std::uint16_t mode) {
  if (S_ISDIR(mode)) return FileType::directory;
  if (S_ISREG(mode)) return FileType::regular;
  return FileType::other;
}

constexpr std::int64_t kSecondNs = 1'000'000'000;

/// The largest number for times that have no nanoseconds since the epoch in 64 bits.
std::int64_t latestOf(const statx_timestamp& time) {
  constexpr std::int64_t kMostSeconds = std::numeric_limits<std::int64_t>::max() / kSecondNs - 1;
  if (time.tv_sec > kMostSeconds) {
    return std::numeric_limits<std::int64_t>::max();
  }
  const std::int64_t seconds = std::max<std::int64_t>(time.tv_sec, -kMostSeconds);
  return seconds * kSecondNs + (time.tv_nsec == 0 ? kSecondNs - 1 : std::int64_t{time.tv_nsec});
}

std::optional<FileStatus> callStatx(int directory, const char* name, int flags, int& error) {
  constexpr unsigned kNeeded = STATX_INO | STATX_NLINK | STATX_TYPE;
  struct statx status {};
  const int result = retryOnEintr([&] {
    return statxOrFstatat(directory, name, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                          kNeeded | STATX_SIZE | STATX_BLOCKS, status);
  });
  if (result != 0) {
    error = errno;
    return std::nullopt;
  }
  if ((status.stx_mask & kNeeded) != kNeeded) {
    error = ENODATA;
    return std::nullopt;
  }
  error = 0;
  return FileStatus{.inode = status.stx_ino,
                    .links = status.stx_nlink,
                    .type = typeOfMode(status.stx_mode),
                    .size_bytes = status.stx_size,
                    .allocated_bytes = status.stx_blocks * 512,
                    .device = makedev(status.stx_dev_major, status.stx_dev_minor)};
}

bool isDotOrDotDot(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

}  // namespace

Result<Fd> openRoot(const std::string& path) {
  Fd fd(retryOnEintr([&] { return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd.valid()) {
    return errnoError("open " + path);
  }
  return fd;
}

Fd openDirectoryAt(int directory, const char* relative_path, int& error) {
  // O_NOATIME fails with EPERM if this process neither owns the directory nor has CAP_FOWNER.
  Fd fd = openBeneath(directory, relative_path, kDirectoryFlags | O_NOATIME, {}, error);
  if (error == EPERM) {
    fd = openBeneath(directory, relative_path, kDirectoryFlags, {}, error);
  }
  return fd;
}

std::optional<DirectoryEntry> takeRecord(std::span<const std::byte>& bytes) {
  constexpr std::size_t kName = offsetof(dirent64, d_name);
  if (bytes.size() <= kName) {
    return std::nullopt;
  }
  decltype(dirent64::d_ino) inode = 0;
  decltype(dirent64::d_reclen) length = 0;
  decltype(dirent64::d_type) type = 0;
  std::memcpy(&inode, bytes.data() + offsetof(dirent64, d_ino), sizeof inode);
  std::memcpy(&length, bytes.data() + offsetof(dirent64, d_reclen), sizeof length);
  std::memcpy(&type, bytes.data() + offsetof(dirent64, d_type), sizeof type);
  if (length <= kName || length > bytes.size()) {
    return std::nullopt;
  }
  const auto* const name = reinterpret_cast<const char*>(bytes.data() + kName);
  const auto* const end = static_cast<const char*>(std::memchr(name, '\0', length - kName));
  if (end == nullptr || end == name) {
    return std::nullopt;
  }
  bytes = bytes.subspan(length);
  return DirectoryEntry{inode, typeOfDirent(type), static_cast<std::uint32_t>(end - name), name};
}

Fd reopenDirectory(int directory, int& error) { return openDirectoryAt(directory, ".", error); }

Fd openParentOf(int directory, int& error) {
  Fd parent(
      retryOnEintr([&] { return openat(directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC); }));
  error = parent.valid() ? 0 : errno;
  if (parent.valid() && !areOnOneMount(parent.get(), directory)) {
    error = EXDEV;
    parent.reset();
  }
  return parent;
}

DirectoryReader::DirectoryReader()
    : buffer_(std::make_unique_for_overwrite<std::byte[]>(kBufferBytes)) {}

void DirectoryReader::start(int directory) {
  directory_ = directory;
  unread_ = {};
  error_ = 0;
}

bool DirectoryReader::fill() {
  const ssize_t bytes =
      retryOnEintr([&] { return getdents64(directory_, buffer_.get(), kBufferBytes); });
  error_ = bytes < 0 ? errno : 0;
  unread_ = {buffer_.get(), bytes < 0 ? 0 : static_cast<std::size_t>(bytes)};
  return !unread_.empty();
}

const DirectoryEntry* DirectoryReader::next() {
  while (!unread_.empty() || fill()) {
    const std::optional<DirectoryEntry> entry = takeRecord(unread_);
    if (!entry) {
      error_ = EIO;
      unread_ = {};
      return nullptr;
    }
    if (!isDotOrDotDot(entry->name)) {
      entry_ = *entry;
      return &entry_;
    }
  }
  return nullptr;
}

std::optional<FileStatus> statEntry(int directory, const char* name, int& error) {
  return callStatx(directory, name, 0, error);
}

std::optional<FileStatus> statDescriptor(int fd, int& error) {
  return callStatx(fd, "", AT_EMPTY_PATH, error);
}

std::optional<DirectoryMark> markOf(int directory, const char* name, int& error) {
  constexpr unsigned kNeeded =
      STATX_TYPE | STATX_INO | STATX_NLINK | STATX_CTIME | STATX_MTIME | STATX_SIZE;
  const int flags = *name == '\0' ? AT_EMPTY_PATH : 0;
  struct statx status {};
  const int result = retryOnEintr([&] {
    return statxOrFstatat(directory, name, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                          kNeeded | STATX_MNT_ID, status);
  });
  if (result != 0) {
    error = errno;
    return std::nullopt;
  }
  if ((status.stx_mask & kNeeded) != kNeeded || !S_ISDIR(status.stx_mode)) {
    error = S_ISDIR(status.stx_mode) ? ENODATA : ENOTDIR;
    return std::nullopt;
  }
  error = 0;
  const auto seconds = [](const statx_timestamp& time) {
    return static_cast<std::uint64_t>(time.tv_sec) << 30U ^ time.tv_nsec;
  };
  const std::array<std::uint64_t, 7> parts = {makedev(status.stx_dev_major, status.stx_dev_minor),
                                              status.stx_mnt_id,
                                              status.stx_ino,
                                              status.stx_nlink,
                                              seconds(status.stx_ctime),
                                              seconds(status.stx_mtime),
                                              status.stx_size};
  std::uint64_t fingerprint = 0;
  for (const std::uint64_t part : parts) {
    fingerprint = (fingerprint ^ part) * 0x9E3779B97F4A7C15U;
    fingerprint ^= fingerprint >> 32U;
  }
  return DirectoryMark{fingerprint, latestOf(status.stx_ctime)};
}

bool hasIndexOrOneBlock(int directory, std::uint64_t block_bytes) {
  int flags = 0;
  if (ioctl(directory, FS_IOC_GETFLAGS, &flags) != 0 ||
      (static_cast<unsigned>(flags) & FS_INDEX_FL) != 0) {
    return true;
  }
  int error = 0;
  const auto status = statDescriptor(directory, error);
  return !status || status->size_bytes <= block_bytes;
}

std::optional<FileStatus> statBelow(int directory, const std::string& path, int& error) {
  constexpr std::size_t kMostAtOnce = 3072;  // below PATH_MAX with any last component
  Fd held;
  std::size_t begin = 0;
  const std::size_t last = path.rfind('/');
  while (last != std::string::npos && begin <= last) {
    std::size_t end = last;
    if (end - begin > kMostAtOnce) {
      end = path.rfind('/', begin + kMostAtOnce);
    }
    Fd next = openDirectoryAt(held.valid() ? held.get() : directory,
                              path.substr(begin, end - begin).c_str(), error);
    if (!next.valid()) {
      return std::nullopt;
    }
    held = std::move(next);
    begin = end + 1;
  }
  return statEntry(held.valid() ? held.get() : directory, path.c_str() + begin, error);
}

std::optional<std::string> readSymlink(int directory, const char* name, int& error) {
  std::string target(PATH_MAX, '\0');
  const ssize_t length = readlinkat(directory, name, target.data(), target.size());
  if (length < 0) {
    error = errno;
    return std::nullopt;
  }
  target.resize(static_cast<std::size_t>(length));
  return target;
}

CensusErrorReason reasonOf(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return CensusErrorReason::permission;
    case ENOENT:
    case ENOTDIR:
    case ESTALE:
      return CensusErrorReason::vanished;
    case EIO:
    case EUCLEAN:
    case EBADMSG:
    case ENXIO:
    case ENODEV:
    case ENOTCONN:
    case ECONNABORTED:
    case ETIMEDOUT:
      return CensusErrorReason::io;
    case ELOOP:
      return CensusErrorReason::loop;
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL:
      return CensusErrorReason::name;
    default:
      return CensusErrorReason::other;
  }
}

bool isShortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

void useIoPriority(bool idle) {
  constexpr int kByNiceness = 0;  // the default of a thread
  thread_local bool is_idle = false;
  if (idle != is_idle) {
    // A scheduler without priorities refuses this; then there is nothing to lower.
    (void)syscall(SYS_ioprio_set, kIoprioWhoProcess, 0,
                  idle ? kIoprioClassIdle << kIoprioClassShift : kByNiceness);
    is_idle = idle;
  }
}

}  // namespace hardlink::os
