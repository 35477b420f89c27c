#include "farms/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/clean_path.h"
#include "base/utf8.h"
#include "farms/copies_among.h"
#include "farms/evidence/directory.h"
#include "farms/snapshots/snapshot_name.h"
#include "farms/snapshots/snapshot_order.h"

namespace hardlink {
namespace {

namespace fs = std::filesystem;
using Time = SnapshotAge::Time;

/// A layer of a series, and its age.
struct Member {
  ClaimedLayer layer;
  SnapshotAge age;
  std::optional<Time> made;
};

/// A series, its layers in order of age.
struct Ordered {
  const FoundSeries* found = nullptr;
  std::vector<Member> oldest_first;
  std::size_t older = 0;  // how many at the front are certainly not the newest
  std::optional<OrderConflict> conflict;
  bool unordered = false;  // the oldest is unknown
};

SnapshotAge ageOf(int root, const std::string& path) {
  const DirectoryTimes times = Directory(root, path).times();
  SnapshotAge age{path, times.born, times.modified};
  // rsnapshot sets times in whole seconds. The true time may be any moment of that second, so the
  // last is taken.
  if (age.modified && age.modified->time_since_epoch() % std::chrono::seconds(1) ==
                          std::chrono::system_clock::duration::zero()) {
    *age.modified += std::chrono::nanoseconds(999'999'999);
  }
  return age;
}

/// The ages that orderSnapshots() takes. Members of a series with levels are sorted from the newest
/// to the oldest, and renamed level.0, level.1, …
std::vector<SnapshotAge> agesOf(std::vector<Member>& members,
                                const std::vector<std::string>& levels) {
  if (!levels.empty()) {
    std::sort(members.begin(), members.end(), [&](const Member& a, const Member& b) {
      return placeInLevels(levels, a.layer.snapshot) < placeInLevels(levels, b.layer.snapshot);
    });
  }
  std::vector<SnapshotAge> ages;
  for (std::size_t i = 0; i < members.size(); ++i) {
    ages.push_back(members[i].age);
    if (!levels.empty()) {
      ages.back().path = fmt::format("level.{}", i);
    }
  }
  return ages;
}

std::vector<std::string> layersAt(const std::vector<Member>& members,
                                  const std::vector<std::size_t>& places) {
  std::vector<std::string> layers;
  layers.reserve(places.size());
  for (const std::size_t place : places) {
    layers.push_back(members[place].layer.layer);
  }
  return layers;
}

Ordered orderOf(int root, const FoundSeries& found, OrderChoice choice) {
  std::vector<Member> members;
  for (const ClaimedLayer& layer : found.series.layers) {
    if (!layer.unfinished && !isNoSnapshotName(leafOf(layer.snapshot))) {
      members.push_back({layer, ageOf(root, layer.snapshot), {}});
    }
  }
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.layer.snapshot < b.layer.snapshot; });
  std::vector<SnapshotAge> ages = agesOf(members, found.series.levels);
  SnapshotOrder order = orderSnapshots(ages, choice);
  if (members.size() > 1 &&
      (order.series.size() != 1 || order.series.front().oldest_first.size() != members.size())) {
    // Names of several schemes do not compare with each other. Equal names leave the order to the
    // times.
    for (std::size_t i = 0; i < ages.size(); ++i) {
      ages[i].path = "snapshot";
    }
    order = orderSnapshots(ages, choice);
  }
  Ordered ordered;
  ordered.found = &found;
  if (order.series.size() != 1 || order.series.front().oldest_first.size() != members.size()) {
    ordered.unordered = members.size() > 1;
    ordered.oldest_first = std::move(members);
    return ordered;
  }
  const SnapshotSeries& series = order.series.front();
  if (order.conflict) {
    ordered.conflict =
        OrderConflict{order.conflict->by, layersAt(members, order.conflict->first),
                      order.conflict->other_by, layersAt(members, order.conflict->second)};
  }
  ordered.older = series.older;
  ordered.unordered = series.older == 0 && members.size() > 1;
  for (const std::size_t place : series.oldest_first) {
    members[place].made = order.made[place];
    ordered.oldest_first.push_back(members[place]);
  }
  return ordered;
}

/// The newest layer, or every layer that may be the newest.
std::vector<std::string> headsOf(const Ordered& series) {
  std::set<std::string> heads;
  if (series.conflict) {
    heads = {series.conflict->first.back(), series.conflict->second.back()};
  } else {
    const auto& members = series.oldest_first;
    for (std::size_t i = members.size(); i-- > 0 && (i >= series.older || heads.empty());) {
      if (!members[i].layer.no_head) {
        heads.insert(members[i].layer.layer);
      }
    }
  }
  return {heads.begin(), heads.end()};
}

/// The snapshots that symlinks beside or above them point to or into: `latest`, `current`. Symlinks
/// are read but not followed, because their targets may be on filesystems that hang.
class SymlinkTargets {
 public:
  SymlinkTargets(int root, const std::vector<Ordered>& all) {
    std::set<fs::path> holders;
    for (const Ordered& series : all) {
      for (const Member& member : series.oldest_first) {
        names_.insert(member.layer.snapshot);
        fs::path holder = member.layer.snapshot;
        do {
          holder = holder.parent_path();
        } while (holders.insert(holder).second && !holder.empty());
      }
    }
    for (const fs::path& holder : holders) {
      read(root, holder);
    }
  }

  [[nodiscard]] bool contain(const std::string& snapshot) const {
    return found_.contains(snapshot);
  }

 private:
  void read(int root, const fs::path& holder) {
    const Directory directory(root, holder.string());
    for (const std::string& name : directory.names()) {
      const auto target = directory.symlink(name);
      if (!target) {
        continue;
      }
      const fs::path path = *target;
      if (path.is_relative()) {
        addPrefixOf((holder / path).lexically_normal());
        continue;
      }
      // An absolute target may come from a container or another host, where the root has another
      // path. So every tail of the target is tried.
      for (fs::path rest = path.lexically_normal().relative_path(); !rest.empty();) {
        addPrefixOf(rest);
        rest = rest.lexically_relative(*rest.begin());
        rest = rest == "." ? fs::path() : rest;
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

/// Adds the layers that certainly are not the newest of their series. The oldest of all series
/// comes first, and each series keeps its order.
void addRemovable(int root, const std::string& path, const std::vector<Ordered>& all, Farm& farm) {
  const SymlinkTargets targets(root, all);
  std::vector<std::size_t> counts;
  counts.reserve(all.size());
  for (const Ordered& series : all) {
    counts.push_back(series.found->kind->removal != nullptr ? series.older : 0);
  }
  const auto age = [&](std::size_t series, std::size_t place) {
    const Member& member = all[series].oldest_first[place];
    const SnapshotName name = parseSnapshotName(leafOf(member.layer.snapshot));
    const bool dated = name.scheme == NameScheme::date;
    return std::pair(dated ? name.date : member.made.value_or(Time::min()), member.layer.layer);
  };
  for (const auto& [series, place] : mergeByAge(counts, age)) {
    const ClaimedLayer& layer = all[series].oldest_first[place].layer;
    // The head need not be the newest layer, since an incremental backup cannot be the head.
    const bool is_head = std::binary_search(farm.heads.begin(), farm.heads.end(), layer.layer);
    if (!is_head && !targets.contain(layer.snapshot)) {
      Removal removal = all[series].found->kind->removal(path, layer);
      farm.removable.push_back(
          {layer.layer, std::move(removal.command), std::move(removal.expiry)});
    }
  }
}

/// Says in farm.doubt why nothing may be removed, if the order is not certain.
void addDoubt(const std::string& path, OrderChoice choice, const std::vector<Ordered>& all,
              Farm& farm) {
  for (const Ordered& series : all) {
    if (series.conflict) {
      farm.conflict = series.conflict;
      farm.doubt = fmt::format(
          "the {} and the {} of the snapshots in {} contradict each other; --order=name or "
          "--order=time decides",
          series.conflict->by, series.conflict->other_by, printable(path));
      return;
    }
  }
  const bool none_ordered =
      std::none_of(all.begin(), all.end(), [](const Ordered& series) { return series.older > 0; });
  const bool unordered =
      std::any_of(all.begin(), all.end(), [](const Ordered& series) { return series.unordered; });
  if (none_ordered && unordered) {
    farm.doubt = fmt::format(
        "neither the names nor the times of the snapshots in {} tell which is the oldest",
        printable(path));
    if (choice == OrderChoice::name) {
      farm.doubt += "; --order=time uses the times alone";
    }
  }
}

/// The directory that holds all snapshots of a series; empty if they lie in several.
std::string holderOf(const Ordered& series) {
  std::optional<std::string> holder;
  for (const Member& member : series.oldest_first) {
    const std::string parent = seriesName(std::string(parentOf(member.layer.snapshot)));
    if (holder && *holder != parent) {
      return {};
    }
    holder = parent;
  }
  return holder.value_or("");
}

/// Objects that a tool keeps around a snapshot: the directory that wraps it, and files about it
/// (info, logs, lists of excluded files). The tools have at most seven.
constexpr std::uint64_t kWrapping = 8;

/// Adds what each snapshot costs outside its layer: its name, and what its tool wraps it in.
void addMakersOwn(const Ordered& series, Farm& farm) {
  for (const Member& member : series.oldest_first) {
    const bool is_wrapped = member.layer.layer != member.layer.snapshot;
    const std::uint64_t wrapping = is_wrapped ? kWrapping : 0;
    farm.makers_own.kept.inodes = std::max(farm.makers_own.kept.inodes, wrapping);
    farm.makers_own.kept.blocks = std::max(farm.makers_own.kept.blocks, wrapping);
    // The blocks of a directory that grows may be half full.
    farm.makers_own.kept.bytes =
        std::max(farm.makers_own.kept.bytes, 2 * entryBytes(leafOf(member.layer.snapshot).size()));
  }
}

}  // namespace

void addSeries(int root, const std::string& path, OrderChoice order,
               const std::vector<FoundSeries>& found, Farm& farm) {
  std::vector<Ordered> all;
  for (const FoundSeries& series : found) {
    all.push_back(orderOf(root, series, order));
    if (all.back().oldest_first.empty()) {
      all.pop_back();
    }
  }
  for (const Ordered& series : all) {
    Series& added = farm.series.emplace_back();
    added.name = series.found->series.name;
    added.tool = series.found->kind->tool;
    added.heads = headsOf(series);
    added.holder = holderOf(series);
    if (!added.holder.empty()) {
      farm.layer_holders.push_back(added.holder);
    }
    addMakersOwn(series, farm);
    farm.heads.insert(farm.heads.end(), added.heads.begin(), added.heads.end());
    for (const Member& member : series.oldest_first) {
      added.oldest_first.push_back(member.layer.layer);
      farm.layers.push_back(member.layer.layer);
      if (member.made) {
        farm.made.emplace_back(member.layer.layer, *member.made);
      }
    }
  }
  std::sort(farm.layers.begin(), farm.layers.end());
  std::sort(farm.layer_holders.begin(), farm.layer_holders.end());
  farm.layer_holders.erase(std::unique(farm.layer_holders.begin(), farm.layer_holders.end()),
                           farm.layer_holders.end());
  std::sort(farm.heads.begin(), farm.heads.end());
  std::sort(farm.made.begin(), farm.made.end());
  std::sort(farm.series.begin(), farm.series.end(),
            [](const Series& a, const Series& b) { return a.name < b.name; });
  addDoubt(path, order, all, farm);
  if (farm.doubt.empty()) {
    addRemovable(root, path, all, farm);
  }
}

}  // namespace hardlink
