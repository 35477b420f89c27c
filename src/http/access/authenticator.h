#pragma once

/// The access rules of model/web_access.h with their certificates loaded, ready to be enforced.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/access/basic_credentials.h"
#include "http/tls/tls_context.h"
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

/// The default: plain HTTP, open to every client.
struct Access {
  std::shared_ptr<const TlsContext> tls;  ///< null: plain HTTP
  std::vector<std::pair<std::string, std::string>> headers;
  std::map<std::string, std::string> users;
  std::optional<RequestRate> request_rate;
  Problems warnings;
};

/// Finds all problems of `settings` at once; they name no file. Any thread.
[[nodiscard]] Result<Access, Problems> makeAccess(WebAccess settings);

class SlowCheck;

enum class Admission : std::uint8_t {
  granted,
  refused,  ///< no password, or a wrong one
  limited,  ///< not checked: this client has sent too many wrong passwords
  busy,     ///< not checked yet: too many passwords are being checked, or this one takes long
};

/// What is done about hashes that take longer than a request.
struct SlowHashes {
  int most_quick_cost = kMostQuickBcryptCost;
  /// How long a request waits for such a hash. The check goes on after that.
  std::chrono::milliseconds patience{3000};
};

/// Checks names and passwords. One run of bcrypt takes a tenth of a second. So a right password is
/// remembered, as an HMAC under a key of this process, and only a few hashes are computed at a
/// time, so that strangers cannot use up the processors and the threads. A hash that takes longer
/// than a request is computed on a thread of its own, one at a time, beside the others: it holds up
/// nothing else, and a later request finds its result. Checking an unknown name takes as long as
/// checking a known one. Every function may be called from any thread.
class Authenticator {
 public:
  /// Grants every request until setUsers() is called.
  explicit Authenticator(SlowHashes slow_hashes = {});
  /// Leaves a slow check to itself: it ends with the process.
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  /// Names and their bcrypt hashes; without users, every request is granted. If the users have
  /// changed, all remembered passwords are forgotten. Throws, and changes nothing, if there are
  /// users but no random numbers.
  void setUsers(const std::map<std::string, std::string>& users);

  /// `header` is the Authorization header, empty if there is none; `address` is the client's
  /// numeric address. Blocks while bcrypt runs.
  [[nodiscard]] Admission admit(std::string_view header, const std::string& address);

  /// How many hashes are computed at once, and how many more requests may wait; also how many may
  /// wait for a slow one.
  static constexpr unsigned kMostRunning = 2;
  static constexpr unsigned kMostWaiting = 8;
  /// How many pairs of name and password are remembered.
  static constexpr std::size_t kMostRemembered = 256;

 private:
  using Lock = std::unique_lock<std::mutex>;

  /// One name and password being checked, for all requests that bring the pair meanwhile.
  struct Check {
    bool done = false;
    Admission admission = Admission::refused;
  };

  [[nodiscard]] std::string digestOf(const BasicCredentials& credentials) const;
  [[nodiscard]] const std::string& hashFor(const std::string& user) const;
  [[nodiscard]] Admission check(const BasicCredentials& credentials, const std::string& digest,
                                const std::string& client, Lock& lock);
  [[nodiscard]] Admission checkSlowly(const BasicCredentials& credentials,
                                      const std::string& digest, Lock& lock);
  [[nodiscard]] Admission runBcrypt(const BasicCredentials& credentials, const std::string& digest,
                                    Lock& lock);
  void remember(const std::string& digest);
  void takeSlowResult();
  void leaveSlowCheck();

  const SlowHashes slow_hashes_;
  std::mutex mutex_;  // guards what follows; not held while bcrypt runs
  std::condition_variable changed_;
  std::string key_;  // random, of this process; empty before the first user
  std::map<std::string, std::string> users_;
  std::uint64_t generation_ = 0;                          // of users_
  std::set<std::string> remembered_;                      // digests
  std::map<std::string, std::shared_ptr<Check>> checks_;  // by digest: under way, or waiting
  unsigned running_ = 0;                                  // of checks_, with bcrypt at work
  std::shared_ptr<SlowCheck> slow_check_;                 // null: none is under way
  unsigned waiting_for_slow_ = 0;                         // requests
  FailureLimiter failures_;
};

/// Whether `hash`, which checkBcryptHash() has accepted, is the hash of `password`. The time
/// depends on the hash's cost only (a tenth of a second for cost 10), and the comparison is
/// constant-time. A password with a NUL byte never matches; of a longer one only 72 bytes count.
/// Any thread.
[[nodiscard]] bool matchesBcrypt(const std::string& password, const std::string& hash);

}  // namespace hardlink
