#pragma once

/// Internal to report/: what `docker rmi` does, as removals and the layers that go with them. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "commands/plan/search/removal_ledger.h"
#include "commands/plan/search/removal_search.h"
#include "model/counts.h"
#include "model/image_store.h"

namespace hardlink {

/// Docker frees a layer when no image and no container holds it any more. Removing an image means
/// removing all its references, after its containers. An image that others were built from loses
/// its references, but stays until those are gone; then it goes by itself, and so does one that
/// never had any, unless a container was made from it. Whether an image goes thus depends on a set
/// of removals, all of which it takes, and in whatever order: so it is for its layers.
/// (daemon/images/image_delete.go and layer/layer_store.go of moby 1.10 to 23.0.)
class DockerRemovals {
 public:
  /// Both must outlive this.
  DockerRemovals(const RootCounts& counts, const ImageStore& store);

  /// How many removals there are. Each is that of one image.
  [[nodiscard]] std::size_t count() const { return images_.size(); }
  [[nodiscard]] const StoredImage& image(Removal removal) const;
  /// The containers that were made from the image and have to be removed first.
  [[nodiscard]] const std::vector<const StoredContainer*>& containers(Removal removal) const;
  /// All removals, those of images with containers apart.
  [[nodiscard]] RemovalChoice choice() const;
  /// The layers of the census, by what it takes for them to go.
  [[nodiscard]] std::vector<LayerBatch> groups() const;
  /// Whether `removal` can be made once those in `made` (by removal) have been: an image without
  /// references cannot be removed before the images that were built from it.
  [[nodiscard]] bool possibleAfter(Removal removal, const std::vector<bool>& made) const;
  /// The images that are gone once the removals in `made` have been made, as indices into the
  /// store's, ascending.
  [[nodiscard]] std::vector<std::size_t> imagesGone(const std::vector<bool>& made) const;

 private:
  void findChildren();
  void findRemovals();
  /// What it takes for an image to go: fills needs_[image] from its children's.
  void findNeeds(std::size_t image);
  [[nodiscard]] std::optional<std::size_t> find(const std::string& id) const;
  [[nodiscard]] bool hasReferences(std::size_t image) const;

  const RootCounts& counts_;
  const ImageStore& store_;
  std::vector<std::vector<std::size_t>> children_;               // by image
  std::vector<std::vector<const StoredContainer*>> containers_;  // by image
  std::vector<std::optional<Removal>> removal_of_;               // by image
  std::vector<std::size_t> images_;                              // by removal
  std::vector<std::vector<Removal>> needs_;                      // by image; ascending
};

}  // namespace hardlink
