#include "http/access/authenticator.h"

#include "support/catch.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

constexpr FailureLimiter::Time kStart{1h};

/// A limiter whose `client` has used up its tries at kStart.
FailureLimiter limited(const std::string& client) {
  FailureLimiter limiter;
  for (unsigned i = 0; i < FailureLimiter::kTries; ++i) {
    limiter.failed(client, kStart);
  }
  return limiter;
}

TEST_CASE("the tenth wrong password in a row is reported as the last") {
  FailureLimiter limiter;
  for (unsigned i = 1; i < FailureLimiter::kTries; ++i) {
    CHECK_FALSE(limiter.failed("a", kStart));
    CHECK(limiter.allows("a", kStart));
  }
  CHECK(limiter.failed("a", kStart));
  CHECK_FALSE(limiter.allows("a", kStart));
  CHECK(limiter.allows("b", kStart));
}

TEST_CASE("a client that goes on guessing is reported once") {
  FailureLimiter limiter = limited("a");
  for (int i = 1; i <= 5; ++i) {
    CHECK_FALSE(limiter.failed("a", kStart + i * FailureLimiter::kInterval));
  }
  const auto later = kStart + 1h;
  for (unsigned i = 1; i < FailureLimiter::kTries; ++i) {
    CHECK_FALSE(limiter.failed("a", later));
  }
  CHECK(limiter.failed("a", later));
}

TEST_CASE("a try comes back every six seconds") {
  FailureLimiter limiter = limited("a");
  CHECK_FALSE(limiter.allows("a", kStart + 5900ms));
  CHECK(limiter.allows("a", kStart + 6s));
  limiter.failed("a", kStart + 6s);
  CHECK_FALSE(limiter.allows("a", kStart + 6s));
  CHECK(limiter.allows("a", kStart + 12s));
}

TEST_CASE("beyond a limit clients are forgotten, first those that have all their tries") {
  FailureLimiter limiter = limited("a");
  for (std::size_t i = 0; i < 3 * FailureLimiter::kMostClients; ++i) {
    limiter.failed("old" + std::to_string(i), kStart - 1h);
  }
  CHECK(limiter.size() == FailureLimiter::kMostClients);
  CHECK_FALSE(limiter.allows("a", kStart));
}

TEST_CASE(
    "an IPv4 address is the same client in both families, an IPv6 one stands for its network") {
  CHECK(FailureLimiter::clientOf("192.0.2.1") == "192.0.2.1");
  CHECK(FailureLimiter::clientOf("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(FailureLimiter::clientOf("2001:db8:0:1::5") == "2001:db8:0:1::/64");
  CHECK(FailureLimiter::clientOf("2001:db8:0:1:ffff::9") == "2001:db8:0:1::/64");
  CHECK(FailureLimiter::clientOf("2001:db8:0:2::5") == "2001:db8:0:2::/64");
}

TEST_CASE("a bucket is full at first and never holds more than its burst") {
  TokenBucket bucket({.interval = 1s, .burst = 2}, kStart);
  CHECK(bucket.take(kStart + 1h));
  CHECK(bucket.take(kStart + 1h));
  CHECK_FALSE(bucket.take(kStart + 1h));
  CHECK_FALSE(bucket.take(kStart + 1h + 900ms));
  CHECK(bucket.take(kStart + 1h + 1s));
}

}  // namespace
}  // namespace hardlink
