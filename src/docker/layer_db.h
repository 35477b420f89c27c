#pragma once

/// Internal to docker/: Docker's layer database, DATA_ROOT/image/overlay/layerdb, and its images,
/// DATA_ROOT/image/overlay/{imagedb,repositories.json}.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "docker/files.h"
#include "model/image_store.h"

namespace hardlink {

/// The directory of each chain of layers, and the containers on them.
class DockerLayerDb {
 public:
  /// The directories of a container, or of a build in progress.
  struct Mount {
    std::vector<std::string> directories;  ///< of the overlay driver: its own and its -init
    std::string parent;                    ///< chain id of its image's top layer; may be empty
  };

  /// Reads the directory `path`; adds files that cannot be used to `problems`.
  DockerLayerDb(std::string path, DockerProblems& problems);

  [[nodiscard]] bool has(const std::string& chain) const { return layers_.contains(chain); }
  /// The name of the layer's directory, or `chain` itself if that is not known.
  [[nodiscard]] const std::string& layerName(const std::string& chain) const;
  /// Names of the layers from the base up to `chain`, by the database's own parents.
  [[nodiscard]] std::vector<std::string> layersUpTo(const std::string& chain,
                                                    DockerProblems& problems) const;
  /// Names of the layers that are not among `held`, and of the layers below them, ascending.
  [[nodiscard]] std::vector<std::string> layersNotHeldBy(const std::set<std::string>& held) const;
  [[nodiscard]] const std::map<std::string, Mount>& mounts() const { return mounts_; }
  /// Every directory that the database names, ascending.
  [[nodiscard]] std::vector<std::string> namedLayers() const;
  /// Directories of layers that are half-removed, ascending.
  [[nodiscard]] std::vector<std::string> removing() const;

 private:
  struct Layer {
    std::string cache_id;  // empty if not known
    std::string parent;    // chain id; empty for a base layer
  };

  void readLayer(const std::string& name, DockerProblems& problems);
  void readRemoving(const std::string& name, DockerProblems& problems);
  void readMount(const std::string& id, DockerProblems& problems);

  std::string path_;
  std::map<std::string, Layer> layers_;  // by chain id
  std::map<std::string, Mount> mounts_;  // by the container's id
  std::vector<std::string> removing_;
};

/// The diff ids of an image's layers, base first, from its configuration. An image of no layers has
/// no such list.
[[nodiscard]] Result<std::vector<std::string>> diffIdsIn(const JsonView& config);

/// The images kept in `image_directory`, ascending by id; what cannot be used goes into `problems`.
[[nodiscard]] std::vector<StoredImage> readDockerImages(const std::string& image_directory,
                                                        const DockerLayerDb& layers,
                                                        DockerProblems& problems);

}  // namespace hardlink
