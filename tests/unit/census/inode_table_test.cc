#include "census/inode_table.h"

#include <map>
#include <thread>
#include <vector>

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("a unit's table keeps every inode's names while it grows") {
  UnitTable table;
  constexpr std::uint64_t kInodes = 50'000;
  for (std::uint64_t inode = 1; inode <= kInodes; ++inode) {
    table.entryOf(inode * 4096).names += 2;
    table.entryOf(inode * 4096).names += 1;
  }
  std::uint64_t seen = 0;
  table.forEach([&](const UnitTable::Entry& entry) {
    ++seen;
    CHECK(entry.names == 3);
  });
  CHECK(seen == kInodes);
  table.clear();
  CHECK(table.entryOf(4096).names == 0);
}

TEST_CASE("inode numbers of all 64 bits are told apart") {
  InodeTable table;
  const std::vector<std::uint64_t> inodes = {1,     2,        1ULL << 32U, (1ULL << 32U) + 1,
                                             ~0ULL, ~0ULL - 1};
  std::uint32_t links = 10;
  for (const std::uint64_t inode : inodes) {
    CHECK(table.links(inode) == 0);
    CHECK(table.insert(inode, links, true) == links);
    ++links;
  }
  links = 10;
  for (const std::uint64_t inode : inodes) {
    CHECK(table.links(inode) == links);
    ++links;
  }
}

TEST_CASE("what came first about an inode stays") {
  InodeTable table;
  CHECK(table.insert(7, 3, true) == 3);
  CHECK(table.insert(7, 4, false) == 3);
  CHECK(table.links(7) == 3);
  CHECK(table.merge(7, 2, 5, true));
}

TEST_CASE("merging units keeps the sums and the first and last unit") {
  InodeTable table;
  table.insert(7, 9, false);
  CHECK_FALSE(table.merge(7, 2, 5, true));
  table.merge(7, 1, 3, false);
  table.merge(7, 4, 8, true);
  table.forEach([](const InodeTable::Entry& entry) {
    CHECK(entry.inode == 7);
    CHECK(entry.names == 7);
    CHECK(entry.layers == 2);
    CHECK(entry.first_unit == 3);
    CHECK(entry.last_unit == 8);
    CHECK_FALSE(entry.regular_file);
  });
}

TEST_CASE("threads that insert, ask and merge at once lose nothing") {
  InodeTable table;
  constexpr std::uint64_t kInodes = 20'000;
  constexpr unsigned kThreads = 4;
  {
    std::vector<std::jthread> threads;
    for (unsigned unit = 1; unit <= kThreads; ++unit) {
      threads.emplace_back([&table, unit] {
        for (std::uint64_t inode = 1; inode <= kInodes; ++inode) {
          if (table.links(inode) == 0) {
            table.insert(inode, static_cast<std::uint32_t>(inode), true);
          }
          table.merge(inode, unit, unit, true);
        }
      });
    }
  }
  std::uint64_t seen = 0;
  std::uint64_t wrong = 0;
  table.forEach([&](const InodeTable::Entry& entry) {
    ++seen;
    const bool right = entry.links == entry.inode && entry.names == 1 + 2 + 3 + 4 &&
                       entry.layers == kThreads && entry.first_unit == 1 && entry.last_unit == 4;
    wrong += right ? 0 : 1;
  });
  CHECK(seen == kInodes);
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace hardlink
