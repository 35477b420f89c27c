#pragma once

/// Internal to docker/: Docker's images, DATA_ROOT/image/overlay/{imagedb,repositories.json}.

#include <string>
#include <vector>

#include "docker/files.h"
#include "docker/layer_db.h"
#include "model/image_store.h"

namespace hardlink {

/// The diff ids of an image's layers, base first, from its configuration. An image of no layers has
/// no such list.
[[nodiscard]] Result<std::vector<std::string>> diffIdsIn(const JsonView& config);

/// The images kept in `image_directory`, ascending by id; what cannot be used goes into `problems`.
[[nodiscard]] std::vector<StoredImage> readDockerImages(const std::string& image_directory,
                                                        const DockerLayerDb& layers,
                                                        DockerProblems& problems);

}  // namespace hardlink
