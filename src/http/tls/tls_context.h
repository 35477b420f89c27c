#pragma once

/// The TLS of one set of settings, in OpenSSL's terms.

#include <memory>
#include <string>

#include "base/error.h"
#include "model/web_access.h"

struct ssl_st;
struct ssl_ctx_st;

namespace hardlink {

/// Immutable. Any thread.
class TlsContext {
 public:
  /// Warns in the log of a server certificate that is not valid now. A problem is that of settings
  /// which are well-formed: a text that holds no certificate, a key of another certificate.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>, Problems> make(
      const TlsSettings& settings);

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
