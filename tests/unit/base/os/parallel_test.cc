#include "base/os/threads.h"

#include <atomic>
#include <new>
#include <stdexcept>

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("what a thread throws comes out where they are waited for, when all have ended") {
  std::atomic<int> ended{0};
  const auto work = [&] {
    if (ended.fetch_add(1) == 0) {
      throw std::bad_alloc();
    }
  };
  CHECK_THROWS_AS(inThreads(4, work), std::bad_alloc);
  CHECK(ended == 4);
}

TEST_CASE("each number is visited once, whoever throws at another") {
  std::atomic<int> visited{0};
  const auto visit = [&](std::size_t i) {
    ++visited;
    return i == 5 ? throw std::runtime_error("five") : true;
  };
  CHECK_THROWS_AS(forEachInThreads(1000, 3, visit), std::runtime_error);
  // Two threads are left to take the rest.
  CHECK(visited == 1000);
}

}  // namespace
}  // namespace hardlink
