#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "model/web_access.h"

namespace hardlink {

/// Tokens that are taken one by one and come back at a fixed rate. Not thread-safe.
class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Full at `now`.
  TokenBucket(RequestRate rate, Time now) : rate_(rate), tokens_(rate.burst), filled_(now) {}

  /// Whether there is a token at `now`, which never goes back.
  [[nodiscard]] bool available(Time now) const { return tokensAt(now) >= 1; }
  [[nodiscard]] bool full(Time now) const { return tokensAt(now) >= rate_.burst; }

  /// Takes a token; false if there is none.
  bool take(Time now) {
    const double tokens = tokensAt(now);
    if (tokens < 1) {
      return false;
    }
    tokens_ = tokens - 1;
    filled_ = now;
    return true;
  }

 private:
  [[nodiscard]] double tokensAt(Time now) const {
    const std::chrono::duration<double> passed = now - filled_;
    const std::chrono::duration<double> interval = rate_.interval;
    return std::min<double>(rate_.burst, tokens_ + passed / interval);
  }

  RequestRate rate_;
  double tokens_;
  Time filled_;
};

/// How many wrong passwords a client may still try: ten at once, then one every six seconds. Keeps
/// a bounded number of clients, and then forgets the one that failed longest ago. Not thread-safe.
class FailureLimiter {
 public:
  using Time = TokenBucket::Time;

  /// Whether `client` (see clientOf()) may try at `now`.
  [[nodiscard]] bool allows(const std::string& client, Time now);
  /// Notes a wrong password of `client`. True if this used up its tries, and only once until it has
  /// all of them back.
  bool failed(const std::string& client, Time now);

  /// The client behind the numeric `address`: the IPv4 address, also where it is mapped to IPv6, or
  /// the /64 of an IPv6 address, because one host has as many addresses there as it likes.
  [[nodiscard]] static std::string clientOf(const std::string& address);

  [[nodiscard]] std::size_t size() const { return clients_.size(); }

  static constexpr unsigned kTries = 10;
  static constexpr std::chrono::seconds kInterval{6};
  static constexpr std::size_t kMostClients = 1024;

 private:
  struct Client {
    TokenBucket tries;
    Time last_failure;
    bool exhausted = false;  // and not full since
  };
  void makeRoom(Time now);

  std::map<std::string, Client> clients_;
};

}  // namespace hardlink
