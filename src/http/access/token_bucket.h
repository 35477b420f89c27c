#pragma once

#include <algorithm>
#include <chrono>

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

  /// Takes a token, if there is one; whether there was.
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

}  // namespace hardlink
