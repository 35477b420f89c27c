#include "layers/docker_chains.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace hardlink {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAlgorithm = "sha256:";
constexpr std::size_t kHexDigits = 64;
constexpr std::size_t kLongestName = 255;

bool isHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool isFileName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= kLongestName &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

/// A file's content without white space at its end; empty if it is longer than any cache id.
std::string readName(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return {};
  }
  std::ifstream file(path, std::ios::binary);
  std::string name(kLongestName + 2, '\0');
  file.read(name.data(), static_cast<std::streamsize>(name.size()));
  name.resize(static_cast<std::size_t>(file.gcount()));
  return name.erase(name.find_last_not_of(" \t\r\n") + 1);
}

}  // namespace

std::string chainId(std::string_view parent_chain, std::string_view diff_id) {
  if (parent_chain.empty()) {
    return std::string(diff_id);
  }
  const std::string both = std::string(parent_chain).append(" ").append(diff_id);
  return std::string(kAlgorithm).append(sha256Hex(both));
}

bool isSha256Digest(std::string_view text) {
  return text.starts_with(kAlgorithm) && digestHex(text).size() == kHexDigits &&
         std::all_of(text.begin() + kAlgorithm.size(), text.end(), isHexDigit);
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
  std::string name = readName(chain / "cache-id");
  std::error_code error;
  if (!isFileName(name) || !fs::is_directory(fs::path(overlay_directory) / name / "root", error)) {
    return std::nullopt;
  }
  return name;
}

}  // namespace hardlink
