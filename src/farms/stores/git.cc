// Git: a clone of a repository on the same filesystem has links to its objects.

#include <algorithm>

#include "farms/evidence/hashed_names.h"
#include "farms/stores/kinds.h"

namespace hardlink {
namespace {

// A clone links everything; what came later has one name, and a repository may have much of that.
constexpr std::size_t kMostGitShards = 32;
constexpr std::size_t kMostGitNames = 32;

bool hasLinkedObject(const Directory& directory, const std::string& relative) {
  const std::vector<std::string> names = directory.names(relative, kMostGitNames);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto status = directory.status(relative + "/" + name);
    return status && status->type == os::FileType::regular && status->links > 1;
  });
}

std::optional<Claim> claimGit(const Directory& directory) {
  if (!directory.hasDirectory("objects/pack") || !directory.hasFile("HEAD")) {
    return std::nullopt;
  }
  std::vector<std::string> places = shards(directory, "objects");
  places.resize(std::min(places.size(), kMostGitShards));
  places.insert(places.begin(), "objects/pack");
  if (std::none_of(places.begin(), places.end(),
                   [&](const std::string& place) { return hasLinkedObject(directory, place); })) {
    return std::nullopt;
  }
  return Claim{.evidence = "HEAD and objects/pack, with objects that have several links"};
}

}  // namespace

// `git clone --local` says that a link cannot be made, and ends; without it git copies.
const Kind kGit = {
    .tool = Tool::git, .layout = Layout::none, .at_limit = AtLimit::copies, .claim = claimGit};

}  // namespace hardlink
