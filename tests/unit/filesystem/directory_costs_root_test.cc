// Compares what directories take on real filesystems with the calculated cost of copies. Needs
// root.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/os/os.h"
#include "filesystem/filesystem.h"
#include "support/catch.h"
#include "support/loop_mount.h"

namespace hardlink {
namespace {

using Random = std::mt19937;

CopyCosts costsAt(const std::string& path) {
  const Result<FilesystemInfo> info = inspectFilesystem(path, std::nullopt);
  REQUIRE(info);
  REQUIRE(info->costs.block_bytes > 0);
  return info->costs;
}

std::uint64_t allocated(const std::string& path) {
  struct stat status = {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

std::vector<std::string> randomNames(Random& random, std::size_t count, std::size_t shortest,
                                     std::size_t longest) {
  static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::set<std::string> seen;
  std::vector<std::string> names;
  while (names.size() < count) {
    std::string name(shortest + random() % (longest - shortest + 1), ' ');
    std::generate(name.begin(), name.end(), [&] { return kLetters[random() % kLetters.size()]; });
    if (seen.insert(name).second) {
      names.push_back(name);
    }
  }
  return names;
}

/// Makes a directory with these names in this order. All are links to one file.
void makeNames(const std::string& path, const std::vector<std::string>& names) {
  REQUIRE(mkdir(path.c_str(), 0755) == 0);
  const Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string target = path + ".target";
  REQUIRE(close(creat(target.c_str(), 0644)) == 0);
  const auto made = std::count_if(names.begin(), names.end(), [&](const std::string& name) {
    return linkat(AT_FDCWD, target.c_str(), directory.get(), name.c_str(), 0) == 0;
  });
  REQUIRE(static_cast<std::size_t>(made) == names.size());
}

/// The names in the order in which the directory returns them, on ext4 the order of their hashes.
std::vector<std::string> namesAsRead(const std::string& path) {
  const Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  os::DirectoryReader reader;
  reader.start(directory.get());
  std::vector<std::string> names;
  while (const os::DirectoryEntry* entry = reader.next()) {
    names.emplace_back(entry->name);
  }
  return names;
}

std::uint64_t entriesBytes(const std::vector<std::string>& names) {
  std::uint64_t bytes = kDotEntriesBytes;
  for (const std::string& name : names) {
    bytes += entryBytes(name.size());
  }
  return bytes;
}

struct Lengths {
  std::size_t shortest;
  std::size_t longest;
};

/// Makes directories with names in random order, copies them in the order of reading, and compares
/// the sizes.
void checkDirectories(const LoopMount& mount, std::size_t most_names) {
  const CopyCosts costs = costsAt(mount.path());
  Random random(7);  // the same each time
  int number = 0;
  for (const std::size_t count :
       {std::size_t{3}, std::size_t{12}, std::size_t{60}, std::size_t{400}, most_names}) {
    for (const Lengths lengths : {Lengths{1, 255}, Lengths{4, 24}, Lengths{255, 255}}) {
      const auto names = randomNames(random, count, lengths.shortest, lengths.longest);
      const std::string path = mount / std::to_string(number++);
      makeNames(path, names);
      makeNames(path + ".copy", namesAsRead(path));
      const std::uint64_t bound = directoryBytes(costs, entriesBytes(names));
      CAPTURE(count, lengths.longest, bound, allocated(path), allocated(path + ".copy"));
      CHECK(bound >= allocated(path));
      CHECK(bound >= allocated(path + ".copy"));
      if (!takesMoreThanOneBlock(costs, entriesBytes(names)) && costs.entry_scale == 1) {
        CHECK(bound == allocated(path));
      }
    }
  }
}

TEST_CASE(
    "no directory of ext4 exceeds its calculated cost, and one of one block takes all of it") {
  static const std::string kOld = "^metadata_csum,^extents,^64bit";
  const auto [block, features, most_names] =
      GENERATE(table<std::string, std::string, std::size_t>({{"1024", "dir_index", 8000},
                                                             {"2048", "dir_index", 8000},
                                                             {"4096", "dir_index", 20'000},
                                                             {"1024", "^dir_index", 1500},
                                                             {"4096", "^dir_index", 1500},
                                                             {"1024", kOld, 2000},
                                                             {"4096", kOld, 2000}}));
  CAPTURE(block, features);
  checkDirectories(LoopMount({.mkfs_options = {"-b", block, "-O", features, "-N", "4096"}}),
                   most_names);
}

TEST_CASE("an ext4 with clusters gives each directory whole ones") {
  const LoopMount mount({.mkfs_options = {"-O", "bigalloc", "-C", "32768", "-N", "4096"}});
  CHECK(costsAt(mount.path()).cluster_bytes == 32768);
  checkDirectories(mount, 4000);
}

TEST_CASE("no directory of xfs exceeds its calculated cost, for any directory block size") {
  const std::string size = GENERATE(as<std::string>(), "4096", "16384");
  CAPTURE(size);
  const LoopMount mount({.type = "xfs", .mkfs_options = {"-n", "size=" + size}});
  CHECK(std::to_string(costsAt(mount.path()).block_bytes) == size);
  checkDirectories(mount, 8000);
}

TEST_CASE("the bound holds near the number of names with which xfs takes a second block") {
  const LoopMount mount({.type = "xfs"});
  const CopyCosts costs = costsAt(mount.path());
  Random random(7);
  for (std::size_t count = 155; count < 175; ++count) {
    CAPTURE(count);
    const auto names = randomNames(random, count, 4, 4);
    const std::string path = mount / std::to_string(count);
    makeNames(path, names);
    CHECK(allocated(path) <= directoryBytes(costs, entriesBytes(names)));
  }
  CHECK(allocated(mount / "155") == 4096);
  CHECK(allocated(mount / "174") > 4096);
}

TEST_CASE("the bound is exact for the last name that fits into a block of ext4, and the next") {
  const LoopMount mount({.mkfs_options = {"-b", "1024"}});
  const CopyCosts costs = costsAt(mount.path());
  std::vector<std::string> names;
  for (int i = 0; i < 60; ++i) {
    names.push_back("name" + std::to_string(10 + i) + "ab");  // 16 bytes each
  }
  names.push_back("abcdefgh1234567890ab");  // 28 bytes, and 12 for the checksum
  REQUIRE(entriesBytes(names) == 24 + 60 * 16 + 28);
  CHECK_FALSE(takesMoreThanOneBlock(costs, entriesBytes(names)));
  makeNames(mount / "full", names);
  CHECK(allocated(mount / "full") == 1024);
  names.push_back("a");
  CHECK(takesMoreThanOneBlock(costs, entriesBytes(names)));
  makeNames(mount / "over", names);
  CHECK(allocated(mount / "over") > 1024);
}

}  // namespace
}  // namespace hardlink
