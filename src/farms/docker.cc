// Docker's overlay driver, which copies the layer below with hard links before it extracts the next
// (daemon/graphdriver/overlay/overlay.go).

#include "farms/kinds.h"
#include "farms/layout.h"

namespace hardlink {
namespace {

/// Docker names a layer by 32 random bytes in hexadecimal, and the first layer of a container
/// `ID-init`.
bool isDockerName(const std::string& name) {
  constexpr std::size_t kDigits = 64;
  return name.size() >= kDigits && name.find_first_not_of("0123456789abcdef") >= kDigits;
}

std::optional<Claim> claimDocker(const Directory& directory) {
  // A sample is enough, since Docker's directories are all alike. None has more than five entries.
  constexpr std::size_t kChildren = 256;
  constexpr std::size_t kEntries = 16;
  std::vector<ChildKind> children;
  for (const std::string& name : directory.subdirectories("", kChildren)) {
    // Below the root every name must be Docker's, because HOST/root may also be the backup of
    // root's home.
    if (!directory.path().empty() && !isDockerName(name)) {
      return std::nullopt;
    }
    if (name != "lost+found") {
      children.push_back(classifyChild(directory.names(name, kEntries)));
    }
  }
  if (!looksLikeDockerOverlay(children)) {
    return std::nullopt;
  }
  return Claim{.evidence = "directories of Docker's overlay driver, with a root/ in each layer"};
}

}  // namespace

const Kind kDocker = {.tool = Tool::docker,
                      .layout = Layout::docker_overlay,
                      .at_limit = AtLimit::fails,
                      .claim = claimDocker};

}  // namespace hardlink
