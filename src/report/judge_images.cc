#include "report/judge.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace hardlink {
namespace {

/// The images and containers that hold a layer.
struct Holders {
  std::set<std::size_t> images;             // indices into ImageStore::images
  std::set<std::string_view> image_ids_of;  // of the images that its containers were made from
};

/// The names of untagged images. An image has its full id if the short one is not unique, because
/// names become labels and two time series must differ.
std::vector<std::string> untaggedNames(const ImageStore& store) {
  std::map<std::string, unsigned> uses;
  for (const StoredImage& image : store.images) {
    ++uses[shortImageId(image.id)];
  }
  std::vector<std::string> names;
  for (const StoredImage& image : store.images) {
    const std::string name = shortImageId(image.id);
    names.push_back(uses[name] == 1 ? name : image.id);
  }
  return names;
}

/// Combines the image store with the counts of a census.
class ImageJudge {
 public:
  ImageJudge(const RootCounts& counts, const ImageStore& store,
             std::optional<std::uint64_t> binding,
             const std::vector<std::optional<std::uint64_t>>& margins)
      : counts_(counts), store_(store), margins_(margins), untagged_names_(untaggedNames(store)) {
    for (std::size_t i = 0; i < store.images.size(); ++i) {
      for (const std::string& layer : store.images[i].layers) {
        holders_[layer].images.insert(i);
      }
    }
    for (const StoredContainer& container : store.containers) {
      for (const std::string& layer : container.layers) {
        holders_[layer].image_ids_of.insert(container.image);
      }
    }
    for (const TrackedInode& inode : counts.tracked) {
      if (inode.inode == binding) {
        for (const LayerNames& layer : inode.layers) {
          binding_names_[counts.layers[layer.layer].name] = layer.names;
        }
      }
    }
  }

  [[nodiscard]] std::vector<ImageReport> images() const;
  /// The names of the images that hold `layer`, ascending.
  [[nodiscard]] std::vector<std::string> namesOfHolders(const std::string& layer) const;

 private:
  [[nodiscard]] ImageReport judge(std::size_t index) const;
  [[nodiscard]] std::vector<std::string> namesOf(std::size_t index) const;
  [[nodiscard]] bool isOwn(std::size_t index, const std::string& layer) const;

  const RootCounts& counts_;
  const ImageStore& store_;
  const std::vector<std::optional<std::uint64_t>>& margins_;  // by layer
  std::vector<std::string> untagged_names_;
  std::unordered_map<std::string_view, Holders> holders_;
  std::unordered_map<std::string_view, std::uint64_t> binding_names_;  // by layer
};

std::vector<std::string> ImageJudge::namesOf(std::size_t index) const {
  const std::vector<std::string>& tags = store_.images[index].tags;
  return tags.empty() ? std::vector<std::string>{untagged_names_[index]} : tags;
}

std::vector<std::string> ImageJudge::namesOfHolders(const std::string& layer) const {
  std::vector<std::string> names;
  if (const auto holders = holders_.find(layer); holders != holders_.end()) {
    for (const std::size_t index : holders->second.images) {
      const std::vector<std::string> more = namesOf(index);
      names.insert(names.end(), more.begin(), more.end());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Whether `layer` would be removed with the image and the containers of that image.
bool ImageJudge::isOwn(std::size_t index, const std::string& layer) const {
  const Holders& holders = holders_.at(layer);
  const std::string& id = store_.images[index].id;
  return holders.images.size() == 1 &&
         std::all_of(holders.image_ids_of.begin(), holders.image_ids_of.end(),
                     [&](std::string_view other) { return other == id; });
}

ImageReport ImageJudge::judge(std::size_t index) const {
  const StoredImage& image = store_.images[index];
  ImageReport report;
  report.id = image.id;
  report.layers = image.layers.size();
  for (const std::string& layer : image.layers) {
    if (isOwn(index, layer)) {
      const auto names = binding_names_.find(layer);
      report.own_layers += 1;
      report.links_freed += names == binding_names_.end() ? 0 : names->second;
    }
  }
  if (image.layers.empty()) {
    return report;
  }
  if (const auto top = layerIndex(counts_, image.layers.back())) {
    report.extractions_remaining = margins_[*top];
  }
  return report;
}

/// The image with the least extractions remaining first, unknown ones last. Of equals, the one
/// whose removal frees most links first.
bool tighter(const ImageReport& a, const ImageReport& b) {
  const auto key = [](const ImageReport& image) {
    return std::tuple(!image.extractions_remaining, image.extractions_remaining.value_or(0),
                      ~image.links_freed, std::string_view(image.image));
  };
  return key(a) < key(b);
}

std::vector<ImageReport> ImageJudge::images() const {
  std::vector<ImageReport> reports;
  for (std::size_t i = 0; i < store_.images.size(); ++i) {
    ImageReport report = judge(i);
    for (std::string& name : namesOf(i)) {
      report.image = std::move(name);
      reports.push_back(report);
    }
  }
  std::sort(reports.begin(), reports.end(), tighter);
  return reports;
}

}  // namespace

void judgeImages(const RootCounts& counts, const ImageStore& store,
                 std::optional<std::uint64_t> binding,
                 const std::vector<std::optional<std::uint64_t>>& margins,
                 std::uint64_t most_images, CensusReport& report) {
  if (!store.known) {
    return;
  }
  const ImageJudge judge(counts, store, binding, margins);
  report.images = judge.images();
  report.images.resize(std::min<std::size_t>(report.images.size(), most_images));

  const auto is_orphan = [&](const std::string& layer) {
    return !std::binary_search(store.named_layers.begin(), store.named_layers.end(), layer);
  };
  for (LayerReport& layer : report.tightest_layers) {
    layer.images = judge.namesOfHolders(layer.name);
    layer.orphan = is_orphan(layer.name);
  }
  report.orphan_layers = static_cast<std::uint64_t>(
      std::count_if(counts.layers.begin(), counts.layers.end(),
                    [&](const LayerCounts& layer) { return is_orphan(layer.name); }));
}

std::string shortImageId(const std::string& id) {
  constexpr std::string_view kAlgorithm = "sha256:";
  constexpr std::size_t kDigits = 12;
  const std::size_t prefix = id.rfind(kAlgorithm, 0) == 0 ? kAlgorithm.size() : 0;
  return id.substr(0, prefix + kDigits);
}

}  // namespace hardlink
