#include "cli/snapshot_ages.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/older_kernel.h"

namespace hardlink {
namespace {

SystemTime timeFrom(const struct statx_timestamp& stamp) {
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(
      std::chrono::seconds(stamp.tv_sec) + std::chrono::nanoseconds(stamp.tv_nsec)));
}

std::optional<SystemTime> timeOf(const std::string& path) {
  struct statx status {};
  if (statxOrFstatat(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                     STATX_BTIME | STATX_MTIME, status) != 0 ||
      (status.stx_mask & STATX_MTIME) == 0) {
    return std::nullopt;
  }
  // A program that sets times in whole seconds (rsnapshot) means some moment of that second.
  constexpr std::uint32_t kLastNanosecond = 999'999'999;
  if (status.stx_mtime.tv_nsec == 0) {
    status.stx_mtime.tv_nsec = kLastNanosecond;
  }
  const SystemTime modified = timeFrom(status.stx_mtime);
  return (status.stx_mask & STATX_BTIME) == 0 ? modified
                                              : std::max(modified, timeFrom(status.stx_btime));
}

}  // namespace

std::map<std::string, SystemTime> snapshotTimes(const std::string& root,
                                                const std::vector<LayerCounts>& layers) {
  std::map<std::string, SystemTime> times;
  for (const LayerCounts& layer : layers) {
    if (const auto time = timeOf(root + "/" + layer.name)) {
      times.emplace(layer.name, *time);
    }
  }
  return times;
}

std::vector<std::uint32_t> oldestFirst(const std::vector<LayerCounts>& layers,
                                       const std::map<std::string, SystemTime>& times) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t layer = 0; layer < layers.size(); ++layer) {
    if (times.contains(layers[layer].name)) {
      order.push_back(layer);
    }
  }
  // Layers ascend by name.
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return times.at(layers[a].name) < times.at(layers[b].name);
  });
  return order;
}

}  // namespace hardlink
