#include "http/access/authenticator.h"

#include <crypt.h>

#include <array>
#include <chrono>
#include <cstring>
#include <iterator>
#include <new>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/log.h"
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
                settings.request_rate};
  if (settings.tls) {
    ASSIGN_OR_RETURN(access.tls, TlsContext::make(*settings.tls));
  }
  return access;
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
/// time of a check does not tell whether the name exists, even if costs differ. With mutex_ held.
const std::string& Authenticator::hashFor(const std::string& user) const {
  const auto found = users_.find(user);
  if (found != users_.end()) {
    return found->second;
  }
  const auto first = static_cast<unsigned char>(digestOf({user, ""}).front());
  return std::next(users_.begin(), static_cast<std::ptrdiff_t>(first % users_.size()))->second;
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
    if (remembered_.size() >= kMostRemembered) {
      remembered_.erase(remembered_.begin());
    }
    remembered_.insert(digest);
  }
  return admission;
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
