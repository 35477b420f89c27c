#include "config/web/web_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "model/web_access.h"

namespace hardlink {
namespace {

constexpr std::string_view kBcryptDigits =
    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
// "$2y$10$", 22 digits of salt, 31 of the hash.
constexpr std::size_t kBcryptPrefix = 7;
constexpr std::size_t kBcryptSalt = 22;
constexpr std::size_t kBcryptLength = 60;
constexpr int kMinBcryptCost = 4;
constexpr int kMaxBcryptCost = 31;

// The cipher suites that Go enables by default. Those of TLS 1.3 can be chosen here too.
constexpr std::array<std::string_view, 13> kCipherSuites = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
};

struct Curve {
  std::string_view go;
  std::string_view openssl;
};

constexpr std::array<Curve, 4> kCurves = {
    {{"X25519", "X25519"}, {"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}}};

/// Whether the digit at `index` has any of its last `unused` bits set. They are always zero: a hash
/// with other bits was mistyped, and no password has it.
bool hasUnusedBits(std::string_view hash, std::size_t index, unsigned unused) {
  return kBcryptDigits.find(hash[index]) % (1U << unused) != 0;
}

}  // namespace

Result<void> checkBcryptHash(std::string_view hash) {
  const bool known =
      hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
  if (!known || hash.size() != kBcryptLength || hash[kBcryptPrefix - 1] != '$' ||
      bcryptCost(hash) < 0 ||
      hash.find_first_not_of(kBcryptDigits, kBcryptPrefix) != std::string_view::npos) {
    return Error{0,
                 "expected a bcrypt hash of 60 characters that begins with $2a$, $2b$ or $2y$, as "
                 "\"htpasswd -nBC 10\" prints it"};
  }
  if (bcryptCost(hash) < kMinBcryptCost || bcryptCost(hash) > kMaxBcryptCost) {
    return Error{0, fmt::format("expected a bcrypt hash with a cost from {} to {}, got {}",
                                kMinBcryptCost, kMaxBcryptCost, bcryptCost(hash))};
  }
  if (hasUnusedBits(hash, kBcryptPrefix + kBcryptSalt - 1, 4) ||
      hasUnusedBits(hash, kBcryptLength - 1, 2)) {
    return Error{0, "invalid bcrypt hash: mistyped or truncated"};
  }
  return {};
}

Result<void> checkUserName(std::string_view name) {
  if (name.empty() || name.find(':') != std::string_view::npos || printable(name) != name) {
    return Error{
        0,
        fmt::format("expected a user name of printable UTF-8 without a colon, got \"{}\"", name)};
  }
  return {};
}

Result<void> checkHeader(std::string_view name, std::string_view value) {
  // Other bytes would end the header, or clients would decode them differently.
  const bool plain =
      std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!plain) {
    return Error{0, "expected a value of printable ASCII on one line"};
  }
  if (name == "X-Content-Type-Options" && !value.empty() && value != "nosniff") {
    return Error{0, fmt::format("expected nosniff, got \"{}\"", value)};
  }
  if (name == "X-Frame-Options" && !value.empty() && value != "deny" && value != "sameorigin") {
    return Error{0, fmt::format("expected deny or sameorigin, got \"{}\"", value)};
  }
  return {};
}

Result<void> checkFileName(std::string_view name) {
  return name.empty() || name.find('\0') != std::string_view::npos
             ? Error{0, "expected the name of a file"}
             : Result<void>();
}

std::optional<std::string> parseCurve(std::string_view text) {
  const auto* const curve = std::find_if(kCurves.begin(), kCurves.end(),
                                         [text](const Curve& each) { return each.go == text; });
  return curve == kCurves.end() ? std::nullopt : std::optional<std::string>(curve->openssl);
}

bool isCipherSuite(std::string_view text) {
  return std::find(kCipherSuites.begin(), kCipherSuites.end(), text) != kCipherSuites.end();
}

bool isHttp2Suite(std::string_view suite) {
  return suite == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" ||
         suite == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
}

const std::vector<std::string_view>& headerNames() {
  static const std::vector<std::string_view> names = {"Content-Security-Policy", "X-Frame-Options",
                                                      "X-Content-Type-Options", "X-XSS-Protection",
                                                      "Strict-Transport-Security"};
  return names;
}

}  // namespace hardlink
