// Git links the objects of a repository into its clones on the same filesystem.

#include <algorithm>

#include "farms/evidence/hashed_names.h"
#include "farms/stores/kinds.h"

namespace hardlink {
namespace {

// A clone links all objects. Later objects have one link, and a repository may have many of them.
// So several shards and names are tried.
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

// `git clone --local` fails if a link cannot be made. Without --local git copies.
const Kind kGit = {
    .tool = Tool::git, .layout = Layout::none, .at_limit = AtLimit::copies, .claim = claimGit};

}  // namespace hardlink
