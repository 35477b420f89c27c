#include "census/census.h"

#include <memory>
#include <utility>

#include "base/log.h"

namespace hardlink {
namespace {

std::unique_ptr<CensusEngine> engineFor(const CensusRequest& request,
                                        const FilesystemInfo& filesystem) {
  if (request.engine != EngineWish::walk) {
    auto ext4 = makeExt4Engine(filesystem);
    if (ext4) {
      return std::move(*ext4);
    }
    log::error("walking instead of reading ext4's metadata",
              {{"path", request.path}, {"error", ext4.error().message()}});
  }
  return makeWalkEngine();
}

}  // namespace

Result<Census> takeCensus(const CensusRequest& request, CensusProgress& progress,
                          const std::stop_token& stop) {
  auto filesystem = inspectFilesystem(request.path, request.link_limit);
  if (!filesystem) {
    return filesystem.error();
  }
  if (filesystem->network && !request.allow_network) {
    return Error{0, request.path + " is on " + filesystem->type +
                        ", a network filesystem: it is watched only if it is named as a root"};
  }
  auto counts = engineFor(request, *filesystem)->count(request, *filesystem, progress, stop);
  if (!counts) {
    return counts.error();
  }
  return Census{std::move(*counts), std::move(*filesystem)};
}

std::string layersDirectory(const std::string& root, const LayerOptions& layers) {
  const std::string below = layerHolder(layers);
  return below.empty() ? root : root + "/" + below;
}

}  // namespace hardlink
