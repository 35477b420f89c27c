#pragma once

/// Who may ask the daemon, and over what: what config/web/web_file.h reads and
/// http/access/authenticator.h enforces. Plain values.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/names.h"

namespace hardlink {

/// Certificates or a key in PEM, and where they come from.
struct PemText {
  std::string key;     ///< of the setting, dotted
  int line = 0;        ///< of the setting, from 1
  std::string source;  ///< the file's path; empty where the text stands in the settings themselves
  std::string text;
};

/// What a client has to show, in the order of the toolkit's names for it.
enum class ClientAuth : std::uint8_t {
  none,
  request,             ///< asked for a certificate, which is not looked at
  require_any,         ///< must send one, which is not verified
  verify_if_given,     ///< may come without; one that is sent must be signed by the CA
  require_and_verify,  ///< must send one that is signed by the CA
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
  PemText certificate;  ///< the server's first, then those that lead to its CA
  PemText private_key;
  std::optional<PemText> client_ca;
  ClientAuth client_auth = ClientAuth::none;
  /// Where not empty, a client's certificate needs one of these as subject alternative name: a DNS
  /// name, IP address, e-mail address or URI.
  std::vector<std::string> client_allowed_sans;
  TlsVersion min_version = TlsVersion::tls12;
  TlsVersion max_version = TlsVersion::tls13;
  /// IANA's names, in order of preference; empty: forward secrecy with AEAD only.
  std::vector<std::string> cipher_suites;
  bool prefer_server_cipher_suites = true;
  std::vector<std::string> curves;  ///< OpenSSL's names; empty: its own choice
};

/// A bucket of `burst` requests, into which one more comes every `interval`.
struct RequestRate {
  std::chrono::milliseconds interval{};
  unsigned burst = 1;

  bool operator==(const RequestRate&) const = default;
};

/// The default: plain HTTP, open to everybody.
struct WebAccess {
  std::optional<TlsSettings> tls;
  /// Of every answer; they take the place of the daemon's own of the same name.
  std::vector<std::pair<std::string, std::string>> headers;
  std::map<std::string, std::string> users;  ///< name and bcrypt hash; empty: no passwords
  std::optional<RequestRate> request_rate;   ///< of all clients together
};

}  // namespace hardlink
