#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "http/access/token_bucket.h"

namespace hardlink {

/// How many wrong passwords a client may still try: ten at once, then one every six seconds. Keeps
/// a bounded number of clients; beyond, whoever failed longest ago is forgotten. Not thread-safe.
class FailureLimiter {
 public:
  using Time = TokenBucket::Time;

  /// Whether `client` (see clientOf()) may try at `now`.
  [[nodiscard]] bool allows(const std::string& client, Time now);
  /// `client` was wrong. Whether that was its last try, for the first time since it had all.
  bool failed(const std::string& client, Time now);

  /// Who is meant by the numeric `address`: an IPv4 address, however it is written, or the /64 of
  /// an IPv6 address, of which one host has any number.
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
