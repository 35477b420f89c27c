#include "cli/roots.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <future>
#include <memory>
#include <thread>

#include "base/utf8.h"
#include "config/validate.h"

namespace hardlink {
namespace {

/// How long a filesystem may take to answer before anything is counted on it.
constexpr std::chrono::seconds kPatience{5};

/// dockerOverlaysIn(), in a thread that is left behind where the filesystem hangs: one root must
/// not keep the others, or the whole daemon, from starting.
std::vector<std::string> overlaysInTime(const std::string& path) {
  const auto answer = std::make_shared<std::promise<std::vector<std::string>>>();
  auto overlays = answer->get_future();
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // inherited: signals are for the main thread
  std::thread([answer, path] { answer->set_value(dockerOverlaysIn(path)); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return overlays.wait_for(kPatience) == std::future_status::ready ? overlays.get()
                                                                   : std::vector<std::string>();
}

}  // namespace

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

std::vector<std::string> withDataRootsResolved(const std::vector<std::string>& paths) {
  std::vector<std::string> resolved;
  for (const std::string& path : paths) {
    const std::vector<std::string> overlays = overlaysInTime(path);
    if (overlays.empty()) {
      resolved.push_back(path);
    }
    resolved.insert(resolved.end(), overlays.begin(), overlays.end());
  }
  return resolved;
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
  if (flags.layers) {
    root.layers = {*flags.layers};
  }
  root.link_limit = flags.link_limit;
}

std::vector<RootConfig> rootsToSurvey(const std::vector<std::string>& paths,
                                      const SurveyFlags& flags, const DockerDiscovery& discovery) {
  const bool layers_are_said = flags.layers || (flags.layout != LayoutChoice::automatic &&
                                                flags.layout != LayoutChoice::docker_overlay);
  std::vector<RootConfig> roots =
      paths.empty() ? rootsFromDiscovery(discovery)
                    : rootsFromPaths(layers_are_said ? paths : withDataRootsResolved(paths));
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
