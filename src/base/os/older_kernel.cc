#include "base/os/older_kernel.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <limits>
#include <string_view>
#include <vector>

#include "base/os/fd.h"
#include "base/text.h"

namespace hardlink {
namespace {

// Not glibc's statx(): if the kernel has no statx, that falls back to fstatat(2) at each call.
int rawStatx(int directory, const char* path, int flags, unsigned mask, struct statx& status) {
  return static_cast<int>(syscall(SYS_statx, directory, path, flags, mask, &status));
}

bool lacksStatx() {
  struct statx status {};
  return rawStatx(AT_FDCWD, "/", 0, STATX_TYPE, status) != 0 && (errno == ENOSYS || errno == EPERM);
}

bool lacksOpenat2() {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  const Fd fd(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how)));
  return !fd.valid() && (errno == ENOSYS || errno == EPERM);
}

bool lacksGetrandom() {
  std::byte byte{};
  return syscall(SYS_getrandom, &byte, sizeof byte, GRND_NONBLOCK) < 0 &&
         (errno == ENOSYS || errno == EPERM);
}

/// Calls clone3 with arguments that the kernel refuses with EINVAL. Any other answer comes from a
/// filter, or means that the call is missing.
int answerToClone3() { return syscall(SYS_clone3, nullptr, std::size_t{0}) != 0 ? errno : 0; }

statx_timestamp stampOf(const timespec& time) {
  statx_timestamp stamp{};
  stamp.tv_sec = time.tv_sec;
  stamp.tv_nsec = static_cast<decltype(stamp.tv_nsec)>(time.tv_nsec);
  return stamp;
}

struct statx convert(const struct stat& plain) {
  struct statx status {};
  status.stx_mask = STATX_BASIC_STATS;
  status.stx_blksize = static_cast<decltype(status.stx_blksize)>(plain.st_blksize);
  status.stx_nlink = static_cast<decltype(status.stx_nlink)>(plain.st_nlink);
  status.stx_uid = plain.st_uid;
  status.stx_gid = plain.st_gid;
  status.stx_mode = static_cast<decltype(status.stx_mode)>(plain.st_mode);
  status.stx_ino = plain.st_ino;
  status.stx_size = static_cast<decltype(status.stx_size)>(plain.st_size);
  status.stx_blocks = static_cast<decltype(status.stx_blocks)>(plain.st_blocks);
  status.stx_atime = stampOf(plain.st_atim);
  status.stx_mtime = stampOf(plain.st_mtim);
  status.stx_ctime = stampOf(plain.st_ctim);
  status.stx_rdev_major = major(plain.st_rdev);
  status.stx_rdev_minor = minor(plain.st_rdev);
  status.stx_dev_major = major(plain.st_dev);
  status.stx_dev_minor = minor(plain.st_dev);
  return status;
}

/// name_to_handle_at(2) returns the mount even if the handle does not fit (EOVERFLOW).
std::optional<std::uint64_t> mountOfHandle(int fd) {
  file_handle handle{};
  int mount = 0;
  const int result = name_to_handle_at(fd, "", &handle, &mount, AT_EMPTY_PATH);
  if (result != 0 && errno != EOVERFLOW) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(mount);
}

/// Since Linux 3.15.
std::optional<std::uint64_t> mountOfDescriptor(int fd) {
  std::ifstream file("/proc/self/fdinfo/" + std::to_string(fd));
  std::string key;
  for (std::uint64_t value = 0; file >> key;) {
    if (key == "mnt_id:") {
      return file >> value ? std::optional(value) : std::nullopt;
    }
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::nullopt;
}

bool installFilter(const sock_fprog& filter) {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

int statxOrFstatat(int directory, const char* path, int flags, unsigned mask,
                   struct statx& status) {
  static std::atomic<bool> has_statx{true};
  if (has_statx.load(std::memory_order_relaxed)) {
    const int result = rawStatx(directory, path, flags, mask, status);
    const int error = errno;
    // EPERM may also be the answer of the filesystem for this file.
    if (result == 0 || (error != ENOSYS && error != EPERM) || !lacksStatx()) {
      errno = error;
      return result;
    }
    has_statx = false;
  }
  constexpr int kKnownFlags = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW;
  struct stat plain {};
  const int result = fstatat(directory, path, &plain, flags & kKnownFlags);
  if (result == 0) {
    status = convert(plain);
  }
  return result;
}

bool canTellBirths() { return !lacksStatx(); }

std::optional<std::uint64_t> mountNumber(int fd) {
  struct statx status {};
  if (statxOrFstatat(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, status) != 0) {
    return std::nullopt;
  }
  if ((status.stx_mask & STATX_MNT_ID) != 0) {
    return status.stx_mnt_id;
  }
  const auto number = mountOfHandle(fd);
  return number ? number : mountOfDescriptor(fd);
}

bool areOnOneMount(int a, int b) {
  const auto mount_a = mountNumber(a);
  const auto mount_b = mountNumber(b);
  if (mount_a && mount_b) {
    return *mount_a == *mount_b;
  }
  struct stat status_a {};
  struct stat status_b {};
  return fstat(a, &status_a) == 0 && fstat(b, &status_b) == 0 && status_a.st_dev == status_b.st_dev;
}

std::string missingSystemCalls() {
  std::vector<std::string_view> names;
  const auto add = [&names](bool missing, std::string_view name) {
    if (missing) {
      names.push_back(name);
    }
  };
  add(answerToClone3() != EINVAL, "clone3");
  add(lacksGetrandom(), "getrandom");
  add(lacksOpenat2(), "openat2");
  add(lacksStatx(), "statx");
  return joined(names, " ");
}

Result<void> hideClone3IfRefused() {
  if (answerToClone3() != EPERM) {
    return {};
  }
  // clone3 has the same number on all architectures that this process can use.
  std::array<sock_filter, 4> program = {
      sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_clone3},
      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  if (!installFilter({program.size(), program.data()})) {
    return errnoError(
        "no thread can be started: this container answers EPERM to clone3, as Docker does before "
        "20.10.10, and refuses a filter that would hide it");
  }
  return {};
}

}  // namespace hardlink
