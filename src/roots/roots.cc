#include "roots/roots.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/os/threads.h"
#include "base/text.h"
#include "base/utf8.h"
#include "config/validate.h"

namespace hardlink {
namespace {

/// How long a filesystem may take to answer before a count.
constexpr std::chrono::seconds kPatience{5};

/// The answer of `ask`, or an empty answer if that takes too long. Its thread is then left behind:
/// a root whose filesystem hangs must not keep the other roots, or the daemon, from starting.
template <class Ask>
auto answerInTime(Ask ask) -> decltype(ask()) {
  const auto answer = std::make_shared<decltype(ask())>();
  LeavableThread thread([answer, ask](const std::stop_token& /*stop*/) { *answer = ask(); });
  if (!thread.waitFor(kPatience)) {
    thread.leave();
    return {};
  }
  return std::move(*answer);
}

/// Fails if there is certainly no directory at `path`.
Result<void> requireDirectory(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    return S_ISDIR(status.st_mode) ? Result<void>() : Error{ENOTDIR, path};
  }
  Error error = errnoError(path);
  const bool is_sure = error.code == ENOENT || error.code == ENOTDIR || error.code == ELOOP ||
                       error.code == ENAMETOOLONG;
  return is_sure ? std::move(error) : Result<void>();
}

struct NoRoot {
  std::size_t index = 0;
  Error why;
};

std::optional<NoRoot> firstNoRoot(const std::vector<std::string>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string path = rootFromPath(paths[i]).path;
    if (const auto found = answerInTime([path] { return requireDirectory(path); }); !found) {
      return NoRoot{i, found.error()};
    }
  }
  return std::nullopt;
}

/// "/var/lib/docker/overlay2, which makes no hard links …".
std::string withoutHardLinks(const std::vector<std::string>& storage) {
  return fmt::format(
      "{}, which makes no hard links between layers, so no layer can fail for lack of links",
      printable(joined(storage)));
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
    const std::vector<std::string> overlays =
        answerInTime([path] { return dockerOverlaysIn(path); });
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

void applyFlags(const CensusFlags& flags, RootConfig& root) {
  root.layout = flags.layout;
  root.tool = flags.tool;
  root.engine = flags.engine;
  if (flags.layers) {
    root.layers = {*flags.layers};
  }
  root.link_limit = flags.link_limit;
}

std::vector<RootConfig> rootsToCount(const std::vector<std::string>& paths,
                                     const CensusFlags& flags, const DockerDiscovery& discovery) {
  const bool flags_say_layers =
      flags.layers || flags.tool.value_or(Tool::docker) != Tool::docker ||
      (flags.layout != LayoutChoice::automatic && flags.layout != LayoutChoice::docker_overlay);
  std::vector<RootConfig> roots =
      paths.empty() ? rootsFromDiscovery(discovery)
                    : rootsFromPaths(flags_say_layers ? paths : withDataRootsResolved(paths));
  for (RootConfig& root : roots) {
    applyFlags(flags, root);
  }
  return roots;
}

std::optional<std::string> whyNoRoot(const std::vector<std::string>& paths,
                                     const std::vector<std::string_view>& commands) {
  const std::optional<NoRoot> none = firstNoRoot(paths);
  if (!none) {
    return std::nullopt;
  }
  const std::string& word = paths[none->index];
  if (commands.empty()) {
    return none->why.message() + (word == "help" ? "; did you mean --help?" : "");
  }
  if (std::find(commands.begin(), commands.end(), word) != commands.end()) {
    return none->why.message() + "; a command comes before the paths";
  }
  if (none->index > 0 || word.find('/') != std::string::npos || none->why.code != ENOENT) {
    return none->why.message();
  }
  const auto meant = suggestion(word, commands);
  return fmt::format(
      "'{}' is neither a command nor a directory; {}", printable(word),
      meant ? fmt::format("did you mean {}?", *meant) : "the commands are " + joined(commands));
}

std::optional<std::string> whyNoLayers(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    const auto storage = answerInTime([path] { return otherStorageIn(path); });
    if (!storage.empty()) {
      return fmt::format("{} is a data root of Docker's without the overlay driver: {}",
                         printable(path), withoutHardLinks(storage));
    }
  }
  return std::nullopt;
}

std::string noOverlayStorage(const DockerDiscovery& discovery) {
  const std::vector<std::string>& others = discovery.other_storage;
  return fmt::format("no overlay storage of Docker's found ({}){}",
                     printable(discovery.explanation),
                     others.empty() ? "" : "; there is " + withoutHardLinks(others));
}

std::string nothingToWatch(const DockerDiscovery& discovery) {
  return fmt::format(
      "nothing to watch: no PATH given, no roots configured, and {}; snapshots, backups and stores "
      "that share files by hard links can be watched: hardlink_exporter /path",
      noOverlayStorage(discovery));
}

}  // namespace hardlink
