#include "http/access/authenticator.h"

#include <thread>
#include <vector>

#include "support/catch.h"

namespace hardlink {
namespace {

constexpr const char* kHashOfSecret =
    "$2y$04$LLOSChUt7uJYhVzCWKvp3.4DldZL.Q6kZjj0tPfIZ8LR6e.S7CpYe";
constexpr const char* kHashOfOther = "$2y$04$LMJwRXKZ5J1WMtT4mUqo9ObjZITteDa/iVMsafDJ60T/zjPjA4vSa";
// Of 72 times x.
constexpr const char* kHashOfLong = "$2y$04$9QqgUdaVHpp5yqnvjgg7Iukm69CaQEQVEC6/rAT4am5CybSjl6H6u";

constexpr const char* kAliceSecret = "Basic YWxpY2U6c2VjcmV0";
constexpr const char* kAliceOther = "Basic YWxpY2U6b3RoZXI=";
constexpr const char* kBobSecret = "Basic Ym9iOnNlY3JldA==";
constexpr const char* kClient = "192.0.2.1";

TEST_CASE("without users every request is granted, with users none without a password") {
  Authenticator authenticator;
  CHECK(authenticator.admit("", kClient) == Admission::granted);
  authenticator.setUsers({{"alice", kHashOfSecret}});
  CHECK(authenticator.admit("", kClient) == Admission::refused);
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::granted);
  CHECK(authenticator.admit(kAliceOther, kClient) == Admission::refused);
  CHECK(authenticator.admit(kBobSecret, kClient) == Admission::refused);
}

TEST_CASE("a password that was right is refused after the users have changed") {
  Authenticator authenticator;
  authenticator.setUsers({{"alice", kHashOfSecret}});
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::granted);
  authenticator.setUsers({{"alice", kHashOfOther}});
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::refused);
  CHECK(authenticator.admit(kAliceOther, kClient) == Admission::granted);
}

TEST_CASE("ten wrong passwords limit a client, but no other client and no known password") {
  Authenticator authenticator;
  authenticator.setUsers({{"alice", kHashOfSecret}});
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::granted);
  for (int i = 0; i < 10; ++i) {
    CHECK(authenticator.admit(kAliceOther, kClient) == Admission::refused);
  }
  CHECK(authenticator.admit(kAliceOther, kClient) == Admission::limited);
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::granted);
  CHECK(authenticator.admit(kAliceOther, "192.0.2.2") == Admission::refused);
}

TEST_CASE("requests without a password are not counted as wrong ones") {
  Authenticator authenticator;
  authenticator.setUsers({{"alice", kHashOfSecret}});
  for (int i = 0; i < 20; ++i) {
    CHECK(authenticator.admit("", kClient) == Admission::refused);
  }
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::granted);
}

TEST_CASE("many threads with the same right password are all granted") {
  Authenticator authenticator;
  authenticator.setUsers({{"alice", kHashOfSecret}});
  std::vector<Admission> admissions(64, Admission::refused);
  std::vector<std::thread> threads;
  threads.reserve(admissions.size());
  for (Admission& admission : admissions) {
    threads.emplace_back([&] { admission = authenticator.admit(kAliceSecret, kClient); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(admissions == std::vector<Admission>(64, Admission::granted));
}

constexpr SlowHashes kAllSlow{.most_quick_cost = 3, .patience = std::chrono::seconds(60)};

/// A hash of the highest cost, which takes days.
std::string endless() { return std::string(kHashOfOther).replace(4, 2, "31"); }

TEST_CASE("a password with a slow hash is checked, remembered, and forgotten like any other") {
  Authenticator authenticator(kAllSlow);
  authenticator.setUsers({{"alice", kHashOfSecret}});
  CHECK(authenticator.admit(kAliceOther, kClient) == Admission::refused);
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::granted);
  CHECK(authenticator.admit(kBobSecret, kClient) == Admission::refused);
  authenticator.setUsers({{"alice", kHashOfOther}});
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::refused);
}

TEST_CASE("a later request finds the result of a check that nobody waited for") {
  Authenticator authenticator({.most_quick_cost = 3, .patience = {}});
  authenticator.setUsers({{"alice", kHashOfSecret}});
  while (authenticator.admit(kAliceSecret, kClient) != Admission::granted) {
    std::this_thread::yield();
  }
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::granted);
}

TEST_CASE("a hash that takes days holds up no other user, and the end does not wait for it") {
  Authenticator authenticator({.patience = {}});
  authenticator.setUsers({{"alice", endless()}, {"bob", kHashOfSecret}});
  CHECK(authenticator.admit(kAliceOther, kClient) == Admission::busy);
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::busy);
  CHECK(authenticator.admit(kBobSecret, kClient) == Admission::granted);
  // New users leave it to itself: their own slow check can start.
  authenticator.setUsers({{"alice", endless()}, {"bob", kHashOfOther}});
  CHECK(authenticator.admit(kAliceOther, kClient) == Admission::busy);
}

TEST_CASE("strangers are checked with a quick hash if any user has one") {
  Authenticator authenticator({.patience = {}});
  authenticator.setUsers({{"a", endless()}, {"b", endless()}, {"c", kHashOfSecret}});
  CHECK(authenticator.admit(kAliceSecret, kClient) == Admission::refused);
}

TEST_CASE("bcrypt accepts the password and nothing similar") {
  CHECK(matchesBcrypt("secret", kHashOfSecret));
  CHECK_FALSE(matchesBcrypt("Secret", kHashOfSecret));
  CHECK_FALSE(matchesBcrypt("", kHashOfSecret));
  CHECK_FALSE(matchesBcrypt(std::string("secret\0", 7), kHashOfSecret));
  CHECK_FALSE(matchesBcrypt("secret", kHashOfOther));
}

TEST_CASE("only the first 72 bytes of a password count") {
  CHECK(matchesBcrypt(std::string(72, 'x'), kHashOfLong));
  CHECK(matchesBcrypt(std::string(5000, 'x'), kHashOfLong));
  CHECK_FALSE(matchesBcrypt(std::string(71, 'x'), kHashOfLong));
}

}  // namespace
}  // namespace hardlink
