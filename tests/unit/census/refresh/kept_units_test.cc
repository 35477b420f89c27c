// What a census leaves for the next one.

#include "census/refresh/kept_units.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "census/refresh/packed_inodes.h"
#include "support/catch.h"

namespace hardlink {
namespace {

std::uint32_t below(std::mt19937& random, std::uint32_t end) {
  return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(random);
}

/// Ascending inodes, from near to far apart, some with several names.
std::vector<InodeNames> randomInodes(std::mt19937& random, std::size_t count) {
  std::vector<InodeNames> inodes;
  inodes.reserve(count);
  std::uint64_t inode = below(random, 100);
  while (inodes.size() < count && inode < ~std::uint32_t{0}) {
    const std::uint32_t names = below(random, 8) == 0 ? below(random, 70'000) + 1 : 1;
    inodes.push_back({static_cast<std::uint32_t>(inode), names});
    inode += 1 + below(random, below(random, 16) == 0 ? 100'000 : 3);
  }
  return inodes;
}

std::vector<InodeNames> unpacked(const std::vector<std::string>& runs) {
  std::vector<InodeNames> inodes;
  for (const std::string& run : runs) {
    InodeNames entry;
    for (RunReader reader(run); reader.next(entry);) {
      inodes.push_back(entry);
    }
  }
  return inodes;
}

UnitContents contentsOf(std::uint64_t inode, std::vector<InodeNames> inodes) {
  return {.path = "s" + std::to_string(inode),
          .directories = {.count = 2,
                          .fingerprint = 100 + inode,
                          .runs = {"directories of " + std::to_string(inode)}},
          .inodes = std::move(inodes),
          .figures = {.below = 1},
          .fullest = {},
          .hot_names = {}};
}

/// Begins a census that finds all units unchanged, save the one called `changed`.
void begin(KeptUnits& kept, const std::string& changed = "") {
  for (KeptUnits::Unit* const unit : kept.begin()) {
    unit->is_unchanged = unit->path != changed;
  }
}

std::vector<const std::string*> runsOf(KeptUnits& kept, std::uint64_t inode) {
  const KeptUnits::Unit* const unit = kept.find(inode);
  REQUIRE(unit != nullptr);
  return unit->runs;
}

TEST_CASE("inodes are sorted, however many there are") {
  std::mt19937 random(1);
  for (const std::size_t count : {0U, 1U, 2U, 3000U, 300'000U}) {
    std::vector<InodeNames> inodes;
    for (std::uint32_t i = 0; i < count; ++i) {
      inodes.push_back({i * 2654435761U, below(random, 5) + 1});
    }
    std::vector<InodeNames> expected = inodes;
    std::sort(expected.begin(), expected.end(),
              [](const InodeNames& a, const InodeNames& b) { return a.inode < b.inode; });
    sortByInode(inodes);
    CHECK((inodes == expected));
  }
}

TEST_CASE("what is packed is unpacked, and takes a byte or two for most inodes") {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    const auto inodes = randomInodes(random, below(random, 5000));
    const auto runs = packRuns(inodes);
    REQUIRE((unpacked(runs) == inodes));
    REQUIRE((unpacked({packRun(inodes)}) == inodes));
  }
  std::vector<InodeNames> side_by_side;
  for (std::uint32_t inode = 1000; inode < 101'000; ++inode) {
    side_by_side.push_back({inode, 1});
  }
  CHECK(packRun(side_by_side).size() < 100'010);
}

TEST_CASE("units that are alike share what is kept of them") {
  std::mt19937 random(3);
  const auto inodes = randomInodes(random, 50'000);
  KeptUnits kept;
  CHECK_FALSE(kept.keep(10, contentsOf(10, inodes)));
  const std::size_t one = kept.bytes();
  auto alike = inodes;
  alike.erase(alike.begin() + 20'000, alike.begin() + 20'100);
  alike.erase(alike.begin() + 7);
  CHECK_FALSE(kept.keep(20, contentsOf(20, alike)));
  CHECK(kept.bytes() - one < one / 10);
  CHECK(runsOf(kept, 10).size() > 50);
  CHECK(runsOf(kept, 10).back() == runsOf(kept, 20).back());

  kept.forget(10);
  CHECK(kept.find(10) == nullptr);
  std::vector<std::string> runs;
  for (const std::string* run : runsOf(kept, 20)) {
    runs.push_back(*run);
  }
  CHECK((unpacked(runs) == alike));
  kept.forget(20);
  CHECK(kept.bytes() == 0);
}

TEST_CASE("whether units are unchanged is asked anew for each census") {
  KeptUnits kept;
  (void)kept.keep(10, contentsOf(10, {{5, 1}}));
  (void)kept.keep(20, contentsOf(20, {{6, 2}}));
  CHECK_FALSE(kept.anyUnchanged());
  begin(kept, "s10");
  CHECK_FALSE(kept.find(10)->is_unchanged);
  CHECK(kept.find(20)->is_unchanged);
  CHECK(kept.anyUnchanged());
  CHECK(kept.begin().size() == 2);
  CHECK_FALSE(kept.anyUnchanged());
}

TEST_CASE("a unit that was not met is forgotten") {
  KeptUnits kept;
  (void)kept.keep(10, contentsOf(10, {{5, 1}}));
  (void)kept.keep(20, contentsOf(20, {{6, 2}}));
  begin(kept);
  CHECK(kept.find(20) != nullptr);
  kept.forgetOthers();
  CHECK(kept.find(10) == nullptr);
  CHECK(kept.find(20) != nullptr);
}

TEST_CASE("contents that differ contradict a unit that is unchanged, and no other") {
  KeptUnits kept;
  (void)kept.keep(10, contentsOf(10, {{5, 1}, {7, 3}}));
  begin(kept);
  CHECK_FALSE(kept.keep(10, contentsOf(10, {{5, 1}, {7, 3}})));
  begin(kept);
  SECTION("another inode") { CHECK(kept.keep(10, contentsOf(10, {{5, 1}, {8, 3}}))); }
  SECTION("another number of names") { CHECK(kept.keep(10, contentsOf(10, {{5, 1}, {7, 2}}))); }
  SECTION("other figures of its directories") {
    UnitContents contents = contentsOf(10, {{5, 1}, {7, 3}});
    contents.figures.large = 1;
    CHECK(kept.keep(10, contents));
  }
  SECTION("another fullest directory") {
    UnitContents contents = contentsOf(10, {{5, 1}, {7, 3}});
    contents.fullest = {{.subdirectories = {"", 7, std::nullopt}, .unit = 0, .inode = 11}};
    CHECK(kept.keep(10, contents));
  }
  SECTION("a directory above the unit that was renamed") {
    UnitContents contents = contentsOf(10, {{5, 1}, {7, 3}});
    contents.fullest = {{.subdirectories = {"s10", 7, std::nullopt}, .unit = 0, .inode = 10}};
    (void)kept.keep(10, contents);
    begin(kept);
    contents.path = "other/s10";
    contents.fullest[0].subdirectories.path = "other/s10";
    CHECK_FALSE(kept.keep(10, contents));
  }
  SECTION("a unit that has changed") {
    begin(kept, "s10");
    CHECK_FALSE(kept.keep(10, contentsOf(10, {{5, 1}, {8, 3}})));
  }
  SECTION("one whose directories are not what they were found to be") {
    UnitContents contents = contentsOf(10, {{5, 1}, {8, 3}});
    contents.directories.fingerprint += 1;
    CHECK_FALSE(kept.keep(10, contents));
  }
  SECTION("one that is kept again") {
    (void)kept.keep(10, contentsOf(10, {{5, 1}, {7, 3}}));
    CHECK_FALSE(kept.keep(10, contentsOf(10, {{5, 1}, {8, 3}})));
  }
}

TEST_CASE("what does not fit is not kept") {
  std::mt19937 random(4);
  KeptUnits kept;
  std::uint32_t unit = 10;
  for (; unit < 1000 && (unit == 10 || kept.find(unit - 10) != nullptr); unit += 10) {
    std::vector<InodeNames> far_apart;
    for (std::uint32_t inode = below(random, 2000); far_apart.size() < 1'000'000; inode += 4000) {
      far_apart.push_back({inode + below(random, 3000), 200});
    }
    (void)kept.keep(unit, contentsOf(unit, std::move(far_apart)));
    REQUIRE(kept.bytes() <= KeptUnits::kMostBytes);
  }
  CHECK(unit > 100);
  CHECK(unit < 1000);
  CHECK(kept.find(10) != nullptr);
  kept.clear();
  CHECK(kept.bytes() == 0);
}

}  // namespace
}  // namespace hardlink
