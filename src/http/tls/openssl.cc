#include "http/tls/tls_context.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/os/fd.h"

namespace hardlink {
namespace {

/// Opened once and never closed: the sandbox, which comes later, forbids to open it. A kernel
/// before 4.8 may lack entropy just after it has booted; there OpenSSL itself waits.
int randomDevice() {
  static const Fd device(open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  return device.valid() ? device.get() : -1;
}

int fillFromDevice(unsigned char* bytes, int size) {
  for (int filled = 0; filled < size;) {
    const ssize_t got = retryOnEintr([&] {
      return read(randomDevice(), bytes + filled, static_cast<std::size_t>(size - filled));
    });
    if (got <= 0) {
      return 0;
    }
    filled += static_cast<int>(got);
  }
  return 1;
}

int hasDevice() { return randomDevice() >= 0 ? 1 : 0; }

// OpenSSL 3 calls RAND_METHOD deprecated. The only other way is to write a whole provider.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
bool useDevice() {
  static const RAND_METHOD method{.seed = nullptr,
                                  .bytes = &fillFromDevice,
                                  .cleanup = nullptr,
                                  .add = nullptr,
                                  .pseudorand = &fillFromDevice,
                                  .status = &hasDevice};
  return RAND_set_rand_method(&method) == 1;
}
#pragma GCC diagnostic pop

bool enableRandomNumbers() {
  if (RAND_status() == 1) {
    return true;
  }
  ERR_clear_error();
  return hasDevice() == 1 && useDevice();
}

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string_view bytesOf(const ASN1_STRING& text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&text)),
          static_cast<std::size_t>(ASN1_STRING_length(&text))};
}

/// The bytes of the IP address `text`; empty if it is no address.
std::string addressBytes(const std::string& text) {
  std::array<char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return {bytes.data(), sizeof(in_addr)};
  }
  return inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1
             ? std::string(bytes.data(), sizeof(in6_addr))
             : std::string();
}

bool matches(const GENERAL_NAME& name, const std::string& allowed) {
  switch (name.type) {
    case GEN_DNS:
      return bytesOf(*name.d.dNSName) == allowed;
    case GEN_EMAIL:
      return bytesOf(*name.d.rfc822Name) == allowed;
    case GEN_URI:
      return bytesOf(*name.d.uniformResourceIdentifier) == allowed;
    case GEN_IPADD: {
      const std::string address = addressBytes(allowed);
      return !address.empty() && bytesOf(*name.d.iPAddress) == address;
    }
    default:
      return false;
  }
}

}  // namespace

bool findRandomNumbers() {
  static const bool found = enableRandomNumbers();
  return found;
}

std::string opensslReason(const char* otherwise) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? otherwise : reason;
}

bool hasAnyName(const x509_st& certificate, const std::vector<std::string>& names) {
  const std::unique_ptr<GENERAL_NAMES, FreeNames> own(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  const int count = own ? sk_GENERAL_NAME_num(own.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME& name = *sk_GENERAL_NAME_value(own.get(), i);
    if (std::any_of(names.begin(), names.end(),
                    [&](const std::string& allowed) { return matches(name, allowed); })) {
      return true;
    }
  }
  return false;
}

}  // namespace hardlink
