#pragma once

/// Which clients the daemon answers, and over which protocol. config/web/web_file.h reads it,
/// http/access/authenticator.h enforces it. Plain values.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/names.h"

namespace hardlink {

/// The cost of a bcrypt hash, from its two digits; negative if they are none. `hash` is at least as
/// long as one.
[[nodiscard]] constexpr int bcryptCost(std::string_view hash) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return is_digit(hash[4]) && is_digit(hash[5]) ? (hash[4] - '0') * 10 + hash[5] - '0' : -1;
}

/// The highest cost that a request can wait for: 2^16 rounds take about five seconds.
inline constexpr int kMostQuickBcryptCost = 16;

/// Certificates or a key in PEM, and where they come from.
struct PemText {
  std::string key;     ///< of the setting, dotted
  int line = 0;        ///< of the setting, from 1
  std::string source;  ///< path of the file; empty if the text is in the settings themselves
  std::string text;
};

/// The certificate that a client must send, in the order of the toolkit.
enum class ClientAuth : std::uint8_t {
  none,
  request,             ///< is asked for a certificate, which is not verified
  require_any,         ///< must send one, which is not verified
  verify_if_given,     ///< may send none; one that it sends must be signed by a trusted CA
  require_and_verify,  ///< must send one that is signed by a trusted CA
};
template <>
inline constexpr std::array<Name<ClientAuth>, 6> kNames<ClientAuth> = {
    {{ClientAuth::none, "NoClientCert"},
     {ClientAuth::request, "RequestClientCert"},
     {ClientAuth::require_any, "RequireAnyClientCert"},
     {ClientAuth::require_any, "RequireClientCert"},
     {ClientAuth::verify_if_given, "VerifyClientCertIfGiven"},
     {ClientAuth::require_and_verify, "RequireAndVerifyClientCert"}}};

enum class TlsVersion : std::uint8_t { tls12, tls13 };
template <>
inline constexpr std::array<Name<TlsVersion>, 2> kNames<TlsVersion> = {
    {{TlsVersion::tls12, "TLS12"}, {TlsVersion::tls13, "TLS13"}}};

struct TlsSettings {
  PemText certificate;  ///< the server's first, then the chain to its CA
  PemText private_key;
  std::optional<PemText> client_ca;  ///< unset: a client's CA is trusted if the system trusts it
  ClientAuth client_auth = ClientAuth::none;
  /// If not empty, a client's certificate needs one of these as subject alternative name: a DNS
  /// name, IP address, e-mail address or URI.
  std::vector<std::string> client_allowed_sans;
  TlsVersion min_version = TlsVersion::tls12;
  TlsVersion max_version = TlsVersion::tls13;
  /// IANA's names, in order of preference; empty: forward secrecy with AEAD only.
  std::vector<std::string> cipher_suites;
  bool prefer_server_cipher_suites = true;
  std::vector<std::string> curves;  ///< OpenSSL's names; empty: OpenSSL's default
};

/// A bucket of `burst` requests, refilled by one every `interval`. With 0 no request passes.
struct RequestRate {
  std::chrono::milliseconds interval{};
  unsigned burst = 1;

  bool operator==(const RequestRate&) const = default;
};

/// The default: plain HTTP, open to every client.
struct WebAccess {
  std::optional<TlsSettings> tls;
  /// For every answer. They replace the daemon's own headers of the same name.
  std::vector<std::pair<std::string, std::string>> headers;
  std::map<std::string, std::string> users;  ///< name and bcrypt hash; empty: no passwords
  std::optional<RequestRate> request_rate;   ///< of all clients together
  Problems warnings;                         ///< what is allowed, and seldom meant
};

}  // namespace hardlink
