// How the walk lists the directories of a unit.

#include "census/walk/unit_listing.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"

namespace hardlink {
namespace {

/// A directory that a test lists: its place among the others, and its parent's.
struct Listed {
  std::size_t parent;
  std::string name;
  std::vector<std::string> files;
};

constexpr std::uint64_t kFirstInode = 1000;

std::uint64_t inodeOf(std::size_t directory) { return kFirstInode + directory; }

/// Lists `directories`, the first of which is the unit's own, in a random order and in parts.
std::optional<UnitDirectories> packed(const std::vector<Listed>& directories,
                                      std::mt19937& random) {
  std::vector<std::size_t> order(directories.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::shuffle(order.begin(), order.end(), random);
  std::vector<UnitListing> parts(3);
  for (const std::size_t i : order) {
    UnitListing& part = parts[random() % parts.size()];
    if (i > 0) {
      part.addDirectory(inodeOf(directories[i].parent), inodeOf(i), directories[i].name);
    }
    parts[random() % parts.size()].addMark(inodeOf(i), i);
    for (const std::string& file : directories[i].files) {
      parts[random() % parts.size()].addName(inodeOf(i), file);
    }
  }
  parts[0].absorb(parts[1]);
  parts[0].absorb(parts[2]);
  return parts[0].pack(kFirstInode);
}

/// A tree of up to `most` directories, some with files.
std::vector<Listed> randomDirectories(std::mt19937& random, std::size_t most) {
  std::vector<Listed> directories{{0, "", {}}};
  std::vector<std::size_t> depth{0};
  const std::size_t count = 1 + random() % most;
  while (directories.size() < count) {
    const std::size_t parent = random() % directories.size();
    if (depth[parent] == UnitListing::kMostDepth) {
      continue;
    }
    Listed directory{parent, "d" + std::to_string(directories.size()), {}};
    for (auto files = random() % 3; files > 0; --files) {
      directory.files.push_back("f" + std::to_string(random() % 1000));
    }
    depth.push_back(depth[parent] + 1);
    directories.push_back(std::move(directory));
  }
  return directories;
}

std::vector<const std::string*> pointersTo(const std::vector<std::string>& runs) {
  std::vector<const std::string*> pointers;
  for (const std::string& run : runs) {
    pointers.push_back(&run);
  }
  return pointers;
}

/// The paths of the directories of `directories`, and of the files in them.
std::multimap<std::string, std::string> pathsOf(const std::vector<Listed>& directories) {
  std::multimap<std::string, std::string> paths;
  std::vector<std::string> path(directories.size());
  for (std::size_t i = 0; i < directories.size(); ++i) {
    path[i] = i == 0 ? "" : path[directories[i].parent] + "/" + directories[i].name;
    paths.emplace(path[i], "");
    for (const std::string& file : directories[i].files) {
      paths.emplace(path[i], file);
    }
  }
  return paths;
}

std::multimap<std::string, std::string> pathsOf(const UnitDirectories& unit) {
  std::multimap<std::string, std::string> paths;
  const auto runs = pointersTo(unit.runs);
  ListedDirectories directories(runs);
  ListedNames names(unit.named);
  std::vector<std::string> path{""};
  ListedDirectories::Directory directory;
  std::size_t number = 0;
  do {
    paths.emplace(path.back(), "");
    while (const char* const name = names.next(number)) {
      paths.emplace(path.back(), name);
    }
    ++number;
    if (!directories.next(directory)) {
      break;
    }
    REQUIRE(directory.depth <= path.size());
    path.resize(directory.depth);
    path.push_back(path.back() + "/" + directory.name);
  } while (true);
  CHECK(number == unit.count);
  return paths;
}

/// In no order within one directory.
auto sorted(const std::multimap<std::string, std::string>& paths) {
  std::vector<std::pair<std::string, std::string>> all(paths.begin(), paths.end());
  std::sort(all.begin(), all.end());
  return all;
}

TEST_CASE("what is listed in any order is found again, each directory before those in it") {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const auto directories = randomDirectories(random, 200);
    const auto unit = packed(directories, random);
    REQUIRE(unit);
    REQUIRE((sorted(pathsOf(*unit)) == sorted(pathsOf(directories))));
    const auto again = packed(directories, random);
    REQUIRE(again);
    CHECK(again->runs == unit->runs);
    CHECK(again->fingerprint == unit->fingerprint);
  }
}

TEST_CASE("copies of a tree share their runs, save around what differs") {
  std::mt19937 random(2);
  auto directories = randomDirectories(random, 1);
  while (directories.size() < 5000) {
    directories = randomDirectories(random, 8000);
  }
  const auto before = packed(directories, random);
  directories.push_back({directories.size() / 2, "another", {}});
  const auto after = packed(directories, random);
  REQUIRE(before);
  REQUIRE(after);
  CHECK(before->runs.size() > 30);
  std::vector<std::string> a = before->runs;
  std::vector<std::string> b = after->runs;
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  std::vector<std::string> shared;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(shared));
  CHECK(shared.size() + 3 > a.size());
  CHECK(before->fingerprint != after->fingerprint);
}

TEST_CASE("a unit that may not be what was read is not listed") {
  UnitListing listing;
  listing.addMark(1, 10);
  listing.addDirectory(1, 2, "a");
  SECTION("a directory that was not read, since a mount is over it") {
    CHECK_FALSE(listing.pack(1));
  }
  listing.addMark(2, 20);
  SECTION("all is well") { CHECK(listing.pack(1)); }
  SECTION("one that was met twice, since it was moved") {
    listing.addDirectory(1, 2, "b");
    CHECK_FALSE(listing.pack(1));
  }
  SECTION("one that was read twice") {
    listing.addMark(2, 21);
    CHECK_FALSE(listing.pack(1));
  }
  SECTION("one whose parent is not in the unit") {
    listing.addMark(3, 30);
    listing.addDirectory(7, 3, "b");
    CHECK_FALSE(listing.pack(1));
  }
  SECTION("two that are in each other") {
    listing.addMark(3, 30);
    listing.addMark(4, 40);
    listing.addDirectory(4, 3, "b");
    listing.addDirectory(3, 4, "c");
    CHECK_FALSE(listing.pack(1));
  }
  SECTION("an inode in a directory that was not read") {
    listing.addName(9, "f");
    CHECK_FALSE(listing.pack(1));
  }
  SECTION("given up, by one of the threads") {
    UnitListing other;
    other.giveUp();
    listing.absorb(other);
    CHECK_FALSE(listing.pack(1));
  }
}

TEST_CASE("a unit that is too deep or too large is not listed") {
  SECTION("deep") {
    for (const std::size_t depth : {UnitListing::kMostDepth, UnitListing::kMostDepth + 1}) {
      UnitListing listing;
      listing.addMark(1, 1);
      for (std::uint64_t i = 1; i <= depth; ++i) {
        listing.addDirectory(i, i + 1, "d");
        listing.addMark(i + 1, 1);
      }
      CHECK(listing.pack(1).has_value() == (depth == UnitListing::kMostDepth));
    }
  }
  SECTION("large") {
    UnitListing listing;
    listing.addMark(1, 1);
    const std::string name(200, 'n');
    for (std::size_t i = 0; i < UnitListing::kMostBytes / 200; ++i) {
      listing.addName(1, name);
    }
    CHECK_FALSE(listing.pack(1));
  }
}

}  // namespace
}  // namespace hardlink
