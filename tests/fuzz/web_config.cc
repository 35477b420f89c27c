// The web config file. Any bytes are either accepted or refused, and every message is one readable
// line without a secret. An accepted file keeps the rules; it makes TLS work or gives the reason
// why not.

#include <algorithm>
#include <string>

#include "config/web/web_file.h"
#include "config/web/web_rules.h"
#include "fuzz/require.h"
#include "http/access/authenticator.h"

namespace hardlink {
namespace {

/// Shorter secrets appear in messages by chance.
constexpr std::size_t kShortestSecret = 24;

void checkSecret(const std::string& secret, const std::string& message) {
  require(secret.size() < kShortestSecret || message.find(secret) == std::string::npos,
          "no message shows a hash or a key");
}

void checkProblem(const WebFile& file, const std::string& message) {
  require(isOneLine(message), "a problem is one line");
  for (const auto& [name, hash] : file.access.users) {
    checkSecret(hash, message);
  }
  if (file.access.tls) {
    checkSecret(file.access.tls->private_key.text, message);
  }
}

void checkAccess(const WebAccess& access) {
  for (const auto& [name, hash] : access.users) {
    require(checkUserName(name) && checkBcryptHash(hash), "users keep the rules");
  }
  for (const auto& [name, value] : access.headers) {
    const auto& known = headerNames();
    require(std::find(known.begin(), known.end(), name) != known.end(), "headers are known ones");
    require(value.find_first_of(std::string("\r\n\0", 3)) == std::string::npos,
            "no header begins another");
  }
  if (access.tls) {
    require(access.tls->min_version <= access.tls->max_version, "some version of TLS is left");
    require(access.tls->client_allowed_sans.empty() ||
                access.tls->client_auth == ClientAuth::require_any ||
                access.tls->client_auth == ClientAuth::require_and_verify,
            "names are allowed only where a certificate is required");
    require(access.tls->client_ca.has_value() || !access.warnings.empty() ||
                (access.tls->client_auth != ClientAuth::verify_if_given &&
                 access.tls->client_auth != ClientAuth::require_and_verify),
            "no client is verified without a CA and without a warning");
  }
  require(!access.request_rate || access.request_rate->burst > 0 || !access.warnings.empty(),
          "a rate lets requests in, or there is a warning");
}

}  // namespace
}  // namespace hardlink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hardlink;  // NOLINT: nothing else is here
  // The files that it names are looked up in a directory without files.
  WebFile file = parseWebFile(std::string(asText(data, size)), "/nonexistent/web.yml");
  for (const Problem& problem : file.problems) {
    checkProblem(file, problem.message());
  }
  if (!file.problems.empty()) {
    return 0;
  }
  for (const Problem& warning : file.access.warnings) {
    checkProblem(file, warning.message());
  }
  checkAccess(file.access);
  const bool has_tls = file.access.tls.has_value();
  const auto made = makeAccess(file.access);
  if (!made) {
    require(has_tls && !made.error().empty(), "only TLS can have problems of its own");
    for (const Problem& problem : made.error()) {
      checkProblem(file, problem.message());
    }
  } else {
    require((made->tls != nullptr) == has_tls, "TLS that was asked for is there");
  }
  return 0;
}
