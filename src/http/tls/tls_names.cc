#include "http/tls/tls_names.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace hardlink {
namespace {

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string_view bytesOf(const ASN1_STRING& text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&text)),
          static_cast<std::size_t>(ASN1_STRING_length(&text))};
}

/// The bytes of the address that `text` writes; empty if it is none.
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
