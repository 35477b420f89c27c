#include "census/count/inode_table.h"

#include <array>
#include <thread>
#include <vector>

#include "support/catch.h"

namespace hardlink {
namespace {

using Index = InodeTable::Index;

TEST_CASE("inode numbers are compared in all 64 bits and get indices in the order of insertion") {
  InodeTable table;
  const std::vector<std::uint64_t> inodes = {0,     1,        2, 1ULL << 32U, (1ULL << 32U) + 1,
                                             ~0ULL, ~0ULL - 1};
  for (std::size_t i = 0; i < inodes.size(); ++i) {
    CHECK(table.find(inodes[i], InodeTable::kNone) == InodeTable::kNone);
    CHECK(table.insert({inodes[i], 10 + i,
                        i % 2 == 0 ? InodeTable::Kind::regular : InodeTable::Kind::symlink}) == i);
  }
  for (std::size_t i = 0; i < inodes.size(); ++i) {
    const Index index = table.find(inodes[i], InodeTable::kNone);
    REQUIRE(index == i);
    CHECK(table.record(index).inode == inodes[i]);
    CHECK(table.record(index).links == 10 + i);
    CHECK(table.record(index).isRegular() == (i % 2 == 0));
  }
}

TEST_CASE("a guess, whether right, wrong or beyond the end, changes only the speed") {
  InodeTable table;
  for (std::uint64_t inode = 100; inode < 200; ++inode) {
    (void)table.insert({inode, 1, InodeTable::Kind::regular});
  }
  for (const Index guess : {0U, 50U, 51U, 99U, 100U, 1000U, InodeTable::kNone}) {
    CHECK(table.find(150, guess) == 50);
    CHECK(table.find(7, guess) == InodeTable::kNone);
  }
}

TEST_CASE("indices stay when the table grows over many times its first size") {
  InodeTable table;
  constexpr std::uint64_t kInodes = 300'000;
  for (std::uint64_t i = 0; i < kInodes; ++i) {
    (void)table.insert({i * 4096 + 7, 1, InodeTable::Kind::regular});
  }
  CHECK(table.size() == kInodes);
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kInodes; ++i) {
    wrong += table.find(i * 4096 + 7, InodeTable::kNone) == i ? 0U : 1U;
  }
  CHECK(wrong == 0);
}

TEST_CASE("the first attributes of an inode stay") {
  InodeTable table;
  const Index first = table.insert({7, 3, InodeTable::Kind::regular});
  CHECK(table.insert({7, 4, InodeTable::Kind::symlink}) == first);
  CHECK(table.record(first).links == 3);
  CHECK(table.record(first).isRegular());
  CHECK(table.size() == 1);
}

TEST_CASE("allocated bytes are kept whole, also those of the largest files") {
  InodeTable table;
  constexpr std::uint64_t kSector = 512;
  constexpr std::uint64_t kLimit = ~std::uint32_t{0} * kSector;  // almost 2 TiB
  const std::vector<std::uint64_t> bytes = {
      0, kSector, 4096, kLimit - kSector, kLimit, kLimit + kSector, std::uint64_t{1} << 60U};
  for (std::size_t i = 0; i < 10'000; ++i) {
    const Index index = table.insert({.inode = i, .links = 1, .allocated_bytes = bytes[i % 7]});
    REQUIRE(table.allocatedBytes(index) == bytes[i % 7]);
  }
  CHECK(table.allocatedBytes(6) == bytes[6]);
  CHECK(table.allocatedBytes(9'999) == bytes[9'999 % 7]);
}

TEST_CASE("links beyond the most that are kept count as the most") {
  InodeTable table;
  const Index index = table.insert({.inode = 1, .links = std::uint64_t{1} << 31U});
  CHECK(table.record(index).links == InodeTable::kMostLinks);
  CHECK(table.record(index).isRegular());
}

TEST_CASE("threads that insert, find and update at once lose nothing") {
  InodeTable table;
  constexpr std::uint64_t kInodes = 40'000;
  constexpr unsigned kThreads = 4;
  std::atomic<std::uint64_t> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (unsigned thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&table, &wrong, thread] {
        Index guess = 0;
        for (std::uint64_t i = 0; i < kInodes; ++i) {
          // Two threads go up, two go down.
          const std::uint64_t inode = thread % 2 == 0 ? i + 1 : kInodes - i;
          Index index = table.find(inode, guess);
          if (index == InodeTable::kNone) {
            index = table.insert({inode, inode, InodeTable::Kind::regular});
          }
          wrong += table.record(index).links == inode ? 0U : 1U;
          guess = index + 1;
          table.update(std::array{index}, [](Index, InodeTable::Record& r) { ++r.names; });
        }
      });
    }
  }
  CHECK(wrong == 0);
  CHECK(table.size() == kInodes);
  for (Index i = 0; i < table.size(); ++i) {
    wrong += table.record(i).names == kThreads ? 0U : 1U;
  }
  CHECK(wrong == 0);
}

void insertUpTo(std::uint64_t last, InodeTable& table) {
  for (std::uint64_t inode = 1; inode <= last; ++inode) {
    (void)table.insert({inode, 1, InodeTable::Kind::regular});
  }
}

TEST_CASE("an unknown inode is not taken for one that is being inserted where it would belong") {
  // The inverse of the hash's factor: inodes this far apart begin their search at the same slot.
  constexpr std::uint64_t kSameSlot = 0xF1DE83E19937733D;
  constexpr std::uint64_t kInodes = 500'000;
  InodeTable table;
  std::uint64_t wrong = 0;
  const std::jthread inserter([&table] { insertUpTo(kInodes, table); });
  for (std::uint64_t inode = 1; inode <= kInodes; inode = table.size() + 1) {
    wrong += table.find(inode + kSameSlot, InodeTable::kNone) == InodeTable::kNone ? 0U : 1U;
  }
  CHECK(wrong == 0);
}

TEST_CASE("an index that is found is below the size, also while its inode is being inserted") {
  constexpr std::uint64_t kInodes = 2'000'000;
  InodeTable table;
  std::uint64_t wrong = 0;
  const std::jthread inserter([&table] { insertUpTo(kInodes, table); });
  for (std::uint64_t inode = 1; inode <= kInodes;) {
    if (const Index index = table.find(inode, InodeTable::kNone); index != InodeTable::kNone) {
      wrong += index < table.size() ? 0U : 1U;
      ++inode;
    }
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace hardlink
