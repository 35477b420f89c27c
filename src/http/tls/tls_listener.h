#pragma once

#include <functional>
#include <memory>

struct ssl_st;
struct ssl_ctx_st;

namespace hardlink {

class TlsContext;

/// The context from which civetweb makes its TLS connections. It has no settings of its own: each
/// connection gets the settings that are in force when its client's first message arrives.
class TlsListener {
 public:
  /// Both are called on the server's threads. `begins` is called with civetweb's connection when
  /// its handshake begins; `settings` returns the settings in force, never null.
  TlsListener(std::function<void(const void*)> begins,
              std::function<std::shared_ptr<const TlsContext>()> settings);

  /// For civetweb's callback `external_ssl_ctx`; null if OpenSSL could not make one. This object
  /// owns it and must outlive the connections.
  [[nodiscard]] ssl_ctx_st* context() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  static int clientHello(ssl_st* connection, int* alert, void* self);
  static void progress(const ssl_st* connection, int where, int value);

  const std::function<void(const void*)> begins_;
  const std::function<std::shared_ptr<const TlsContext>()> settings_;
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

}  // namespace hardlink
