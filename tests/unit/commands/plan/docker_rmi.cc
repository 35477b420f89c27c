#include "docker_rmi.h"

#include <algorithm>

namespace hardlink {
namespace {

bool hasReferences(const StoredImage& image) {
  return !image.tags.empty() || !image.digests.empty();
}

}  // namespace

DockerRmi::DockerRmi(RootCounts counts, const ImageStore& store)
    : counts_(std::move(counts)), containers_(store.containers) {
  for (const StoredImage& image : store.images) {
    images_[image.id] = image;
  }
  const std::set<std::string> held = layers();
  for (const LayerCounts& layer : counts_.layers) {
    if (!held.contains(layer.name)) {
      unheld_.insert(layer.name);
    }
  }
}

bool DockerRmi::hasChildren(const std::string& id) const {
  return std::any_of(images_.begin(), images_.end(),
                     [&](const auto& entry) { return entry.second.parent == id; });
}

bool DockerRmi::hasContainers(const std::string& id) const {
  return std::any_of(containers_.begin(), containers_.end(),
                     [&](const StoredContainer& container) { return container.image == id; });
}

bool DockerRmi::removeImage(const std::string& id) {
  const auto image = images_.find(id);
  if (image == images_.end() || hasContainers(id)) {
    return false;
  }
  if (!hasReferences(image->second) && hasChildren(id)) {
    return false;
  }
  image->second.tags.clear();
  image->second.digests.clear();
  deleteAndPrune(id);
  return true;
}

void DockerRmi::deleteAndPrune(const std::string& id) {
  const auto image = images_.find(id);
  if (image == images_.end() || hasReferences(image->second) || hasChildren(id) ||
      hasContainers(id)) {
    return;
  }
  const std::string parent = image->second.parent;
  images_.erase(image);
  deleteAndPrune(parent);
}

void DockerRmi::removeContainersOf(const std::string& id) {
  std::erase_if(containers_,
                [&](const StoredContainer& container) { return container.image == id; });
}

std::set<std::string> DockerRmi::layers() const {
  std::set<std::string> names = unheld_;
  for (const auto& [id, image] : images_) {
    names.insert(image.layers.begin(), image.layers.end());
  }
  for (const StoredContainer& container : containers_) {
    names.insert(container.layers.begin(), container.layers.end());
  }
  return names;
}

std::optional<std::uint64_t> DockerRmi::margin(std::uint64_t limit) const {
  const std::set<std::string> left = layers();
  std::optional<std::uint64_t> margin;
  for (const TrackedInode& inode : counts_.tracked) {
    std::uint64_t links = inode.links;
    for (const LayerNames& layer : inode.layers) {
      links -= left.contains(counts_.layers[layer.layer].name) ? 0 : layer.names;
    }
    for (const LayerNames& layer : inode.layers) {
      if (left.contains(counts_.layers[layer.layer].name)) {
        const std::uint64_t room = links >= limit ? 0 : (limit - links) / layer.names;
        margin = std::min(margin.value_or(room), room);
      }
    }
  }
  return margin;
}

}  // namespace hardlink
