#pragma once

/// The TLS of one set of settings, in OpenSSL's terms.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "model/web_access.h"

struct ssl_st;
struct ssl_ctx_st;

namespace hardlink {

/// One thing wrong with settings that are well-formed: a certificate that is none, a key of another
/// certificate.
struct AccessProblem {
  int line = 0;     ///< as in PemText
  std::string key;  ///< as in PemText
  std::string what;
};

/// Immutable. Any thread.
class TlsContext {
 public:
  /// Warns in the log of a server certificate that is not valid now.
  [[nodiscard]] static std::variant<std::shared_ptr<const TlsContext>, std::vector<AccessProblem>>
  make(const TlsSettings& settings);

  /// Makes `connection`, whose client has just said what it can do, one under these settings. The
  /// connection keeps what it needs of them. False where OpenSSL cannot.
  [[nodiscard]] bool applyTo(ssl_st* connection) const;

  /// Subject and end of the server's certificate, for the log.
  [[nodiscard]] const std::string& subject() const { return subject_; }
  [[nodiscard]] const std::string& expiry() const { return expiry_; }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  friend class TlsContextBuilder;
  TlsContext() = default;

  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::string ciphers_;        // up to TLS 1.2, as OpenSSL writes them
  std::string tls13_ciphers_;  // of TLS 1.3
  std::string groups_;         // empty: OpenSSL's own
  std::string subject_;
  std::string expiry_;
};

}  // namespace hardlink
