// flatpak installs an app or runtime as a checkout of the ostree repository beside it.

#include <utility>

#include "base/clean_path.h"
#include "farms/evidence/hashed_names.h"
#include "farms/stores/kinds.h"

namespace hardlink {
namespace {

constexpr std::size_t kCommitDigits = 64;

/// The installed apps and runtimes, each in ID/ARCH/BRANCH/COMMIT, as paths below the root.
std::vector<std::string> installed(const Directory& directory) {
  std::vector<std::string> paths = {"app", "runtime"};
  for (int level = 0; level < 4; ++level) {
    std::vector<std::string> below;
    for (const std::string& path : paths) {
      for (std::string& name : directory.subdirectories(path)) {
        below.push_back(std::move(name.insert(0, path + "/")));
      }
    }
    paths = std::move(below);
  }
  std::erase_if(paths,
                [](const std::string& path) { return !isHash(leafOf(path), kCommitDigits); });
  for (std::string& path : paths) {
    path = directory.below(path);
  }
  return paths;
}

std::optional<Claim> claimFlatpak(const Directory& directory) {
  if (!linkedRepositoryMode(directory, "repo")) {
    return std::nullopt;
  }
  Claim claim{.evidence = "an ostree repository, and apps or runtimes that are installed from it",
              .users = installed(directory)};
  return claim.users.empty() ? std::nullopt : std::optional(claim);
}

}  // namespace

const Kind kFlatpak = {.tool = Tool::flatpak,
                       .layout = Layout::store,
                       .at_limit = AtLimit::copies,
                       .claim = claimFlatpak,
                       .advice = "flatpak uninstall --unused"};

}  // namespace hardlink
