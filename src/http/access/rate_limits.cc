#include "http/access/authenticator.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace hardlink {

bool FailureLimiter::allows(const std::string& client, Time now) {
  const auto found = clients_.find(client);
  return found == clients_.end() || found->second.tries.available(now);
}

bool FailureLimiter::failed(const std::string& client, Time now) {
  if (clients_.size() >= kMostClients && clients_.find(client) == clients_.end()) {
    makeRoom(now);
  }
  const TokenBucket full({.interval = kInterval, .burst = kTries}, now);
  Client& entry = clients_.try_emplace(client, Client{full, now}).first->second;
  entry.last_failure = now;
  entry.exhausted = entry.exhausted && !entry.tries.full(now);
  entry.tries.take(now);
  if (entry.exhausted || entry.tries.available(now)) {
    return false;
  }
  entry.exhausted = true;
  return true;
}

void FailureLimiter::makeRoom(Time now) {
  std::erase_if(clients_, [now](auto& entry) { return entry.second.tries.full(now); });
  if (clients_.size() < kMostClients) {
    return;
  }
  clients_.erase(std::min_element(
      clients_.begin(), clients_.end(),
      [](const auto& a, const auto& b) { return a.second.last_failure < b.second.last_failure; }));
}

std::string FailureLimiter::clientOf(const std::string& address) {
  constexpr std::size_t kPrefixBytes = 8;
  in6_addr bytes{};
  if (inet_pton(AF_INET6, address.c_str(), &bytes) != 1) {
    return address;
  }
  if (IN6_IS_ADDR_V4MAPPED(&bytes)) {
    char text[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &bytes.s6_addr[12], text, sizeof text);
    return text;
  }
  std::memset(bytes.s6_addr + kPrefixBytes, 0, sizeof bytes.s6_addr - kPrefixBytes);
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(AF_INET6, &bytes, text, sizeof text);
  return text + std::string("/64");
}

}  // namespace hardlink
