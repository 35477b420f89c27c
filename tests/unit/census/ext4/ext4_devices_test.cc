// Filesystems of enormous capacity, and those that the ext4 engine cannot read. Needs root.

#include <grp.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "census/census.h"
#include "support/catch.h"
#include "support/loop_mount.h"
#include "two_engines.h"
#include "unit/census/walk/literal_farm.h"

namespace hardlink {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// ---- Enormous capacity ----

constexpr const char* kChildTest = "one census as a process of its own that another test starts";
constexpr const char* kChildRoot = "HARDLINK_TEST_CENSUS_ROOT";

/// The peak memory of this process, as a line of the kernel ("VmHWM:     1234 kB").
std::string peakMemoryLine() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line) && line.rfind("VmHWM:", 0) != 0) {
  }
  return line;
}

TEST_CASE("one census as a process of its own that another test starts", "[.]") {
  const char* root = std::getenv(kChildRoot);
  REQUIRE(root != nullptr);
  const RootCounts counts = countedBy(*ext4EngineFor(root), requestFor(root, snapshotsIn(root)));
  std::cout << "names " << counts.names << ", " << peakMemoryLine() << '\n';
}

/// Counts `root` in a new process; returns what the test above printed.
std::string censusElsewhere(const std::string& root) {
  throwErrnoUnless(setenv(kChildRoot, root.c_str(), 1) == 0, "setenv");
  return runProgram({"/proc/self/exe", kChildTest});
}

std::uint64_t numberAfter(const std::string& text, const std::string& word) {
  const std::size_t at = text.find(word);
  INFO(text);
  REQUIRE(at != std::string::npos);
  return std::stoull(text.substr(at + word.size()));
}

constexpr std::uint64_t kPeakKilobytes = 40000;

TEST_CASE("memory follows the inodes in use: a thousand million slots with 10,000 files") {
  // 15 TiB, because the image is a file on ext4, which allows 16. Nothing is written to the inode
  // tables, which alone would be 256 GB.
  const LoopMount mount({.mkfs_options = {"-N", "1000000000", "-O", "^has_journal", "-E",
                                          "lazy_itable_init=1,nodiscard"},
                         .mount_options = "noinit_itable",
                         .size_bytes = 15ULL << 40U});
  struct statvfs capacity {};
  throwErrnoUnless(statvfs(mount.path().c_str(), &capacity) == 0, "statvfs");
  REQUIRE(capacity.f_files >= 1000000000);
  plantTenThousand(mount.path());
  const std::string told = censusElsewhere(mount.path());
  CHECK(numberAfter(told, "names ") == 10000);
  if (!kSanitized) {
    CHECK(numberAfter(told, "VmHWM:") < kPeakKilobytes);
  }
  checkBothAgree(*ext4EngineFor(mount.path()), requestFor(mount.path(), snapshotsIn(mount.path())));
}

TEST_CASE("memory follows the inodes in use, even if block groups do not name the used slots") {
  const LoopMount mount(
      {.mkfs_options = {"-N", "30000000", "-O", "^has_journal,^metadata_csum,^uninit_bg", "-E",
                        "lazy_itable_init=1,nodiscard"},
       .mount_options = "noinit_itable",
       .size_bytes = 1ULL << 40U});
  plantTenThousand(mount.path());
  const std::string told = censusElsewhere(mount.path());
  CHECK(numberAfter(told, "names ") == 10000);
  if (!kSanitized) {
    CHECK(numberAfter(told, "VmHWM:") < kPeakKilobytes);
  }
}

// ---- No device to read ----

/// Gives all threads the rights of the user nobody while it lives.
class AsNobody {
 public:
  AsNobody() : groups_(64) {
    const int count = getgroups(static_cast<int>(groups_.size()), groups_.data());
    throwErrnoUnless(count >= 0, "getgroups");
    groups_.resize(static_cast<std::size_t>(count));
    throwErrnoUnless(setgroups(0, nullptr) == 0, "setgroups");
    throwErrnoUnless(setegid(kNobody) == 0, "setegid");
    throwErrnoUnless(seteuid(kNobody) == 0, "seteuid");
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    const bool restored =
        seteuid(0) == 0 && setegid(0) == 0 && setgroups(groups_.size(), groups_.data()) == 0;
    if (!restored) {
      std::abort();  // all later tests would run with the wrong rights
    }
  }

 private:
  static constexpr uid_t kNobody = 65534;
  std::vector<gid_t> groups_;
};

TEST_CASE(
    "without permission to open the block device there is no engine, and the error names it") {
  const LoopMount mount(LoopOptions{});
  const FilesystemInfo filesystem = filesystemOf(mount.path());
  const AsNobody nobody;
  const auto engine = Ext4Engine::open(filesystem);
  REQUIRE_FALSE(engine);
  CHECK(engine.error().code == EACCES);
  INFO(engine.error().message());
  CHECK(engine.error().message().find(mount.device()) != std::string::npos);
}

TEST_CASE("a root whose device must not be opened is walked, and the census says why") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeDir("a", {makeFile("f")}), makeDir("b", {makeLink("f", "a/f")})});
  throwErrnoUnless(rmdir((mount / "lost+found").c_str()) == 0, "rmdir");
  const TempDir elsewhere;  // where everybody may go
  throwErrnoUnless(chmod(elsewhere.path().c_str(), 0755) == 0, "chmod");
  const Mount bind({"--bind", mount.path()}, elsewhere.path());
  CensusRequest request = requestFor(elsewhere.path());
  request.engine = EngineWish::ext4;
  CensusProgress progress;
  CensusTaker taker;
  const AsNobody nobody;
  const auto census = taker.take(request, progress, {});
  REQUIRE(census);
  CHECK(census->counts.engine == "walk");
  CHECK(census->counts.names == 2);
  INFO(census->engine_reason);
  CHECK(census->engine_reason.find(mount.device()) != std::string::npos);
}

TEST_CASE("there is no ext4 engine for another filesystem") {
  const LoopMount mount({.type = "xfs"});
  CHECK_FALSE(Ext4Engine::open(filesystemOf(mount.path())));
  const TempDir directory;
  const Mount tmpfs({"-t", "tmpfs", "somewhere"}, directory.path());
  CHECK_FALSE(Ext4Engine::open(filesystemOf(tmpfs.path())));
}

}  // namespace
}  // namespace hardlink
