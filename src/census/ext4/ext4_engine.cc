#include "census/ext4/ext4_engine.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/os/control_group.h"
#include "base/os/os.h"
#include "base/os/threads.h"
#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_reader.h"
#include "census/ext4/ext4_volume.h"
#include "census/ext4/seen_directories.h"
#include "census/walk/root_census.h"
#include "census/walk/walk_reader.h"

namespace hardlink {
namespace {

/// Whether most of these extents are in the page cache, by a sample.
bool isMostlyCached(const Ext4Volume& volume, const std::vector<Ext4Extent>& extents) {
  constexpr std::size_t kSamples = 256;
  const std::size_t step = std::max<std::size_t>(1, extents.size() / kSamples);
  std::size_t asked = 0;
  std::size_t cached = 0;
  for (std::size_t i = 0; i < extents.size(); i += step) {
    ++asked;
    cached += volume.isCached(extents[i].block * volume.blockSize()) ? 1U : 0U;
  }
  return cached * 10 >= asked * 9;
}

/// Reads directory blocks ahead, in the order in which they lie on the device: its bandwidth is
/// then the limit, not its seeks.
void prefetchDirectories(const Ext4Volume& volume, const Ext4InodeMap& map, unsigned threads,
                         const std::stop_token& stop) {
  std::vector<Ext4Extent> extents = map.allDirectoryExtents();
  std::uint64_t blocks = 0;
  for (const Ext4Extent& extent : extents) {
    blocks += extent.length;
  }
  const bool fits = blocks * volume.blockSize() < cacheRoom();
  if (!fits || isMostlyCached(volume, extents)) {
    return;
  }
  std::sort(extents.begin(), extents.end(),
            [](const Ext4Extent& a, const Ext4Extent& b) { return a.block < b.block; });
  // A small gap between two wanted blocks is cheaper to read than to skip.
  const std::uint64_t gap = (std::uint64_t{128} << 10U) / volume.blockSize();
  const std::uint64_t most = (std::uint64_t{2} << 20U) / volume.blockSize();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> runs;  // first block, end
  for (const Ext4Extent& extent : extents) {
    const std::uint64_t end = extent.block + extent.length;
    if (!runs.empty() && extent.block <= runs.back().second + gap &&
        end - runs.back().first <= most) {
      runs.back().second = std::max(runs.back().second, end);
    } else {
      runs.emplace_back(extent.block, end);
    }
  }
  forEachInThreads(runs.size(), threads, [&](std::size_t i) {
    if (stop.stop_requested()) {
      return false;
    }
    const auto& [begin, end] = runs[i];
    volume.readAhead(begin * volume.blockSize(), (end - begin) * volume.blockSize());
    return true;
  });
}

}  // namespace

Result<std::unique_ptr<Ext4Engine>> Ext4Engine::open(const FilesystemInfo& filesystem) {
  ASSIGN_OR_RETURN(Fd device, openExt4Device(filesystem.device_number, filesystem.device));
  const auto volume = Ext4Volume::open(device.get());
  if (!volume) {
    return Error{volume.error().code, filesystem.device + ": " + volume.error().context};
  }
  return std::unique_ptr<Ext4Engine>(
      new Ext4Engine(std::move(device), filesystem.device_number, volume->usedSlots()));
}

Result<RootCounts> Ext4Engine::count(const CensusRequest& request, const FilesystemInfo& filesystem,
                                     CensusProgress& progress, const std::stop_token& stop) {
  ASSIGN_OR_RETURN(const Fd root, os::openRoot(request.path));
  int error = 0;
  const auto status = os::statDescriptor(root.get(), error);
  if (!status || status->device != device_number_) {
    return Error{error, request.path + " is not on the device that was opened"};
  }
  os::useIoPriority(request.idle_io);
  ASSIGN_OR_RETURN(const Ext4Volume volume, Ext4Volume::open(device_.get()));
  ASSIGN_OR_RETURN(const Ext4InodeMap map, Ext4InodeMap::read(volume, request.threads, stop));
  const HiddenDirectories hidden(request.path, root.get());
  const bool keeps_units = request.keep_units && memory_.isTrusted();
  if (keeps_units) {
    const bool in_doubt = volume.mountState() != mount_state_ || hidden != hidden_;
    mount_state_ = volume.mountState();
    hidden_ = hidden;
    memory_.begin(request, filesystem, in_doubt);
    for (KeptUnits::Unit* const unit : memory_.units().begin()) {
      unit->is_unchanged = isUnchanged(*unit, map);
    }
  }
  const bool is_refresh = keeps_units && !request.full && memory_.units().anyUnchanged();
  if (!is_refresh) {
    prefetchDirectories(volume, map, request.threads, stop);
  }
  const MakeReader make_reader = [&](const CensusContext& context) {
    return std::make_unique<Ext4Reader>(context, volume, map, hidden,
                                        keeps_units ? &memory_.units() : nullptr, is_refresh);
  };
  RootCensus census(request, filesystem, root.get(), progress, make_reader, stop);
  auto counts = census.run(name());
  if (counts) {
    watch_.begin(volume, census.inodes(),
                 census.hottest(std::max(Ext4Watch::kHottest, request.hot_inodes)), counts->inodes);
  }
  if (counts && keeps_units) {
    memory_.end(*counts);
  }
  return counts;
}

}  // namespace hardlink
