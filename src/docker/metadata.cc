#include "docker/metadata.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>

#include "docker/chains.h"
#include "docker/files.h"
#include "docker/layer_db.h"

namespace hardlink {
namespace {

namespace fs = std::filesystem;

constexpr int kMostReadings = 3;

/// Where Docker keeps what it knows of one overlay directory.
struct DockerPaths {
  std::string images;      ///< DATA_ROOT/image/overlay
  std::string containers;  ///< DATA_ROOT/containers
};

DockerPaths pathsBeside(const std::string& overlay_directory) {
  const std::string images = dockerImageDirectory(overlay_directory);
  const fs::path data_root = fs::path(images).parent_path().parent_path();
  return {images, (data_root / "containers").string()};
}

/// An overlay directory may be a symlink out of the data root, or one into it.
DockerPaths pathsFor(const std::string& overlay_directory) {
  DockerPaths as_given = pathsBeside(overlay_directory);
  std::error_code error;
  if (!fs::exists(as_given.images, error) && !error) {
    const fs::path resolved = fs::canonical(overlay_directory, error);
    if (!error) {
      DockerPaths elsewhere = pathsBeside(resolved.string());
      return fs::exists(elsewhere.images, error) ? elsewhere : as_given;
    }
  }
  return as_given;
}

FileStamp stampOf(const std::string& path) {
  struct stat status {};
  FileStamp stamp;
  if (lstat(path.c_str(), &status) != 0) {
    stamp.error = errnoError(path).code;
    return stamp;
  }
  stamp.device = status.st_dev;
  stamp.inode = status.st_ino;
  stamp.size_bytes = static_cast<std::uint64_t>(status.st_size);
  stamp.changed_seconds = status.st_ctim.tv_sec;
  stamp.changed_nanoseconds = status.st_ctim.tv_nsec;
  return stamp;
}

DockerFingerprint fingerprintOf(const DockerPaths& paths) {
  DockerFingerprint fingerprint;
  for (const char* below : {"", "/repositories.json", "/imagedb/content/sha256",
                            "/imagedb/metadata/sha256", "/layerdb/sha256", "/layerdb/mounts"}) {
    fingerprint.push_back(stampOf(paths.images + below));
  }
  fingerprint.push_back(stampOf(paths.containers));
  return fingerprint;
}

/// What `docker ps` would call it, worked out as Docker does; empty if it cannot be told.
std::string stateOf(const JsonView& config) {
  const auto state = config.object("State");
  if (!state) {
    return {};
  }
  if (state->isTrue("Running")) {
    return state->isTrue("Paused")       ? "paused"
           : state->isTrue("Restarting") ? "restarting"
                                         : "running";
  }
  if (state->isTrue("RemovalInProgress")) {
    return "removing";
  }
  if (state->isTrue("Dead")) {
    return "dead";
  }
  const std::string started = state->textOrEmpty("StartedAt");
  return started.empty() || started.starts_with("0001-01-01T00:00:00") ? "created" : "exited";
}

/// What config.v2.json says of container `id`. Without its directory there is nothing to be said:
/// steps of a build have none.
StoredContainer readContainer(const std::string& containers, const std::string& id,
                              DockerProblems& problems) {
  StoredContainer container;
  container.id = id;
  const std::string directory = containers + "/" + id;
  const auto config =
      readJsonMembers(directory + "/config.v2.json", kLongestDocument, {"Name", "Image", "State"});
  if (!config) {
    std::error_code error;
    if (config.error().code != ENOENT || fs::exists(directory, error)) {
      problems.add("container without a usable configuration",
                   "containers without a usable configuration", config.error().message());
    }
    return container;
  }
  const JsonView top = config->top();
  const std::string name = top.textOrEmpty("Name");
  container.name = name.starts_with('/') ? name.substr(1) : name;
  container.state = stateOf(top);
  container.image = top.textOrEmpty("Image");
  return container;
}

std::vector<std::string> layersOfImage(const std::vector<StoredImage>& images,
                                       const std::string& id) {
  const auto image = std::lower_bound(
      images.begin(), images.end(), id,
      [](const StoredImage& entry, const std::string& wanted) { return entry.id < wanted; });
  return image != images.end() && image->id == id ? image->layers : std::vector<std::string>();
}

/// Containers have a directory of their own, a mount in the layer database, or both.
std::vector<std::string> containerIds(const std::string& containers, const DockerLayerDb& layers,
                                      DockerProblems& problems) {
  std::vector<std::string> ids;
  auto names = listNames(containers);
  if (!names) {
    problems.add("unreadable directory", "unreadable directories", names.error().message());
  } else {
    std::copy_if(names->begin(), names->end(), std::back_inserter(ids), isHexDigest);
  }
  for (const auto& [id, mount] : layers.mounts()) {
    ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<StoredContainer> readContainers(const std::string& directory,
                                            const DockerLayerDb& layers,
                                            const std::vector<StoredImage>& images,
                                            DockerProblems& problems) {
  std::vector<StoredContainer> containers;
  for (const std::string& id : containerIds(directory, layers, problems)) {
    StoredContainer container = readContainer(directory, id, problems);
    const auto mount = layers.mounts().find(id);
    const bool has_parent = mount != layers.mounts().end() && !mount->second.parent.empty();
    container.layers = has_parent ? layers.layersUpTo(mount->second.parent, problems)
                                  : layersOfImage(images, container.image);
    containers.push_back(std::move(container));
  }
  return containers;
}

std::vector<std::string> keptLayers(const ImageStore& store, const DockerLayerDb& layers) {
  std::set<std::string> held;
  for (const StoredImage& image : store.images) {
    held.insert(image.layers.begin(), image.layers.end());
  }
  for (const StoredContainer& container : store.containers) {
    held.insert(container.layers.begin(), container.layers.end());
  }
  return layers.layersNotHeldBy(held);
}

ImageStore readOnce(const DockerPaths& paths) {
  ImageStore store;
  DockerProblems problems;
  const FileStamp there = stampOf(paths.images);
  if (there.error != 0) {
    if (there.error != ENOENT && there.error != ENOTDIR) {
      store.problems = {Error{there.error, paths.images}.message()};
    }
    return store;
  }
  store.known = true;
  const DockerLayerDb layers(paths.images + "/layerdb", problems);
  store.images = readDockerImages(paths.images, layers, problems);
  store.containers = readContainers(paths.containers, layers, store.images, problems);
  store.named_layers = layers.namedLayers();
  store.kept_layers = keptLayers(store, layers);
  store.removing = layers.removing();
  store.problems = problems.lines();
  return store;
}

}  // namespace

DockerFingerprint dockerFingerprint(const std::string& overlay_directory) {
  return fingerprintOf(pathsFor(overlay_directory));
}

ImageStore readDockerMetadata(const std::string& overlay_directory) {
  const DockerPaths paths = pathsFor(overlay_directory);
  DockerFingerprint before = fingerprintOf(paths);
  ImageStore store = readOnce(paths);
  for (int readings = 1; readings < kMostReadings; ++readings) {
    DockerFingerprint after = fingerprintOf(paths);
    if (after == before) {
      break;
    }
    before = std::move(after);
    store = readOnce(paths);
  }
  return store;
}

}  // namespace hardlink
