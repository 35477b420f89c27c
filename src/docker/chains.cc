#include "docker/chains.h"

#include <array>
#include <filesystem>
#include <new>
#include <utility>

#include <openssl/evp.h>

#include "docker/files.h"

namespace hardlink {
namespace {

/// OpenSSL's digests fail for want of memory only.
void require(bool done) {
  if (!done) {
    throw std::bad_alloc();
  }
}

namespace fs = std::filesystem;

constexpr std::string_view kAlgorithm = "sha256:";

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4U];
    hex += kDigits[digest[i] & 0xFU];
  }
  return hex;
}

std::string sha256Hex(std::string_view bytes) {
  Sha256 sha256;
  sha256.update(bytes);
  return sha256.finish();
}

std::string chainId(std::string_view parent_chain, std::string_view diff_id) {
  if (parent_chain.empty()) {
    return std::string(diff_id);
  }
  const std::string both = std::string(parent_chain).append(" ").append(diff_id);
  return std::string(kAlgorithm).append(sha256Hex(both));
}

bool isSha256Digest(std::string_view text) {
  return text.starts_with(kAlgorithm) && isHexDigest(digestHex(text));
}

std::string_view digestHex(std::string_view digest) { return digest.substr(digest.find(':') + 1); }

std::string dockerImageDirectory(const std::string& overlay_directory) {
  fs::path overlay = fs::path(overlay_directory).lexically_normal();
  if (!overlay.has_filename()) {
    overlay = overlay.parent_path();
  }
  return (overlay.parent_path() / "image" / overlay.filename()).string();
}

std::optional<std::string> layerOfChain(const std::string& overlay_directory,
                                        const std::string& chain_id) {
  if (!isSha256Digest(chain_id)) {
    return std::nullopt;
  }
  const fs::path chain = fs::path(dockerImageDirectory(overlay_directory)) / "layerdb" / "sha256" /
                         digestHex(chain_id);
  auto name = readIdentifier((chain / "cache-id").string(), &isPlainName);
  std::error_code error;
  if (!name || !fs::is_directory(fs::path(overlay_directory) / *name / "root", error)) {
    return std::nullopt;
  }
  return std::move(*name);
}

}  // namespace hardlink
