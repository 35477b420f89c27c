#include "http/tls/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/text.h"

namespace hardlink {
namespace {

// Forward secrecy and authenticated encryption only; every client of the last ten years has both.
constexpr const char* kDefaultCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kDefaultTls13Ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

/// What the verification of a client needs. The SSL_CTX owns it, and connections own the SSL_CTX.
struct ClientPolicy {
  bool verify = false;
  std::vector<std::string> allowed_names;
};

/// The number under which an SSL_CTX keeps its ClientPolicy.
int policyIndex() {
  const auto release = [](void*, void* policy, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<ClientPolicy*>(policy);
  };
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, release);
  return index;
}

/// Replaces OpenSSL's own verification, and calls it if the policy says so.
int verifyClient(X509_STORE_CTX* store, void* policy_pointer) {
  const auto& policy = *static_cast<const ClientPolicy*>(policy_pointer);
  if (policy.verify && X509_verify_cert(store) != 1) {
    return 0;
  }
  const X509* const certificate = X509_STORE_CTX_get0_cert(store);
  if (!policy.allowed_names.empty() &&
      (certificate == nullptr || !hasAnyName(*certificate, policy.allowed_names))) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
  }
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

/// Without it OpenSSL would ask for the password of a key on the terminal.
int noPassword(char*, int, int, void*) { return -1; }

std::unique_ptr<BIO, FreeBio> bioOf(const std::string& text) {
  return std::unique_ptr<BIO, FreeBio>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Every certificate in `text`; none if one of them is broken.
std::vector<Certificate> certificatesOf(const std::string& text) {
  const auto bio = bioOf(text);
  std::vector<Certificate> certificates;
  while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, noPassword, nullptr)}) {
    certificates.push_back(std::move(next));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) {
    certificates.clear();
  }
  return certificates;
}

std::string textOf(const X509_NAME* name) {
  std::array<char, 256> text{};
  X509_NAME_oneline(name, text.data(), static_cast<int>(text.size()));
  return text.data();
}

std::string textOf(const ASN1_TIME* time) {
  std::unique_ptr<BIO, FreeBio> bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print_ex(bio.get(), time, ASN1_DTFLGS_ISO8601);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(std::max(0L, length))};
}

int versionOf(TlsVersion version) {
  return version == TlsVersion::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

int verifyModeOf(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::none:
      return SSL_VERIFY_NONE;
    case ClientAuth::request:
    case ClientAuth::verify_if_given:
      return SSL_VERIFY_PEER;
    case ClientAuth::require_any:
    case ClientAuth::require_and_verify:
      break;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

/// The start of a message: the file, if there is one.
std::string named(const PemText& pem) { return pem.source.empty() ? "" : pem.source + ": "; }

}  // namespace

/// Fills a TlsContext step by step. Goes on after a problem, to find all of them.
class TlsContextBuilder {
 public:
  explicit TlsContextBuilder(const TlsSettings& settings) : settings_(settings) {
    (void)findRandomNumbers();  // without any the server does not start (authenticator.cc)
    context_->context_.reset(SSL_CTX_new(TLS_server_method()));
  }

  Result<std::shared_ptr<const TlsContext>, Problems> build();

 private:
  [[nodiscard]] SSL_CTX* raw() const { return context_->context_.get(); }
  void report(const PemText& pem, const std::string& what) {
    problems_.push_back({"", pem.line, pem.key, named(pem) + what});
  }
  void takeCertificate();
  void describe(const X509& certificate);
  void takeKey();
  void takeClientAuth();
  void takeCiphers();

  const TlsSettings& settings_;
  std::shared_ptr<TlsContext> context_{new TlsContext};
  bool has_certificate_ = false;
  Problems problems_;
};

Result<std::shared_ptr<const TlsContext>, Problems> TlsContextBuilder::build() {
  ERR_clear_error();
  if (raw() == nullptr) {
    return Problems{{"", 0, "tls_server_config", "OpenSSL: " + opensslReason()}};
  }
  SSL_CTX_set_min_proto_version(raw(), versionOf(settings_.min_version));
  SSL_CTX_set_max_proto_version(raw(), versionOf(settings_.max_version));
  if (settings_.prefer_server_cipher_suites) {
    SSL_CTX_set_options(raw(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  takeCertificate();
  takeKey();
  takeClientAuth();
  takeCiphers();
  ERR_clear_error();
  if (!problems_.empty()) {
    return std::move(problems_);
  }
  return std::shared_ptr<const TlsContext>(std::move(context_));
}

void TlsContextBuilder::describe(const X509& certificate) {
  context_->subject_ = textOf(X509_get_subject_name(&certificate));
  context_->expiry_ = textOf(X509_get0_notAfter(&certificate));
  if (X509_cmp_current_time(X509_get0_notAfter(&certificate)) < 0 ||
      X509_cmp_current_time(X509_get0_notBefore(&certificate)) > 0) {
    log::warn("the server's certificate is not valid at this time",
              {{"subject", context_->subject_}, {"expires", context_->expiry_}});
  }
}

void TlsContextBuilder::takeCertificate() {
  const PemText& pem = settings_.certificate;
  const std::vector<Certificate> chain = certificatesOf(pem.text);
  if (chain.empty()) {
    report(pem, "holds no certificate in PEM, or a broken one");
    return;
  }
  if (SSL_CTX_use_certificate(raw(), chain.front().get()) != 1) {
    report(pem, "the certificate is refused: " + opensslReason());
    return;
  }
  has_certificate_ = true;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(raw(), chain[i].get()) != 1) {
      report(pem, "a certificate of the chain is refused: " + opensslReason());
    }
  }
  describe(*chain.front());
}

void TlsContextBuilder::takeKey() {
  const PemText& pem = settings_.private_key;
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      PEM_read_bio_PrivateKey(bioOf(pem.text).get(), nullptr, noPassword, nullptr));
  ERR_clear_error();
  if (!key) {
    report(pem, "holds no private key in PEM, or one that needs a password");
  } else if (has_certificate_ && (SSL_CTX_use_PrivateKey(raw(), key.get()) != 1 ||
                                  SSL_CTX_check_private_key(raw()) != 1)) {
    report(pem, "is not the key of the certificate");
  }
  ERR_clear_error();
}

void TlsContextBuilder::takeClientAuth() {
  auto* const policy = new ClientPolicy{settings_.client_auth == ClientAuth::verify_if_given ||
                                            settings_.client_auth == ClientAuth::require_and_verify,
                                        settings_.client_allowed_sans};
  SSL_CTX_set_ex_data(raw(), policyIndex(), policy);
  SSL_CTX_set_cert_verify_callback(raw(), verifyClient, policy);
  SSL_CTX_set_verify(raw(), verifyModeOf(settings_.client_auth), nullptr);
  if (!settings_.client_ca) {
    if (policy->verify && SSL_CTX_set_default_verify_paths(raw()) != 1) {
      problems_.push_back({"", 0, "tls_server_config.client_auth_type",
                           "no authorities that the system trusts: " + opensslReason()});
    }
    return;
  }
  const std::vector<Certificate> authorities = certificatesOf(settings_.client_ca->text);
  if (authorities.empty()) {
    report(*settings_.client_ca, "holds no certificate in PEM, or a broken one");
  }
  X509_STORE* const store = SSL_CTX_get_cert_store(raw());
  // Each authority is trusted by itself, even an intermediate one, as in Go.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  for (const Certificate& authority : authorities) {
    X509_STORE_add_cert(store, authority.get());
    SSL_CTX_add_client_CA(raw(), authority.get());
  }
}

void TlsContextBuilder::takeCiphers() {
  std::vector<std::string> tls12;
  std::vector<std::string> tls13;
  for (const std::string& suite : settings_.cipher_suites) {
    const bool is_tls13 = suite.find("_WITH_") == std::string::npos;
    (is_tls13 ? tls13 : tls12).push_back(is_tls13 ? suite : OPENSSL_cipher_name(suite.c_str()));
  }
  // If suites of one TLS version only are named, the other keeps its defaults.
  context_->ciphers_ = tls12.empty() ? kDefaultCiphers : joined(tls12, ":");
  context_->tls13_ciphers_ = tls13.empty() ? kDefaultTls13Ciphers : joined(tls13, ":");
  context_->groups_ = joined(settings_.curves, ":");
  if (SSL_CTX_set_cipher_list(raw(), context_->ciphers_.c_str()) != 1 ||
      SSL_CTX_set_ciphersuites(raw(), context_->tls13_ciphers_.c_str()) != 1) {
    problems_.push_back({"", 0, "tls_server_config.cipher_suites", "OpenSSL: " + opensslReason()});
  }
  if (!context_->groups_.empty() &&
      SSL_CTX_set1_groups_list(raw(), context_->groups_.c_str()) != 1) {
    problems_.push_back(
        {"", 0, "tls_server_config.curve_preferences", "OpenSSL: " + opensslReason()});
  }
}

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<std::shared_ptr<const TlsContext>, Problems> TlsContext::make(const TlsSettings& settings) {
  return TlsContextBuilder(settings).build();
}

bool TlsContext::applyTo(ssl_st* connection) const {
  SSL_CTX* const context = context_.get();
  // SSL_set_SSL_CTX() brings certificate, key, authorities and the verify callback. All other
  // settings were copied from TlsListener's context when the connection was made.
  if (SSL_set_SSL_CTX(connection, context) != context) {
    return false;
  }
  SSL_set_verify(connection, SSL_CTX_get_verify_mode(context), nullptr);
  SSL_clear_options(connection, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_set_options(connection, SSL_CTX_get_options(context) & SSL_OP_CIPHER_SERVER_PREFERENCE);
  return SSL_set_min_proto_version(connection,
                                   static_cast<int>(SSL_CTX_get_min_proto_version(context))) == 1 &&
         SSL_set_max_proto_version(connection,
                                   static_cast<int>(SSL_CTX_get_max_proto_version(context))) == 1 &&
         SSL_set_cipher_list(connection, ciphers_.c_str()) == 1 &&
         SSL_set_ciphersuites(connection, tls13_ciphers_.c_str()) == 1 &&
         (groups_.empty() || SSL_set1_groups_list(connection, groups_.c_str()) == 1);
}

}  // namespace hardlink
