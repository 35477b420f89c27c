#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "http/access/basic_credentials.h"
#include "http/access/failure_limiter.h"

namespace hardlink {

enum class Admission : std::uint8_t {
  granted,
  refused,  ///< no password, or a wrong one
  limited,  ///< too many wrong ones from this client; this one was not looked at
  busy,     ///< too many passwords are being checked at this moment
};

/// Checks names and passwords. A bcrypt hash takes a tenth of a second, so what was right once is
/// remembered, by a digest that is of no use to anybody else; and only a few are computed at a
/// time, so that strangers can take neither the processors nor the threads of those who may enter.
/// A name that nobody has costs as much as one that somebody has. Every function may be called from
/// any thread.
class Authenticator {
 public:
  /// Nobody needs a password until setUsers().
  Authenticator() = default;
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  /// Names and their bcrypt hashes; without any, everybody is granted. Forgets whom it remembers
  /// where they differ from those before. Throws, and changes nothing, where there are users and no
  /// random numbers to be had.
  void setUsers(const std::map<std::string, std::string>& users);

  /// `header` is the request's Authorization, empty without one; `address` the client's, numeric.
  /// Blocks while bcrypt runs.
  [[nodiscard]] Admission admit(std::string_view header, const std::string& address);

  /// The most hashes computed at once, and the most others that wait for that.
  static constexpr unsigned kMostRunning = 2;
  static constexpr unsigned kMostWaiting = 8;
  /// The most name and password pairs remembered.
  static constexpr std::size_t kMostRemembered = 256;

 private:
  using Lock = std::unique_lock<std::mutex>;

  /// One name and password being checked, for all requests that bring it meanwhile.
  struct Check {
    bool done = false;
    Admission admission = Admission::refused;
  };

  [[nodiscard]] std::string digestOf(const BasicCredentials& credentials) const;
  [[nodiscard]] const std::string& hashFor(const std::string& user) const;
  [[nodiscard]] Admission check(const BasicCredentials& credentials, const std::string& digest,
                                const std::string& client, Lock& lock);
  [[nodiscard]] Admission runBcrypt(const BasicCredentials& credentials, const std::string& digest,
                                    Lock& lock);

  std::mutex mutex_;  // guards what follows; not held while bcrypt runs
  std::condition_variable changed_;
  std::string key_;  // random, of this process; empty before the first user
  std::map<std::string, std::string> users_;
  std::uint64_t generation_ = 0;                          // of users_
  std::set<std::string> remembered_;                      // digests
  std::map<std::string, std::shared_ptr<Check>> checks_;  // by digest: under way, or waiting
  unsigned running_ = 0;                                  // of checks_, with bcrypt at work
  FailureLimiter failures_;
};

}  // namespace hardlink
