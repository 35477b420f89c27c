#include "docker/layer_db.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <utility>

#include "docker/chains.h"

namespace hardlink {
namespace {

constexpr std::string_view kRemovingSuffix = "-removing";

/// Whether a file is missing because all that belonged to it has just been removed.
bool isGone(const std::string& directory, const Error& error) {
  struct stat status {};
  return error.code == ENOENT && lstat(directory.c_str(), &status) != 0;
}

void sortOut(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

std::vector<std::string> listOrComplain(const std::string& path, DockerProblems& problems) {
  auto names = listNames(path);
  if (!names) {
    problems.add("unreadable directory", "unreadable directories", names.error().message());
    return {};
  }
  return std::move(*names);
}

}  // namespace

DockerLayerDb::DockerLayerDb(std::string path, DockerProblems& problems) : path_(std::move(path)) {
  for (const std::string& name : listOrComplain(path_ + "/sha256", problems)) {
    if (isHexDigest(name)) {
      readLayer(name, problems);
    } else if (isHexDigest(name.substr(0, 64)) && name.ends_with(kRemovingSuffix)) {
      readRemoving(name, problems);
    }
  }
  for (const std::string& id : listOrComplain(path_ + "/mounts", problems)) {
    readMount(id, problems);
  }
}

void DockerLayerDb::readLayer(const std::string& name, DockerProblems& problems) {
  const std::string directory = path_ + "/sha256/" + name;
  Layer layer;
  auto cache_id = readIdentifier(directory + "/cache-id", isPlainName);
  if (cache_id) {
    layer.cache_id = std::move(*cache_id);
  } else if (isGone(directory, cache_id.error())) {
    return;
  } else {
    problems.add("layer without a usable cache-id", "layers without a usable cache-id",
                 cache_id.error().message());
  }
  auto parent = readIdentifier(directory + "/parent", isSha256Digest);
  if (parent) {
    layer.parent = std::move(*parent);
  } else if (parent.error().code != ENOENT && parent.error().code != ENOTDIR) {
    problems.add("layer with an unusable parent", "layers with an unusable parent",
                 parent.error().message());
  }
  layers_.emplace("sha256:" + name, std::move(layer));
}

void DockerLayerDb::readRemoving(const std::string& name, DockerProblems& problems) {
  const std::string directory = path_ + "/sha256/" + name;
  auto cache_id = readIdentifier(directory + "/cache-id", isPlainName);
  if (cache_id) {
    removing_.push_back(std::move(*cache_id));
  } else if (!isGone(directory, cache_id.error())) {
    problems.add("half-removed layer without a usable cache-id",
                 "half-removed layers without a usable cache-id", cache_id.error().message());
  }
}

void DockerLayerDb::readMount(const std::string& id, DockerProblems& problems) {
  const std::string directory = path_ + "/mounts/" + id;
  Mount mount;
  auto own = readIdentifier(directory + "/mount-id", isPlainName);
  if (own) {
    mount.directories.push_back(std::move(*own));
  } else if (isGone(directory, own.error())) {
    return;
  } else {
    problems.add("container without a usable mount-id", "containers without a usable mount-id",
                 own.error().message());
  }
  if (auto init = readIdentifier(directory + "/init-id", isPlainName)) {
    mount.directories.push_back(std::move(*init));
  }
  auto parent = readIdentifier(directory + "/parent", isSha256Digest);
  if (parent) {
    mount.parent = std::move(*parent);
  } else if (parent.error().code != ENOENT && parent.error().code != ENOTDIR) {
    problems.add("container with an unusable parent", "containers with an unusable parent",
                 parent.error().message());
  }
  mounts_.emplace(id, std::move(mount));
}

const std::string& DockerLayerDb::layerName(const std::string& chain) const {
  const auto layer = layers_.find(chain);
  return layer == layers_.end() || layer->second.cache_id.empty() ? chain : layer->second.cache_id;
}

std::vector<std::string> DockerLayerDb::layersUpTo(const std::string& chain,
                                                   DockerProblems& problems) const {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (std::string at = chain; !at.empty();) {
    if (!seen.insert(at).second) {
      problems.add("chain of layers that goes in a circle", "chains of layers that go in a circle",
                   at);
      break;
    }
    names.push_back(layerName(at));
    const auto layer = layers_.find(at);
    if (layer == layers_.end()) {
      problems.add("layer missing below a container", "layers missing below containers", at);
      break;
    }
    at = layer->second.parent;
  }
  std::reverse(names.begin(), names.end());
  return names;
}

std::vector<std::string> DockerLayerDb::layersNotHeldBy(const std::set<std::string>& held) const {
  std::set<std::string> names;
  for (const auto& [chain, layer] : layers_) {
    if (held.contains(layerName(chain))) {
      continue;
    }
    for (auto at = layers_.find(chain);
         at != layers_.end() && names.insert(layerName(at->first)).second;) {
      at = layers_.find(at->second.parent);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> DockerLayerDb::namedLayers() const {
  std::vector<std::string> names;
  for (const auto& [chain, layer] : layers_) {
    if (!layer.cache_id.empty()) {
      names.push_back(layer.cache_id);
    }
  }
  for (const auto& [id, mount] : mounts_) {
    names.insert(names.end(), mount.directories.begin(), mount.directories.end());
  }
  sortOut(names);
  return names;
}

std::vector<std::string> DockerLayerDb::removing() const {
  const std::vector<std::string> named = namedLayers();
  std::vector<std::string> names;
  for (const std::string& name : removing_) {
    if (!std::binary_search(named.begin(), named.end(), name)) {
      names.push_back(name);
    }
  }
  sortOut(names);
  return names;
}

}  // namespace hardlink
