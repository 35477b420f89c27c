#pragma once

#include <functional>
#include <memory>

struct ssl_st;
struct ssl_ctx_st;

namespace hardlink {

class TlsContext;

/// What civetweb makes its TLS connections with. It holds no settings itself: each connection gets
/// those that are in force when its client's first message is here.
class TlsListener {
 public:
  /// Both are called on the server's threads. `begins` gets what civetweb calls a connection when
  /// its handshake begins; `settings` says what is in force then, never null.
  TlsListener(std::function<void(const void*)> begins,
              std::function<std::shared_ptr<const TlsContext>()> settings);

  /// For civetweb's callback `external_ssl_ctx`; null where OpenSSL could make none. Stays this
  /// object's, which connections must not outlive.
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
