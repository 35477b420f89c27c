#include "http/access/authenticator.h"

#include <crypt.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstring>
#include <new>
#include <stdexcept>
#include <system_error>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/log.h"
#include "base/os/threads.h"
#include "http/tls/tls_context.h"

namespace hardlink {
namespace {

constexpr std::size_t kKeyBytes = 32;
/// Of a password bcrypt takes 72 bytes. crypt_r() fails at once for a longer one, so that the time
/// would tell its length.
constexpr std::size_t kPasswordBytes = 72;

struct Wipe {
  void operator()(crypt_data* data) const {
    OPENSSL_cleanse(data, sizeof *data);
    delete data;
  }
};

std::string randomKey() {
  std::string key(kKeyBytes, '\0');
  if (!findRandomNumbers() ||
      RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), kKeyBytes) != 1) {
    throw std::runtime_error("no random numbers: neither getrandom(2) nor /dev/urandom gives any");
  }
  return key;
}

FailureLimiter::Time now() { return std::chrono::steady_clock::now(); }

}  // namespace

Result<Access, Problems> makeAccess(WebAccess settings) {
  Access access{nullptr, std::move(settings.headers), std::move(settings.users),
                settings.request_rate, std::move(settings.warnings)};
  if (settings.tls) {
    ASSIGN_OR_RETURN(access.tls, TlsContext::make(*settings.tls));
  }
  return access;
}

/// One password that is checked on a thread of its own.
class SlowCheck {
 public:
  /// Throws std::system_error if no thread can be made.
  SlowCheck(std::string digest, std::string password, std::string hash, bool known)
      : digest_(std::move(digest)),
        thread_([right = right_, password = std::move(password), hash = std::move(hash),
                 known](const std::stop_token& /*stop*/) mutable {
          constexpr int kLowest = 19;
          (void)setpriority(PRIO_PROCESS, 0, kLowest);  // of this thread
          *right = matchesBcrypt(password, hash) && known;
          OPENSSL_cleanse(password.data(), password.size());
        }) {}

  [[nodiscard]] const std::string& digest() const { return digest_; }
  /// Whether the check has ended, at the latest after `patience`. Any thread.
  [[nodiscard]] bool waitFor(std::chrono::milliseconds patience) {
    return thread_.waitFor(patience);
  }
  /// Once the check has ended.
  [[nodiscard]] bool right() const { return *right_; }
  /// The destructor does not wait then.
  void leave() { thread_.leave(); }

 private:
  const std::string digest_;
  const std::shared_ptr<bool> right_ = std::make_shared<bool>(false);
  LeavableThread thread_;
};

Authenticator::Authenticator(SlowHashes slow_hashes) : slow_hashes_(slow_hashes) {}

Authenticator::~Authenticator() { leaveSlowCheck(); }

/// The users have changed, or are gone: its result is of no use. With mutex_ held.
void Authenticator::leaveSlowCheck() {
  if (slow_check_ && !slow_check_->waitFor({})) {
    slow_check_->leave();
  }
  slow_check_.reset();
}

void Authenticator::setUsers(const std::map<std::string, std::string>& users) {
  const std::lock_guard lock(mutex_);
  if (!users.empty() && key_.empty()) {
    key_ = randomKey();
  }
  if (users != users_) {
    users_ = users;
    ++generation_;
    remembered_.clear();
    leaveSlowCheck();
  }
}

std::string Authenticator::digestOf(const BasicCredentials& credentials) const {
  // A name has no colon, so different pairs give different texts.
  const std::string text = credentials.user + ":" + credentials.password;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

/// The hash of `user`. An unknown name gets the hash of a user, always the same one, so that the
/// time of a check does not tell whether the name exists, even if costs differ. It is a slow hash
/// only if there is no other: strangers should get a 401. With mutex_ held.
const std::string& Authenticator::hashFor(const std::string& user) const {
  const auto found = users_.find(user);
  if (found != users_.end()) {
    return found->second;
  }
  std::vector<const std::string*> quick;
  std::vector<const std::string*> all;
  for (const auto& [name, hash] : users_) {
    all.push_back(&hash);
    if (bcryptCost(hash) <= slow_hashes_.most_quick_cost) {
      quick.push_back(&hash);
    }
  }
  const auto& candidates = quick.empty() ? all : quick;
  const auto first = static_cast<unsigned char>(digestOf({user, ""}).front());
  return *candidates[first % candidates.size()];
}

Admission Authenticator::admit(std::string_view header, const std::string& address) {
  Lock lock(mutex_);
  if (users_.empty()) {
    return Admission::granted;
  }
  const std::optional<BasicCredentials> credentials = parseBasicCredentials(header);
  if (!credentials) {
    return Admission::refused;
  }
  const std::string digest = digestOf(*credentials);
  takeSlowResult();
  // Wrong passwords from the same address must not lock out a client whose password is right.
  if (remembered_.count(digest) != 0) {
    return Admission::granted;
  }
  const std::string client = FailureLimiter::clientOf(address);
  if (!failures_.allows(client, now())) {
    return Admission::limited;
  }
  const Admission admission = check(*credentials, digest, client, lock);
  if (admission == Admission::refused && failures_.failed(client, now())) {
    log::warn("too many wrong passwords; refusing more from this client for a while",
              {{"client", client}});
  }
  return admission;
}

Admission Authenticator::check(const BasicCredentials& credentials, const std::string& digest,
                               const std::string& client, Lock& lock) {
  if (const auto found = checks_.find(digest); found != checks_.end()) {
    // Scrapes that start at the same time share one run of bcrypt.
    const std::shared_ptr<const Check> other = found->second;
    changed_.wait(lock, [&] { return other->done; });
    return other->admission;
  }
  if (bcryptCost(hashFor(credentials.user)) > slow_hashes_.most_quick_cost) {
    return checkSlowly(credentials, digest, lock);
  }
  if (checks_.size() >= kMostRunning + kMostWaiting) {
    return Admission::busy;
  }
  const auto own = std::make_shared<Check>();
  checks_.emplace(digest, own);
  changed_.wait(lock, [&] { return running_ < kMostRunning; });
  // Other tries of this client may have failed while this one waited.
  own->admission =
      failures_.allows(client, now()) ? runBcrypt(credentials, digest, lock) : Admission::limited;
  own->done = true;
  checks_.erase(digest);
  changed_.notify_all();
  return own->admission;
}

/// Releases the lock while bcrypt runs. Does not throw after that.
Admission Authenticator::runBcrypt(const BasicCredentials& credentials, const std::string& digest,
                                   Lock& lock) {
  const bool known = users_.count(credentials.user) != 0;
  const std::string hash = hashFor(credentials.user);
  const std::uint64_t generation = generation_;
  ++running_;
  lock.unlock();
  Admission admission = Admission::busy;
  try {
    const bool right = matchesBcrypt(credentials.password, hash) && known;
    admission = right ? Admission::granted : Admission::refused;
    log::debug("password checked", {{"right", right ? "true" : "false"}});
  } catch (const std::bad_alloc&) {
    log::error("no memory to check a password");
  }
  lock.lock();
  --running_;
  // If the users have changed meanwhile, the result is good for this request only.
  if (admission == Admission::granted && generation == generation_) {
    remember(digest);
  }
  return admission;
}

/// With mutex_ held.
void Authenticator::remember(const std::string& digest) {
  if (remembered_.size() >= kMostRemembered) {
    remembered_.erase(remembered_.begin());
  }
  remembered_.insert(digest);
}

/// Starts the check, or joins the one of the same name and password, and waits for a while. A wrong
/// password that nobody waited for is not counted as one: such a check is limit enough.
Admission Authenticator::checkSlowly(const BasicCredentials& credentials, const std::string& digest,
                                     Lock& lock) {
  if (!slow_check_) {
    try {
      slow_check_ =
          std::make_shared<SlowCheck>(digest, credentials.password, hashFor(credentials.user),
                                      users_.count(credentials.user) != 0);
    } catch (const std::system_error&) {
      log::error("no thread to check a password");
      return Admission::busy;
    }
  }
  if (slow_check_->digest() != digest || waiting_for_slow_ >= kMostWaiting) {
    return Admission::busy;
  }
  const std::shared_ptr<SlowCheck> check = slow_check_;
  ++waiting_for_slow_;
  lock.unlock();
  const bool ended = check->waitFor(slow_hashes_.patience);
  lock.lock();
  --waiting_for_slow_;
  if (!ended) {
    return Admission::busy;
  }
  takeSlowResult();
  return check->right() ? Admission::granted : Admission::refused;
}

/// Makes room for the next slow check if one has ended. With mutex_ held.
void Authenticator::takeSlowResult() {
  if (!slow_check_ || !slow_check_->waitFor({})) {
    return;
  }
  if (slow_check_->right()) {
    remember(slow_check_->digest());
  }
  slow_check_.reset();
}

bool matchesBcrypt(const std::string& password, const std::string& hash) {
  const std::unique_ptr<crypt_data, Wipe> data(new crypt_data());
  std::string counted = password.substr(0, kPasswordBytes);
  const char* const made = crypt_r(counted.c_str(), hash.c_str(), data.get());
  OPENSSL_cleanse(counted.data(), counted.size());
  return made != nullptr && std::strlen(made) == hash.size() &&
         CRYPTO_memcmp(made, hash.data(), hash.size()) == 0 &&
         password.find('\0') == std::string::npos;
}

}  // namespace hardlink
