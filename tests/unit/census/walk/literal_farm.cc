#include "literal_farm.h"

#include <algorithm>
#include <filesystem>

#include "farms/layout.h"

namespace hardlink {

Farm dockerFarm() {
  Farm farm;
  farm.layout = Layout::docker_overlay;
  farm.tool = Tool::docker;
  return farm;
}

Farm snapshotsIn(const std::string& root, const std::vector<std::string>& globs) {
  using Iterator = std::filesystem::recursive_directory_iterator;
  const PathGlobs wanted(globs);
  Farm farm;
  farm.layout = Layout::snapshots;
  for (auto entry = Iterator(root, std::filesystem::directory_options::skip_permission_denied);
       entry != Iterator(); ++entry) {
    std::string path = entry->path().string().substr(root.size() + 1);
    const bool is_directory = entry->is_directory() && !entry->is_symlink();
    if (is_directory && wanted.match(path) && path != "lost+found") {
      farm.layers.push_back(std::move(path));
      entry.disable_recursion_pending();
    } else if (!is_directory || !wanted.mayMatchBelow(path)) {
      entry.disable_recursion_pending();
    }
  }
  std::sort(farm.layers.begin(), farm.layers.end());
  farm.heads = farm.layers;
  return farm;
}

void letGo(CensusRequest& request, const std::vector<std::string>& layers) {
  request.count_freed_bytes = true;
  request.farm.removable.clear();
  for (const std::string& layer : layers) {
    request.farm.removable.push_back({.layer = layer, .command = {}, .expiry = {}});
  }
}

}  // namespace hardlink
