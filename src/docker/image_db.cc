#include "docker/layer_db.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/os/read_file.h"
#include "base/text.h"
#include "docker/chains.h"

namespace hardlink {
namespace {

using nlohmann::json;

constexpr std::size_t kMostRepositoriesBytes = 32UL << 20U;
constexpr std::size_t kMostIdBytes = 4096;

struct References {
  std::vector<std::string> tags;
  std::vector<std::string> digests;
};

/// What repositories.json calls each image, by its id.
using ReferencesById = std::map<std::string, References>;

void addReferences(const json& references, ReferencesById& by_id, DockerProblems& problems) {
  for (const auto& [reference, id] : references.items()) {
    if (!id.is_string()) {
      problems.add("reference to no image id", "references to no image id", reference);
      continue;
    }
    References& of_image = by_id[id.get<std::string>()];
    const bool is_digest = reference.find('@') != std::string::npos;
    (is_digest ? of_image.digests : of_image.tags).push_back(reference);
  }
}

/// Unset where the file cannot be used. Docker writes it whenever it starts without one.
std::optional<ReferencesById> readReferences(const std::string& path, DockerProblems& problems) {
  const auto file = readJsonMembers(path, kMostRepositoriesBytes, {"Repositories"});
  if (!file) {
    problems.add("images without names: " + file.error().message());
    return std::nullopt;
  }
  ReferencesById by_id;
  const auto repositories = file->top().object("Repositories");
  if (!repositories) {
    problems.add("images without names: " + repositories.error().message());
    return std::nullopt;
  }
  for (const auto& [name, references] : repositories->value().items()) {
    if (references.is_object()) {
      addReferences(references, by_id, problems);
    } else {
      problems.add("repository without references", "repositories without references", name);
    }
  }
  return by_id;
}

std::vector<std::string> layersOf(const std::string& id, const std::vector<std::string>& diff_ids,
                                  const DockerLayerDb& layers, DockerProblems& problems) {
  std::vector<std::string> names;
  std::string chain;
  bool complete = true;
  for (const std::string& diff_id : diff_ids) {
    chain = chainId(chain, diff_id);
    complete = complete && layers.has(chain);
    names.push_back(layers.layerName(chain));
  }
  if (!complete) {
    problems.add("image with a layer that Docker does not have",
                 "images with layers that Docker does not have", id);
  }
  return names;
}

/// The image that a classic build made this one from; empty for any other.
std::string readParent(const std::string& path, DockerProblems& problems) {
  const auto text = readFile(path, {.most_bytes = kMostIdBytes, .follow_symlink = false});
  std::string parent = text ? std::string(trimmed(*text, kFileSpace)) : std::string();
  if (text ? !isSha256Digest(parent) : text.error().code != ENOENT) {
    problems.add("image with an unusable parent", "images with an unusable parent",
                 text ? path + ": no identifier in it" : text.error().message());
    return {};
  }
  return parent;
}

void nameImages(std::vector<StoredImage>& images, const std::set<std::string>& unusable,
                ReferencesById by_id, DockerProblems& problems) {
  for (StoredImage& image : images) {
    if (const auto named = by_id.extract(image.id)) {
      image.tags = std::move(named.mapped().tags);
      image.digests = std::move(named.mapped().digests);
      std::sort(image.tags.begin(), image.tags.end());
      std::sort(image.digests.begin(), image.digests.end());
    }
  }
  for (const auto& [id, references] : by_id) {
    if (unusable.contains(id)) {
      continue;
    }
    for (const auto* list : {&references.tags, &references.digests}) {
      for (const std::string& reference : *list) {
        problems.add("name of an image that is not there", "names of images that are not there",
                     reference);
      }
    }
  }
}

/// The diff ids in the configuration of an image, which is the file `path`.
Result<std::vector<std::string>> readDiffIds(const std::string& path) {
  ASSIGN_OR_RETURN(const auto config, readJsonMembers(path, kLongestDocument, {"rootfs"}));
  return diffIdsIn(config.top());
}

}  // namespace

Result<std::vector<std::string>> diffIdsIn(const JsonView& config) {
  ASSIGN_OR_RETURN(const JsonView rootfs, config.object("rootfs"));
  ASSIGN_OR_RETURN(auto diff_ids, rootfs.textsIfAny("diff_ids"));
  if (!std::all_of(diff_ids.begin(), diff_ids.end(), isSha256Digest)) {
    return rootfs.isNot("diff_ids", "a list of sha256 digests");
  }
  return diff_ids;
}

std::vector<StoredImage> readDockerImages(const std::string& image_directory,
                                          const DockerLayerDb& layers, DockerProblems& problems) {
  const std::string configs = image_directory + "/imagedb/content/sha256";
  const std::string metadata = image_directory + "/imagedb/metadata/sha256";
  auto names = listNames(configs);
  if (!names) {
    problems.add("unreadable directory", "unreadable directories", names.error().message());
    return {};
  }
  std::vector<StoredImage> images;
  std::set<std::string> unusable;
  for (const std::string& name : *names) {
    const std::string id = "sha256:" + name;
    if (!isHexDigest(name)) {
      continue;
    }
    const auto diff_ids = readDiffIds(std::string(configs).append("/").append(name));
    if (!diff_ids) {
      unusable.insert(id);
      if (diff_ids.error().code != ENOENT) {  // removed while the others were read
        problems.add("image without a usable configuration",
                     "images without a usable configuration", diff_ids.error().message());
      }
      continue;
    }
    images.push_back(
        {.id = id,
         .tags = {},
         .digests = {},
         .parent =
             readParent(std::string(metadata).append("/").append(name).append("/parent"), problems),
         .layers = layersOf(id, *diff_ids, layers, problems)});
  }
  if (images.empty() && unusable.empty()) {
    return images;
  }
  if (auto references = readReferences(image_directory + "/repositories.json", problems)) {
    nameImages(images, unusable, std::move(*references), problems);
  }
  return images;
}

}  // namespace hardlink
