#include "docker/chains.h"

#include <filesystem>
#include <utility>

#include "docker/files.h"

namespace hardlink {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAlgorithm = "sha256:";

}  // namespace

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
