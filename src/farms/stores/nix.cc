// Nix and Guix, whose stores have the same form, link files of equal content to one file in
// `.links`, whose name is its hash.

#include <algorithm>

#include "farms/evidence/hashed_names.h"
#include "farms/stores/kinds.h"

namespace hardlink {
namespace {

constexpr std::string_view kBase32 = "0123456789abcdfghijklmnpqrsvwxyz";
constexpr std::size_t kLinkDigits = 52;  // of SHA-256
constexpr std::size_t kPathDigits = 32;  // of 160 bits

bool isStorePath(std::string_view name) {
  return name.size() > kPathDigits + 1 && name[kPathDigits] == '-' &&
         isHash(name.substr(0, kPathDigits), kPathDigits, kBase32);
}

std::optional<Claim> claimNix(const Directory& directory) {
  constexpr std::size_t kMostTried = 16;
  const std::vector<std::string> links = directory.names(".links", kMostTried);
  if (std::none_of(links.begin(), links.end(),
                   [](const std::string& name) { return isHash(name, kLinkDigits, kBase32); })) {
    return std::nullopt;
  }
  Claim claim{.evidence = ".links with names that are hashes, beside HASH-NAME"};
  for (const std::string& name : directory.subdirectories()) {
    if (isStorePath(name)) {
      claim.users.push_back(directory.below(name));
    }
  }
  return claim.users.empty() ? std::nullopt : std::optional(claim);
}

}  // namespace

const Kind kNix = {.tool = Tool::nix,
                   .layout = Layout::store,
                   .at_limit = AtLimit::stays_apart,
                   .claim = claimNix,
                   .advice = "nix-collect-garbage (guix gc in a Guix store)"};

}  // namespace hardlink
