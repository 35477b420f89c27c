#include "http/access/bcrypt.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <cstring>
#include <memory>
#include <string_view>

namespace hardlink {
namespace {

/// More than that crypt_r() refuses at once, which would tell it from a shorter one.
constexpr std::size_t kCountedBytes = 72;

struct Wipe {
  void operator()(crypt_data* data) const {
    OPENSSL_cleanse(data, sizeof *data);
    delete data;
  }
};

}  // namespace

bool matchesBcrypt(const std::string& password, const std::string& hash) {
  const std::unique_ptr<crypt_data, Wipe> data(new crypt_data());
  std::string counted = password.substr(0, kCountedBytes);
  const char* const made = crypt_r(counted.c_str(), hash.c_str(), data.get());
  OPENSSL_cleanse(counted.data(), counted.size());
  return made != nullptr && std::strlen(made) == hash.size() &&
         CRYPTO_memcmp(made, hash.data(), hash.size()) == 0 &&
         password.find('\0') == std::string::npos;
}

}  // namespace hardlink
