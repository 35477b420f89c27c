#include "filesystem/filesystem.h"

#include <sys/stat.h>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

FilesystemInfo inspected(const std::string& path,
                         std::optional<std::uint64_t> configured = std::nullopt) {
  const Result<FilesystemInfo> info = inspectFilesystem(path, configured);
  REQUIRE(info);
  return *info;
}

TEST_CASE("a path that does not exist is an error with its reason") {
  const Result<FilesystemInfo> info = inspectFilesystem("/nonexistent/root", 5);
  REQUIRE_FALSE(info);
  CHECK(info.error().code == ENOENT);
  CHECK(info.error().message() == "open /nonexistent/root: No such file or directory");
}

TEST_CASE("an unknown pseudo filesystem has no limit, instead of glibc's 127") {
  const FilesystemInfo info = inspected("/proc");
  CHECK(info.type == "proc");
  CHECK(info.mountpoint == "/proc");
  CHECK_FALSE(info.link_limit);
  CHECK(info.link_limit_source == LinkLimitSource::unknown);
  CHECK_FALSE(info.network);
}

TEST_CASE("a configured limit holds if the limit of the filesystem is higher or unknown") {
  const FilesystemInfo proc = inspected("/proc", 177);
  CHECK(proc.link_limit == 177);
  CHECK(proc.link_limit_source == LinkLimitSource::config);
  CHECK_FALSE(proc.refused_limit);
  CHECK(inspected("/proc", UINT64_MAX).link_limit == UINT64_MAX);
  CHECK(inspected("/", 1).link_limit == 1);
}

TEST_CASE("a tool's limit holds if it is the lowest") {
  FilesystemInfo info;
  info.link_limit = 65000;
  info.link_limit_source = LinkLimitSource::kernel;
  applyToolLimit(65000, info);
  CHECK(info.link_limit_source == LinkLimitSource::kernel);
  applyToolLimit(31999, info);
  CHECK(info.link_limit == 31999U);
  CHECK(info.link_limit_source == LinkLimitSource::tool);
  FilesystemInfo configured = inspected("/proc", 100);
  applyToolLimit(101, configured);
  CHECK(configured.link_limit == 100U);
  CHECK(configured.link_limit_source == LinkLimitSource::config);
  FilesystemInfo unknown = inspected("/proc");
  applyToolLimit(101, unknown);
  CHECK(unknown.link_limit == 101U);
  CHECK(unknown.link_limit_source == LinkLimitSource::tool);
}

TEST_CASE("a symlink is described by the filesystem of its target") {
  const TempDir directory;
  plant(directory.path(), {makeSymlink("away", "/proc")});
  CHECK(inspected(directory / "away") == inspected("/proc"));
}

TEST_CASE("the device number is the st_dev of the path") {
  const TempDir directory;
  struct stat status = {};
  REQUIRE(stat(directory.path().c_str(), &status) == 0);
  CHECK(inspected(directory.path()).device_number == status.st_dev);
}

TEST_CASE("each source of a limit has its name for labels") {
  CHECK(toString(LinkLimitSource::config) == "config");
  CHECK(toString(LinkLimitSource::kernel) == "kernel");
  CHECK(toString(LinkLimitSource::tool) == "tool");
  CHECK(toString(LinkLimitSource::overlay) == "overlay");
  CHECK(toString(LinkLimitSource::pathconf) == "pathconf");
  CHECK(toString(LinkLimitSource::unknown) == "unknown");
}

}  // namespace
}  // namespace hardlink
