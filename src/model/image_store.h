#pragma once

/// Which images and containers hold which layers. docker/ reads this from the container engine's
/// own files, report/ judges by it. Plain values. Strings are bytes as in those files.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace hardlink {

struct StoredImage {
  std::string id;                    ///< `sha256:…`
  std::vector<std::string> tags;     ///< `name:tag`, ascending; none for an untagged image
  std::vector<std::string> digests;  ///< `name@sha256:…`, ascending
  std::string parent;                ///< id of the image that a build made it from; may be empty
  std::vector<std::string> layers;   ///< names as in LayerCounts, base first; top last

  bool operator==(const StoredImage&) const = default;
};

struct StoredContainer {
  std::string id;
  std::string name;                 ///< without the leading slash; may be empty
  std::string state;                ///< running, created, exited, … ; may be empty
  std::string image;                ///< id of its image, which may be gone
  std::vector<std::string> layers;  ///< the layers it stands on, base first

  bool operator==(const StoredContainer&) const = default;
};

/// The images and containers of one root.
struct ImageStore {
  bool known = false;               ///< the files exist; otherwise all lists below are empty
  std::vector<StoredImage> images;  ///< ascending by id
  std::vector<StoredContainer> containers;  ///< ascending by id
  /// Layers that a file names, ascending. A layer of the census that is not among them is an
  /// orphan, or so new that no file names it yet.
  std::vector<std::string> named_layers;
  /// Named layers that no image or container holds (for example of a load that was killed), and the
  /// layers below them; ascending. They stay when an image is removed.
  std::vector<std::string> kept_layers;
  std::vector<std::string> removing;  ///< layers half-removed, ascending; not in named_layers
  /// Files that could not be read or are invalid, one line each, for the log.
  std::vector<std::string> problems;

  bool operator==(const ImageStore&) const = default;
};

/// The number of layers of the image that has the most; `images` are an ImageStore's or others.
template <class Images>
[[nodiscard]] std::size_t mostLayers(const Images& images) {
  std::size_t most = 0;
  for (const auto& image : images) {
    most = std::max(most, image.layers.size());
  }
  return most;
}

}  // namespace hardlink
