#include "base/os/os.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/child.h"
#include "support/temp_tree.h"

namespace hardlink::os {
namespace {

std::set<std::string> namesIn(const TempDir& dir) {
  const auto root = openRoot(dir.path());
  REQUIRE(root);
  DirectoryReader reader;
  reader.start(root->get());
  std::set<std::string> names;
  while (const DirectoryEntry* entry = reader.next()) {
    CHECK(names.insert(entry->name).second);
  }
  CHECK(reader.error() == 0);
  return names;
}

TEST_CASE("a directory of more names than fit the buffer is read whole, each name once") {
  const TempDir dir;
  plant(dir.path(), {makeFile("f"), makeLinks(std::string(200, 'x'), 3000, "f")});
  CHECK(namesIn(dir).size() == 3001);
}

TEST_CASE("names of any bytes are read unchanged") {
  const TempDir dir;
  const std::set<std::string> names = {"a\nb", "\"", "\\", "\xff\xfe", std::string(255, 'n'),
                                       " ",    "..."};
  for (const std::string& name : names) {
    plant(dir.path(), {makeFile(name)});
  }
  CHECK(namesIn(dir) == names);
}

/// A record with this name, as the kernel writes it or with another length.
std::vector<std::byte> record(const std::string& name, std::optional<unsigned short> length = {}) {
  dirent64 entry{};
  entry.d_ino = 7;
  entry.d_type = DT_REG;
  const std::size_t size = (offsetof(dirent64, d_name) + name.size() + 8) / 8 * 8;
  entry.d_reclen = length.value_or(static_cast<unsigned short>(size));
  std::memcpy(static_cast<void*>(entry.d_name), name.data(), name.size());
  const auto* const bytes = reinterpret_cast<const std::byte*>(&entry);
  return {bytes, bytes + size};
}

TEST_CASE("records are taken one after the other, from any address") {
  std::vector<std::byte> records = record("first");
  records.insert(records.begin(), std::byte{});
  const std::vector<std::byte> second = record(std::string(255, 'n'));
  records.insert(records.end(), second.begin(), second.end());
  auto left = std::span<const std::byte>(records).subspan(1);
  const auto first_taken = takeRecord(left);
  REQUIRE(first_taken);
  CHECK(first_taken->name == std::string("first"));
  CHECK(first_taken->inode == 7);
  CHECK(first_taken->type == FileType::regular);
  CHECK(left.size() == second.size());
  const auto second_taken = takeRecord(left);
  REQUIRE(second_taken);
  CHECK(second_taken->name == std::string(255, 'n'));
  CHECK(left.empty());
}

TEST_CASE("a record that is empty, too short, too long or has no end of its name is refused") {
  const auto is_refused = [](const std::vector<std::byte>& bytes) {
    std::span<const std::byte> left = bytes;
    return !takeRecord(left) && left.size() == bytes.size();
  };
  CHECK_FALSE(is_refused(record("name")));
  CHECK(is_refused(record("name", 0)));
  CHECK(is_refused(record("name", 19)));
  CHECK(is_refused(record("name", 32)));
  CHECK(is_refused(record("name", 65535)));
  CHECK(is_refused(record("name", 22)));
  CHECK(is_refused(record("")));
  CHECK(is_refused({}));
  CHECK(is_refused(std::vector<std::byte>(19)));
}

TEST_CASE("a symlink instead of a directory is refused, anywhere in the path") {
  const TempDir dir;
  plant(dir.path(), {makeDir("real", {makeDir("inner")}), makeSymlink("link", "real")});
  const auto root = openRoot(dir.path());
  int error = 0;
  CHECK(openDirectoryAt(root->get(), "real/inner", error).valid());
  CHECK_FALSE(openDirectoryAt(root->get(), "link", error).valid());
  CHECK(reasonOf(error) == CensusErrorReason::loop);
  CHECK_FALSE(openDirectoryAt(root->get(), "link/inner", error).valid());
  CHECK(reasonOf(error) == CensusErrorReason::loop);
}

/// Empty if only directories below `path` can be opened, and not symlinks or paths outside.
std::string complaint(const std::string& path) {
  const auto root = openRoot(path);
  int error = 0;
  if (!root || !openDirectoryAt(root->get(), "real/inner", error).valid()) {
    return "a directory does not open";
  }
  if (openDirectoryAt(root->get(), "link/inner", error).valid() || error != ELOOP) {
    return "a symlink is followed";
  }
  return openDirectoryAt(root->get(), "real/../..", error).valid() || error != EXDEV
             ? "the way out is open"
             : "";
}

TEST_CASE("directories are opened also in a sandbox that does not know openat2") {
  const TempDir dir;
  plant(dir.path(), {makeDir("real", {makeDir("inner")}), makeSymlink("link", "real")});
  for (const int error : {ENOSYS, EPERM}) {
    CAPTURE(error);
    CHECK(inChild([&] {
            refuseCalls({SYS_openat2}, error);
            return complaint(dir.path());
          }).empty());
  }
}

TEST_CASE("a file is stat'ed also without statx") {
  const TempDir dir;
  plant(dir.path(), {makeFile("f", "123"), makeLink("g", "f"), makeSymlink("s", "f")});
  const auto described = [&dir] {
    const auto root = openRoot(dir.path());
    std::string text;
    for (const char* name : {"f", "s", "gone"}) {
      int error = 0;
      const auto status = statEntry(root->get(), name, error);
      text += std::to_string(error) + ":";
      if (status) {
        text += std::to_string(status->inode) + " " + std::to_string(status->links) + " " +
                std::to_string(status->size_bytes) + " " + std::to_string(status->device) + " " +
                std::to_string(static_cast<int>(status->type)) + "\n";
      }
    }
    return text;
  };
  const std::string with_statx = described();
  for (const int error : {ENOSYS, EPERM}) {
    CAPTURE(error);
    CHECK(inChild([&] {
            refuseCalls({SYS_statx}, error);
            return described();
          }) == with_statx);
  }
}

TEST_CASE("nothing above or outside of the root can be opened") {
  const TempDir dir;
  plant(dir.path(), {makeDir("a")});
  const auto root = openRoot(dir.path());
  int error = 0;
  for (const char* path : {"..", "a/../..", "/etc"}) {
    CHECK_FALSE(openDirectoryAt(root->get(), path, error).valid());
    CHECK(error == EXDEV);
  }
}

TEST_CASE("a symlink itself is stat'ed, not its target") {
  const TempDir dir;
  plant(dir.path(),
        {makeFile("f", "123"), makeLink("g", "f"), makeSymlink("s", "f"), makeFifo("p")});
  const auto root = openRoot(dir.path());
  int error = 0;
  const auto file = statEntry(root->get(), "f", error);
  REQUIRE(file);
  CHECK(file->links == 2);
  CHECK(file->size_bytes == 3);
  CHECK(file->type == FileType::regular);
  CHECK(statEntry(root->get(), "s", error)->type == FileType::other);
  CHECK(statEntry(root->get(), "p", error)->type == FileType::other);
  CHECK_FALSE(statEntry(root->get(), "gone", error));
  CHECK(reasonOf(error) == CensusErrorReason::vanished);
}

TEST_CASE("a file below a path longer than PATH_MAX is found") {
  const TempDir dir;
  const std::string name(250, 'd');
  plant(dir.path(), {makeDeep(name, 40, {makeFile("deepest", "x")})});
  const auto root = openRoot(dir.path());
  std::string path;
  for (int i = 0; i < 40; ++i) {
    path += name + "/";
  }
  int error = 0;
  const auto status = statBelow(root->get(), path + "deepest", error);
  REQUIRE(status);
  CHECK(status->size_bytes == 1);
  CHECK_FALSE(statBelow(root->get(), path + "missing", error));
  CHECK(error == ENOENT);
}

TEST_CASE("the error about a root that cannot be opened has its path and the reason") {
  const auto missing = openRoot("/nonexistent/root");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message() == "open /nonexistent/root: No such file or directory");
}

}  // namespace
}  // namespace hardlink::os
