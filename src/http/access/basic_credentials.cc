#include "http/access/basic_credentials.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/text.h"

namespace hardlink {
namespace {

constexpr std::string_view kScheme = "Basic ";

/// Decodes `text`, padded to a multiple of four characters; nothing if it is not base64.
std::optional<std::string> decodeBase64(std::string_view text) {
  const std::size_t padding = text.ends_with("==") ? 2 : (text.ends_with('=') ? 1 : 0);
  const std::string_view digits = text.substr(0, text.size() - padding);
  const bool plain = std::all_of(digits.begin(), digits.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '/';
  });
  if (text.empty() || text.size() % 4 != 0 || !plain) {
    return std::nullopt;
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) {
    return std::nullopt;
  }
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

}  // namespace

std::optional<BasicCredentials> parseBasicCredentials(std::string_view header) {
  std::optional<std::string_view> text = stripPrefix(header, kScheme);
  if (!text) {
    return std::nullopt;
  }
  text->remove_prefix(std::min(text->size(), text->find_first_not_of(' ')));
  const std::optional<std::string> bytes = decodeBase64(*text);
  const std::size_t colon = bytes ? bytes->find(':') : std::string::npos;
  if (colon == std::string::npos) {
    return std::nullopt;
  }
  return BasicCredentials{bytes->substr(0, colon), bytes->substr(colon + 1)};
}

std::string basicAuthorization(const BasicCredentials& credentials) {
  const std::string bytes = credentials.user + ":" + credentials.password;
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return std::string(kScheme) + text;
}

}  // namespace hardlink
