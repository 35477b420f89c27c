#include "http/tls/tls_listener.h"

#include <openssl/ssl.h>

#include <exception>
#include <utility>

#include "base/log.h"
#include "http/tls/tls_context.h"

namespace hardlink {

TlsListener::TlsListener(std::function<void(const void*)> begins,
                         std::function<std::shared_ptr<const TlsContext>()> settings)
    : begins_(std::move(begins)),
      settings_(std::move(settings)),
      context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* const context = context_.get();
  if (context == nullptr) {
    return;
  }
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_client_hello_cb(context, &TlsListener::clientHello, this);
  SSL_CTX_set_info_callback(context, &TlsListener::progress);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Sessions are not resumed, so that the current settings are checked for every connection.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  // Answers are sent record by record, so that civetweb sees the progress of a slow reader.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
}

void TlsListener::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

int TlsListener::clientHello(ssl_st* connection, int* alert, void* self) {
  try {
    if (static_cast<TlsListener*>(self)->settings_()->applyTo(connection)) {
      return SSL_CLIENT_HELLO_SUCCESS;
    }
  } catch (const std::exception& failure) {
    log::error("cannot begin a TLS connection", {{"reason", failure.what()}});
  }
  *alert = SSL_AD_INTERNAL_ERROR;
  return SSL_CLIENT_HELLO_ERROR;
}

void TlsListener::progress(const ssl_st* connection, int where, int /*value*/) {
  if ((where & SSL_CB_HANDSHAKE_START) == 0) {
    return;
  }
  try {
    // civetweb stores its connection as app data. The context is still this object's own, because
    // the client has sent nothing yet.
    auto* const self = static_cast<TlsListener*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
    if (self != nullptr) {
      self->begins_(SSL_get_app_data(connection));
    }
  } catch (const std::exception& failure) {
    log::error("cannot begin a TLS connection", {{"reason", failure.what()}});
  }
}

}  // namespace hardlink
