#pragma once

/// One set of TLS settings, as an OpenSSL context; and error texts and names of certificates from
/// OpenSSL.

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/web_access.h"

struct x509_st;
struct ssl_st;
struct ssl_ctx_st;

namespace hardlink {

/// Makes OpenSSL read /dev/urandom if it finds no random numbers by itself: a container's filter
/// may refuse getrandom(2), and on kernels that have getrandom(2) OpenSSL tries nothing else. Call
/// this before any other function of OpenSSL. False if there is no /dev/urandom either.
[[nodiscard]] bool findRandomNumbers();

/// The reason of the first error in this thread's OpenSSL queue, or `otherwise` if the queue is
/// empty. Empties the queue.
[[nodiscard]] std::string opensslReason(const char* otherwise = "unknown");

/// Whether one of `names` is a subject alternative name of `certificate`. A DNS name, e-mail
/// address or URI must be the same text, an IP address the same address.
[[nodiscard]] bool hasAnyName(const x509_st& certificate, const std::vector<std::string>& names);

/// Immutable. Any thread.
class TlsContext {
 public:
  /// Logs a warning if the server's certificate is not valid now. Problems are about well-formed
  /// settings: for example, a file without a certificate, or the key of another certificate.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>, Problems> make(
      const TlsSettings& settings);

  /// Applies these settings to `connection`, whose client has just sent its first message. The
  /// connection keeps what it needs. False if OpenSSL fails.
  [[nodiscard]] bool applyTo(ssl_st* connection) const;

  /// Subject and expiry of the server's certificate, for the log.
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
