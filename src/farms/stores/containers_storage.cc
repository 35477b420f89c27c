// containers-storage (Podman, Buildah, CRI-O) mounts layers over each other. A layer has links to
// files of another layer only if the pull was configured to make them (use_hard_links), or between
// its own files.

#include "farms/stores/kinds.h"

namespace hardlink {
namespace {

std::optional<Claim> claimContainersStorage(const Directory& directory) {
  if (!directory.hasFile("overlay-layers/layers.json") || !directory.hasDirectory("overlay/l")) {
    return std::nullopt;
  }
  Claim claim{.evidence = "overlay/l, overlay/ID/link and overlay-layers/layers.json"};
  for (const std::string& id : directory.subdirectories("overlay")) {
    const std::string layer = "overlay/" + id;
    if (directory.hasFile(layer + "/link") && directory.hasDirectory(layer + "/diff")) {
      claim.users.push_back(directory.below(layer));
    }
  }
  return claim.users.empty() ? std::nullopt : std::optional(claim);
}

}  // namespace

const Kind kContainersStorage = {.tool = Tool::containers_storage,
                                 .layout = Layout::store,
                                 .at_limit = AtLimit::copies,
                                 .claim = claimContainersStorage,
                                 .advice = "podman image prune"};

}  // namespace hardlink
