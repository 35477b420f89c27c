#include "commands/plan/docker_removals.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

namespace hardlink {
namespace {

bool isSubset(const std::vector<Removal>& removals, const std::vector<bool>& made) {
  return std::all_of(removals.begin(), removals.end(),
                     [&](Removal removal) { return made[removal]; });
}

}  // namespace

DockerRemovals::DockerRemovals(const RootCounts& counts, const ImageStore& store)
    : counts_(counts),
      store_(store),
      children_(store.images.size()),
      containers_(store.images.size()),
      removal_of_(store.images.size()),
      needs_(store.images.size()) {
  findChildren();
  findRemovals();
  for (std::size_t image = 0; image < store.images.size(); ++image) {
    findNeeds(image);
  }
}

std::optional<std::size_t> DockerRemovals::find(const std::string& id) const {
  const auto at = std::lower_bound(
      store_.images.begin(), store_.images.end(), id,
      [](const StoredImage& image, const std::string& wanted) { return image.id < wanted; });
  if (at == store_.images.end() || at->id != id) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(at - store_.images.begin());
}

bool DockerRemovals::hasReferences(std::size_t image) const {
  return !store_.images[image].tags.empty() || !store_.images[image].digests.empty();
}

void DockerRemovals::findChildren() {
  for (std::size_t image = 0; image < store_.images.size(); ++image) {
    const auto parent = find(store_.images[image].parent);
    // A parent has no more layers than its child; of two with the same layers and nonsense in their
    // files, each could otherwise be the other's.
    const auto rank = [&](std::size_t index) { return store_.images[index].layers.size(); };
    if (parent && *parent != image && rank(*parent) <= rank(image)) {
      children_[*parent].push_back(image);
    }
  }
}

void DockerRemovals::findRemovals() {
  for (const StoredContainer& container : store_.containers) {
    if (const auto image = find(container.image)) {
      containers_[*image].push_back(&container);
    }
  }
  for (std::size_t image = 0; image < store_.images.size(); ++image) {
    if (hasReferences(image) || children_[image].empty() || !containers_[image].empty()) {
      removal_of_[image] = static_cast<Removal>(images_.size());
      images_.push_back(image);
    }
  }
}

void DockerRemovals::findNeeds(std::size_t image) {
  std::set<Removal> needs;
  std::set<std::size_t> seen;
  std::vector<std::size_t> descendants = {image};
  while (!descendants.empty()) {
    const std::size_t next = descendants.back();
    descendants.pop_back();
    if (!seen.insert(next).second) {
      continue;
    }
    if (removal_of_[next]) {
      needs.insert(*removal_of_[next]);
    }
    descendants.insert(descendants.end(), children_[next].begin(), children_[next].end());
  }
  needs_[image].assign(needs.begin(), needs.end());
}

const StoredImage& DockerRemovals::image(Removal removal) const {
  return store_.images[images_[removal]];
}

const std::vector<const StoredContainer*>& DockerRemovals::containers(Removal removal) const {
  return containers_[images_[removal]];
}

RemovalChoice DockerRemovals::choice() const {
  RemovalChoice choice;
  for (Removal removal = 0; removal < images_.size(); ++removal) {
    (containers(removal).empty() ? choice.free : choice.held).push_back(removal);
  }
  return choice;
}

std::vector<LayerBatch> DockerRemovals::groups() const {
  std::unordered_map<std::string_view, std::set<Removal>> needs_of;
  std::set<std::string_view> stay;
  for (std::size_t image = 0; image < store_.images.size(); ++image) {
    for (const std::string& layer : store_.images[image].layers) {
      needs_of[layer].insert(needs_[image].begin(), needs_[image].end());
    }
  }
  for (const StoredContainer& container : store_.containers) {
    const auto image = find(container.image);
    for (const std::string& layer : container.layers) {
      if (image) {
        needs_of[layer].insert(needs_[*image].begin(), needs_[*image].end());
      } else {
        stay.insert(layer);
      }
    }
  }
  stay.insert(store_.kept_layers.begin(), store_.kept_layers.end());
  std::map<std::vector<Removal>, std::vector<std::uint32_t>> layers_by_needs;
  for (std::uint32_t layer = 0; layer < counts_.layers.size(); ++layer) {
    const std::string& name = counts_.layers[layer].name;
    const auto needs = needs_of.find(name);
    const bool stays = needs == needs_of.end() || stay.contains(name);
    layers_by_needs[stays ? std::vector<Removal>()
                          : std::vector<Removal>(needs->second.begin(), needs->second.end())]
        .push_back(layer);
  }
  std::vector<LayerBatch> groups;
  groups.reserve(layers_by_needs.size());
  for (auto& [needs, layers] : layers_by_needs) {
    groups.push_back({needs, std::move(layers)});
  }
  return groups;
}

bool DockerRemovals::possibleAfter(Removal removal, const std::vector<bool>& made) const {
  const std::size_t image = images_[removal];
  return hasReferences(image) ||
         std::all_of(needs_[image].begin(), needs_[image].end(),
                     [&](Removal needed) { return needed == removal || made[needed]; });
}

std::vector<std::size_t> DockerRemovals::imagesGone(const std::vector<bool>& made) const {
  std::vector<std::size_t> gone;
  for (std::size_t image = 0; image < store_.images.size(); ++image) {
    if (!needs_[image].empty() && isSubset(needs_[image], made)) {
      gone.push_back(image);
    }
  }
  return gone;
}

}  // namespace hardlink
