#include "cli/snapshots.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>

#include "base/older_kernel.h"
#include "base/time.h"
#include "census/copies.h"

namespace hardlink {
namespace {

namespace fs = std::filesystem;

SnapshotAge ageOf(const std::string& root, const std::string& name) {
  SnapshotAge age{name};
  const std::string path = root + "/" + name;
  struct statx status {};
  if (statxOrFstatat(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                     STATX_BTIME | STATX_MTIME, status) != 0 ||
      (status.stx_mask & STATX_MTIME) == 0) {
    return age;
  }
  // A program that sets times in whole seconds (rsnapshot) means some moment of that second.
  constexpr std::uint32_t kLastNanosecond = 999'999'999;
  if (status.stx_mtime.tv_nsec == 0) {
    status.stx_mtime.tv_nsec = kLastNanosecond;
  }
  age.modified = timeFromUnix(status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec);
  if ((status.stx_mask & STATX_BTIME) != 0) {
    age.born = timeFromUnix(status.stx_btime.tv_sec, status.stx_btime.tv_nsec);
  }
  return age;
}

/// The snapshots that symlinks beside or above them lead to or into. Symlinks are read and not
/// followed: their targets may be on filesystems that hang.
class SymlinkTargets {
 public:
  SymlinkTargets(const std::string& root, const std::vector<LayerCounts>& layers) {
    std::set<fs::path> holders;
    for (const LayerCounts& layer : layers) {
      names_.insert(layer.name);
      fs::path holder = layer.name;
      do {
        holder = holder.parent_path();
      } while (holders.insert(holder).second && !holder.empty());
    }
    for (const fs::path& holder : holders) {
      read(root, holder);
    }
  }

  [[nodiscard]] bool contain(const std::string& name) const { return found_.contains(name); }

 private:
  void read(const fs::path& root, const fs::path& holder) {
    std::error_code error;
    for (fs::directory_iterator at(root / holder, error), end; !error && at != end;
         at.increment(error)) {
      std::error_code ignored;
      if (!at->is_symlink(ignored)) {
        continue;
      }
      const fs::path target = fs::read_symlink(at->path(), ignored);
      if (target.is_relative()) {
        addPrefixOf((holder / target).lexically_normal());
      } else {
        // The path to the root may be another one than ours: in a container, on another host.
        for (fs::path rest = target.lexically_normal().relative_path(); !rest.empty();) {
          addPrefixOf(rest);
          rest = rest.lexically_relative(*rest.begin());
          rest = rest == "." ? fs::path() : rest;
        }
      }
    }
  }

  void addPrefixOf(const fs::path& path) {
    fs::path prefix;
    for (const fs::path& component : path) {
      prefix /= component;
      if (names_.contains(prefix.string())) {
        found_.insert(prefix.string());
      }
    }
  }

  std::set<std::string> names_;
  std::set<std::string> found_;
};

/// Whether one of the next newer snapshots of its series is a copy of the one at `place`.
bool hasCopy(const std::string& root, const std::vector<LayerCounts>& layers,
             const SnapshotSeries& series, std::size_t place) {
  constexpr std::size_t kNewerTried = 4;
  const auto path = [&](std::size_t at) {
    return root + "/" + layers[series.oldest_first[at]].name;
  };
  const std::size_t end = std::min(series.oldest_first.size(), place + 1 + kNewerTried);
  for (std::size_t newer = place + 1; newer < end; ++newer) {
    if (areCopies(path(place), path(newer))) {
      return true;
    }
  }
  return false;
}

}  // namespace

RemovableSnapshots removableSnapshots(const std::string& root,
                                      const std::vector<LayerCounts>& layers, OrderChoice choice) {
  std::vector<SnapshotAge> ages;
  ages.reserve(layers.size());
  for (const LayerCounts& layer : layers) {
    ages.push_back(ageOf(root, layer.name));
  }
  const SnapshotOrder order = orderSnapshots(ages, choice);
  const SymlinkTargets targets(root, layers);
  RemovableSnapshots removable;
  removable.conflict = order.conflict;
  std::set<std::size_t> stay;
  for (const SnapshotSeries& series : order.series) {
    removable.unordered |= series.older == 0 && series.oldest_first.size() > 1;
    for (std::size_t place = 0; !order.conflict && place < series.oldest_first.size(); ++place) {
      const std::size_t layer = series.oldest_first[place];
      if (holdsSnapshots(root + "/" + layers[layer].name)) {
        stay.insert(layer);
        removable.holders.push_back(layers[layer].name);
      } else if (place < series.older && !hasCopy(root, layers, series, place)) {
        stay.insert(layer);
        removable.no_copies.push_back(layers[layer].name);
      }
    }
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (order.made[i]) {
      removable.made.emplace(layers[i].name, *order.made[i]);
    }
  }
  for (const std::size_t layer : order.removable) {
    if (!stay.contains(layer) && !targets.contain(layers[layer].name)) {
      removable.layers.push_back(static_cast<std::uint32_t>(layer));
    }
  }
  return removable;
}

}  // namespace hardlink
