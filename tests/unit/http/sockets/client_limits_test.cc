#include "http/sockets/client_limits.h"

#include <future>

#include "support/catch.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

TEST_CASE("there are as many request slots as requested") {
  RequestSlots slots(2, 1, 0ms);
  CHECK(slots.acquire());
  CHECK(slots.acquire());
  CHECK_FALSE(slots.acquire());
  slots.release();
  CHECK(slots.acquire());
  CHECK_FALSE(slots.acquire());
}

TEST_CASE("a request waits for a slot that is released in time") {
  RequestSlots slots(1, 1, 60s);
  REQUIRE(slots.acquire());
  std::future<bool> next = std::async(std::launch::async, [&] { return slots.acquire(); });
  slots.release();
  CHECK(next.get());
}

TEST_CASE("a request beyond most_waiting does not wait for a slot") {
  RequestSlots slots(1, 0, 60s);
  REQUIRE(slots.acquire());
  CHECK_FALSE(slots.acquire());  // at once, or this test would never end in time
}

}  // namespace
}  // namespace hardlink
