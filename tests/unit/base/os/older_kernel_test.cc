#include "base/os/older_kernel.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <string>
#include <system_error>
#include <thread>

#include "base/os/fd.h"
#include "support/catch.h"
#include "support/child.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

std::string startedThread() {
  try {
    std::thread([] {}).join();
    return "started";
  } catch (const std::system_error& failure) {
    return strerrorname_np(failure.code().value());
  }
}

/// Every field that fstatat(2) also knows.
std::string described(const struct statx& status) {
  std::string text;
  for (const std::uint64_t number : std::initializer_list<std::uint64_t>{
           status.stx_ino, status.stx_nlink, status.stx_mode, status.stx_uid, status.stx_gid,
           status.stx_size, status.stx_blocks, status.stx_blksize, status.stx_dev_major,
           status.stx_dev_minor, status.stx_rdev_major, status.stx_rdev_minor}) {
    text += std::to_string(number) + " ";
  }
  for (const statx_timestamp& time : {status.stx_mtime, status.stx_ctime, status.stx_atime}) {
    text += std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec) + " ";
  }
  return text;
}

std::string basicsOf(const std::string& path, int flags = 0) {
  struct statx status {};
  return statxOrFstatat(AT_FDCWD, path.c_str(), flags, STATX_BASIC_STATS, status) == 0
             ? described(status)
             : strerrorname_np(errno);
}

TEST_CASE("without statx the figures are the same, and there is no birth time") {
  const TempDir dir;
  plant(dir.path(), {makeFile("f", "123"), makeLink("g", "f"), makeSymlink("s", "f")});
  const auto answers = [&] {
    return basicsOf(dir / "f") + basicsOf(dir / "s") + basicsOf(dir / "s", AT_SYMLINK_NOFOLLOW) +
           basicsOf("/dev/full") + basicsOf(dir / "gone");
  };
  (void)answers();  // the first call changes the symlink's access time
  const std::string with_statx = answers();
  CHECK(canTellBirths());
  for (const int error : {ENOSYS, EPERM}) {
    CAPTURE(error);
    CHECK(inChild([&] {
            refuseCalls({SYS_statx}, error);
            struct statx status {};
            const int result = statxOrFstatat(AT_FDCWD, dir.path().c_str(), 0,
                                              STATX_BASIC_STATS | STATX_BTIME, status);
            const bool has_birth = result != 0 || (status.stx_mask & STATX_BTIME) != 0;
            return has_birth || canTellBirths() ? "a birth" : answers();
          }) == with_statx);
  }
}

TEST_CASE("every system call gives the mount the same number") {
  const Fd root(open("/", O_PATH | O_CLOEXEC));
  const auto number = [&] {
    const auto found = mountNumber(root.get());
    return found ? std::to_string(*found) : "unknown";
  };
  const std::string by_statx = number();
  CHECK(by_statx != "unknown");
  CHECK(inChild([&] {
          refuseCalls({SYS_statx}, ENOSYS);
          return number();
        }) == by_statx);
  CHECK(inChild([&] {
          refuseCalls({SYS_statx, SYS_name_to_handle_at}, EPERM);
          return number();
        }) == by_statx);
}

TEST_CASE("threads start if a container's filter answers EPERM to clone3") {
  CHECK(inChild([] {
          refuseCalls({SYS_clone3}, EPERM);
          const auto hidden = hideClone3IfRefused();
          return hidden ? startedThread() : hidden.error().message();
        }) == "started");
}

TEST_CASE("no filter is installed if the kernel has clone3, or does not know it") {
  const auto filter_is_there = [] {
    if (!hideClone3IfRefused()) {
      return std::string("failed");
    }
    return std::to_string(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  };
  CHECK(inChild(filter_is_there) == "0");
  CHECK(inChild([&] {
          refuseCalls({SYS_clone3}, ENOSYS);
          const int before = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
          return !hideClone3IfRefused() || before != 2 ? "failed" : startedThread();
        }) == "started");
}

TEST_CASE("a refused filter is an error that names its errno") {
  CHECK(inChild([] {
          refuseCalls({SYS_clone3, SYS_prctl}, EPERM);
          const auto hidden = hideClone3IfRefused();
          return hidden ? "none" : strerrorname_np(hidden.error().code);
        }) == std::string("EPERM"));
}

TEST_CASE("missing system calls are named") {
  CHECK(inChild([] { return missingSystemCalls(); }).empty());
  CHECK(inChild([] {
          refuseCalls({SYS_statx, SYS_openat2}, ENOSYS);
          refuseCalls({SYS_getrandom, SYS_clone3}, EPERM);
          return missingSystemCalls();
        }) == "clone3 getrandom openat2 statx");
}

}  // namespace
}  // namespace hardlink
