#pragma once

/// `docker rmi` and `docker rm` as moby's own code has them, step by step on an ImageStore: what
/// plans are held against. Nothing of src/ but the plain values.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/counts.h"
#include "model/image_store.h"

namespace hardlink {

class DockerRmi {
 public:
  DockerRmi(RootCounts counts, const ImageStore& store);

  /// Removes all references of the image, or the image by its id where it has none. False where
  /// Docker refuses; then nothing has changed.
  bool removeImage(const std::string& id);
  void removeContainersOf(const std::string& id);
  [[nodiscard]] bool hasImage(const std::string& id) const { return images_.contains(id); }

  /// Layers that are left, as names.
  [[nodiscard]] std::set<std::string> layers() const;
  /// Extractions remaining by the formula, layer by layer and inode by inode.
  [[nodiscard]] std::optional<std::uint64_t> margin(std::uint64_t limit) const;

 private:
  [[nodiscard]] bool hasChildren(const std::string& id) const;
  [[nodiscard]] bool hasContainers(const std::string& id) const;
  /// Deletes an image without references and then, likewise, what it was built from.
  void deleteAndPrune(const std::string& id);

  RootCounts counts_;
  std::map<std::string, StoredImage> images_;
  std::vector<StoredContainer> containers_;
  std::set<std::string> unheld_;  // layers that nobody held from the start
};

}  // namespace hardlink
