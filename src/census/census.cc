#include "census/census.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/os/os.h"
#include "base/os/threads.h"
#include "base/text.h"
#include "census/ext4/ext4_engine.h"
#include "docker/makers_own.h"
#include "farms/layout.h"

namespace hardlink {
namespace {

/// What a pass over the inode tables takes per slot where they are in memory (docs/performance.md).
constexpr std::chrono::nanoseconds kPerSlot{100};
constexpr std::chrono::nanoseconds kLeastBudget = std::chrono::milliseconds(20);

void reset(CensusProgress& progress) {
  progress.names = 0;
  progress.directories = 0;
  progress.layers_done = 0;
  progress.layers_total = 0;
}

/// Why a root whose configured globs match nothing is not counted: a margin without layers would be
/// an invention.
Error noLayers(const CensusRequest& request, const CensusErrors& errors) {
  return Error{0, request.path + ": no directory matches the glob for layers, " +
                      joined(request.options.globs) +
                      (errors.example.empty() ? "" : " (" + errors.example + ")")};
}

/// Where nothing was recognised before the census, what was counted may tell an unknown store.
void concludeFarm(int root, Census& census) {
  RootCounts& counts = census.counts;
  Farm& farm = census.farm;
  if (counts.stopped || farm.layout != Layout::none || farm.samples.empty()) {
    return;
  }
  concludeStore(root, counts.located, farm);
  counts.layout = toString(farm.layout);
  for (const ChildLinks& child : counts.child_links) {
    if (std::binary_search(farm.users.begin(), farm.users.end(), child.child)) {
      counts.links_per_user = std::max(counts.links_per_user.value_or(0), child.links);
    }
  }
}

void keepLess(std::optional<Quota>& least, const std::optional<Quota>& other) {
  if (least && other && other->left < least->left) {
    least = other;
  }
}

}  // namespace

CensusTaker::CensusTaker() : walk_(makeWalkEngine()) {}

CensusTaker::~CensusTaker() = default;

Result<Census> CensusTaker::take(const CensusRequest& request, CensusProgress& progress,
                                 const std::stop_token& stop) {
  auto census = recogniseAndCount(request, progress, stop);
  if (!census && !stop.stop_requested()) {
    // An open descriptor would keep the device of an unmounted filesystem busy.
    closeExt4();
  }
  if (!census || census->counts.stopped) {
    return census;
  }
  if (census->counts.layers.empty() && !request.options.globs.empty()) {
    return noLayers(request, census->counts.errors);
  }
  // After the count, so that a layer that Docker finishes meanwhile does not look like an orphan.
  (void)rereadImages(request.path, *census);
  (void)rereadRoom(request.path, *census);
  return census;
}

Result<Census> CensusTaker::recogniseAndCount(const CensusRequest& wanted, CensusProgress& progress,
                                              const std::stop_token& stop) {
  auto filesystem = inspectFilesystem(wanted.path, wanted.link_limit);
  if (!filesystem) {
    return filesystem.error();
  }
  if (filesystem->network && !wanted.allow_network) {
    return Error{0, wanted.path + " is on " + filesystem->type +
                        ", a network filesystem: it is watched only if it is named as a root"};
  }
  const auto root = os::openRoot(wanted.path);
  if (!root) {
    return root.error();
  }
  CensusRequest request = wanted;
  request.farm = recognise(root->get(), request.path, request.options, stop);
  if (request.farm.link_limit) {
    applyToolLimit(*request.farm.link_limit, *filesystem);
  }
  auto census = count(request, *filesystem, progress, stop);
  if (census) {
    census->farm = std::move(request.farm);
    concludeFarm(root->get(), *census);
  }
  return census;
}

Result<Census> CensusTaker::count(const CensusRequest& request, const FilesystemInfo& filesystem,
                                  CensusProgress& progress, const std::stop_token& stop) {
  if (request.engine == EngineWish::walk) {
    return walk(request, filesystem, progress, stop, "configured");
  }
  if (auto problem = openExt4(filesystem)) {
    return walk(request, filesystem, progress, stop, std::move(*problem));
  }
  if (request.engine == EngineWish::ext4) {
    return readMetadata(request, filesystem, progress, stop, "configured");
  }
  const std::string slots = std::to_string(ext4_->usedSlots()) + " inode slots in use";
  if (!prefers_ext4_) {
    const auto budget =
        std::max(kLeastBudget, kPerSlot * static_cast<std::int64_t>(ext4_->usedSlots()));
    if (auto walked = tryWalk(request, filesystem, progress, stop, budget)) {
      if (*walked) {
        (*walked)->engine_reason = "a walk is quicker than reading " + slots;
      }
      return std::move(*walked);
    }
    prefers_ext4_ = true;
    walk_ = makeWalkEngine();  // which may have kept something for its next census
    reset(progress);
  }
  return readMetadata(request, filesystem, progress, stop, "quicker than a walk, " + slots);
}

Result<LinksNow> CensusTaker::rereadLinks(const CensusRequest& request,
                                          const std::vector<HotInode>& hot_inodes, double max_duty,
                                          const std::stop_token& stop) {
  if (last_was_ext4_) {
    auto now = ext4_->readLinks(request.buckets, max_duty, stop);
    if (now || stop.stop_requested()) {
      return now;
    }
  }
  auto links = hardlink::rereadLinks(request.path, hot_inodes);
  if (!links) {
    return links.error();
  }
  const bool all_are_hot = hot_inodes.size() < request.hot_inodes;
  return LinksNow{.links = std::move(*links),
                  .other_links = all_are_hot || hot_inodes.empty() ? 0 : hot_inodes.back().links,
                  .inode_links = std::nullopt};
}

std::optional<std::string> CensusTaker::openExt4(const FilesystemInfo& filesystem) {
  if (!filesystem.type.starts_with("ext")) {
    closeExt4();
    return filesystem.type + " is not ext4";
  }
  if (filesystem.mountpoint.empty()) {
    closeExt4();
    // Nor is it known which of its directories other mounts hide.
    return "not known where " + filesystem.type + " is mounted";
  }
  if (ext4_ && ext4_->deviceNumber() == filesystem.device_number) {
    return std::nullopt;
  }
  auto opened = Ext4Engine::open(filesystem);
  if (!opened) {
    closeExt4();
    return opened.error().message();
  }
  ext4_ = std::move(*opened);
  prefers_ext4_ = false;
  return std::nullopt;
}

void CensusTaker::closeExt4() {
  ext4_.reset();
  last_was_ext4_ = false;
}

Result<Census> CensusTaker::walk(const CensusRequest& request, const FilesystemInfo& filesystem,
                                 CensusProgress& progress, const std::stop_token& stop,
                                 std::string reason) {
  last_was_ext4_ = false;
  auto counts = walk_->count(request, filesystem, progress, stop);
  if (!counts) {
    return counts.error();
  }
  return Census{std::move(*counts), filesystem, std::move(reason)};
}

Result<Census> CensusTaker::readMetadata(const CensusRequest& request,
                                         const FilesystemInfo& filesystem, CensusProgress& progress,
                                         const std::stop_token& stop, const std::string& reason) {
  auto counts = ext4_->count(request, filesystem, progress, stop);
  if (counts) {
    last_was_ext4_ = true;
    said_problem_.clear();
    return Census{std::move(*counts), filesystem, reason};
  }
  if (stop.stop_requested()) {
    return counts.error();
  }
  // The root may be at fault and not the device: the walk will tell.
  if (std::string problem = counts.error().message();
      std::exchange(said_problem_, problem) != problem) {
    log::warn("ext4's metadata cannot be read; walking instead",
              {{"path", request.path}, {"error", problem}});
  }
  closeExt4();
  reset(progress);
  return walk(request, filesystem, progress, stop, counts.error().message());
}

std::optional<Result<Census>> CensusTaker::tryWalk(const CensusRequest& request,
                                                   const FilesystemInfo& filesystem,
                                                   CensusProgress& progress,
                                                   const std::stop_token& stop,
                                                   std::chrono::nanoseconds budget) {
  const Alarm alarm(budget, stop);
  auto census = walk(request, filesystem, progress, alarm.token(), "");
  const bool stopped = census ? census->counts.stopped : census.error().code == ECANCELED;
  const bool gave_up = stopped && !stop.stop_requested();
  return gave_up ? std::nullopt : std::optional(std::move(census));
}

bool rereadImages(const std::string& root, Census& census) {
  if (census.counts.layout != toString(Layout::docker_overlay)) {
    return false;
  }
  // Taken before the reading: what changes during it is a change still to be seen.
  DockerFingerprint now = dockerFingerprint(root);
  if (now == census.images_fingerprint) {
    return false;
  }
  census.images = readDockerMetadata(root);
  // Where images are not known, one may have all layers.
  const std::size_t deepest =
      census.images.known ? mostLayers(census.images.images) : census.counts.layers.size();
  census.farm.makers_own = makersOwnAt(root, deepest);
  census.images_fingerprint = std::move(now);
  return true;
}

bool rereadRoom(const std::string& root, Census& census) {
  Result<FreeRoom> least = freeRoom(root, census.filesystem);
  const Result<Fd> directory = os::openRoot(root);
  if (!least || !directory) {
    return false;
  }
  for (const std::string& holder : census.farm.layer_holders) {
    int error = 0;
    const Fd fd = os::openDirectoryAt(directory->get(), holder.c_str(), error);
    const std::string path = std::string(root).append("/").append(holder);
    const Result<FreeRoom> room =
        fd.valid() ? freeRoomIn(fd.get(), path, census.filesystem) : *least;
    if (room) {
      keepLess(least->inodes, room->inodes);
      keepLess(least->bytes, room->bytes);
    }
  }
  return std::exchange(census.filesystem.room, *least) != *least;
}

std::string layersDirectory(const std::string& root, const std::vector<std::string>& globs) {
  const std::string below = layerHolder(globs);
  return below.empty() ? root : root + "/" + below;
}

}  // namespace hardlink
