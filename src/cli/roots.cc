#include "cli/roots.h"

#include <algorithm>
#include <filesystem>

#include "base/utf8.h"
#include "config/validate.h"

namespace hardlink {

RootConfig rootFromPath(const std::string& path) {
  RootConfig root;
  root.path = std::filesystem::absolute(path).lexically_normal().string();
  return normalised(std::move(root));
}

std::vector<RootConfig> rootsFromPaths(const std::vector<std::string>& paths) {
  std::vector<RootConfig> roots;
  for (const std::string& path : paths) {
    RootConfig root = rootFromPath(path);
    if (std::find(roots.begin(), roots.end(), root) == roots.end()) {
      roots.push_back(std::move(root));
    }
  }
  return roots;
}

std::vector<RootConfig> rootsFromDiscovery(const DockerDiscovery& discovery) {
  std::vector<RootConfig> roots = rootsFromPaths(discovery.overlay_directories);
  for (RootConfig& root : roots) {
    root.named_explicitly = false;
  }
  return roots;
}

void applyFlags(const SurveyFlags& flags, RootConfig& root) {
  root.layout = flags.layout;
  root.engine = flags.engine;
  root.layers = flags.layers;
  root.link_limit = flags.link_limit;
}

std::vector<RootConfig> rootsToSurvey(const std::vector<std::string>& paths,
                                      const SurveyFlags& flags, const DockerDiscovery& discovery) {
  std::vector<RootConfig> roots =
      paths.empty() ? rootsFromDiscovery(discovery) : rootsFromPaths(paths);
  for (RootConfig& root : roots) {
    applyFlags(flags, root);
  }
  return roots;
}

std::string nothingToWatch(const DockerDiscovery& discovery) {
  return "nothing to watch: no PATH given, no roots configured, and no overlay storage of Docker's "
         "found (" +
         printable(discovery.explanation) + ")";
}

}  // namespace hardlink
