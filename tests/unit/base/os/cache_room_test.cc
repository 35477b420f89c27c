#include "base/os/control_group.h"

#include <string>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

/// In MiB, on a machine where 1000 are available.
std::uint64_t room(const std::string& groups, const std::vector<TreeEntry>& hierarchies) {
  const TempDir root;
  plant(root.path(),
        {makeDir("proc", {makeFile("meminfo",
                                   "MemTotal:        2048000 kB\nMemFree:           1000 kB\n"
                                   "MemAvailable:    1024000 kB\nBuffers:            500 kB\n"),
                          makeDir("self", {makeFile("cgroup", groups)})}),
         makeDir("sys", {makeDir("fs", {makeDir("cgroup", hierarchies)})})});
  return cacheRoom(root.path()) / kMiB;
}

std::string bytes(std::uint64_t mebibytes) { return std::to_string(mebibytes * kMiB) + "\n"; }

TEST_CASE("without limits half of the available memory may be filled") {
  CHECK(room("", {}) == 500);
  CHECK(room("0::/\n", {}) == 500);
  CHECK(room("0::/a/b\n", {makeDir("a", {makeDir("b", {makeFile("memory.max", "max\n")})})}) ==
        500);
  CHECK(room("garbage\n\n:::\n", {makeFile("memory.max", bytes(1))}) == 500);
}

TEST_CASE("the lowest limit of the control group and those around it holds") {
  const auto groups = [](std::uint64_t outer, std::uint64_t inner) {
    return std::vector<TreeEntry>{
        makeDir("system.slice",
                {makeFile("memory.max", bytes(outer)),
                 makeDir("hardlink-exporter.service", {makeFile("memory.max", bytes(inner))})})};
  };
  const std::string path = "0::/system.slice/hardlink-exporter.service\n";
  CHECK(room(path, groups(400, 300)) == 300);
  CHECK(room(path, groups(200, 300)) == 200);
  CHECK(room(path, groups(700, 600)) == 500);
}

TEST_CASE("the first version of control groups has limits too") {
  const std::string path = "9:name=systemd:/\n4:memory:/docker/abc\n0::/\n";
  CHECK(room(path, {makeDir("memory",
                            {makeDir("docker", {makeDir("abc", {makeFile("memory.limit_in_bytes",
                                                                         bytes(64))})})})}) == 64);
  // In a container its own group is seen as the topmost.
  CHECK(room(path, {makeDir("memory", {makeFile("memory.limit_in_bytes", bytes(32))})}) == 32);
  CHECK(room(path, {makeDir("memory",
                            {makeFile("memory.limit_in_bytes", "9223372036854771712\n")})}) == 500);
}

TEST_CASE(
    "before Linux 3.14 free memory and pages of files not used lately are what is available") {
  const TempDir root;
  plant(root.path(), {makeDir("proc", {makeFile("meminfo",
                                                "MemTotal:       2048000 kB\nMemFree:   409600 kB\n"
                                                "Inactive:        999999 kB\n"
                                                "Inactive(file):  614400 kB\n")})});
  CHECK(cacheRoom(root.path()) / kMiB == 500);
}

TEST_CASE("where the system does not say, nothing may be filled") {
  const TempDir empty;
  CHECK(cacheRoom(empty.path()) == 0);
  CHECK(cacheRoom() > 0);
}

}  // namespace
}  // namespace hardlink
