#include "farms/copies_among.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/clean_path.h"
#include "farms/snapshots/snapshot_name.h"

namespace hardlink {
namespace {

/// Names with a scheme are compared only if there may be copies. One of the first two or last two
/// must have a linked file. In a longer list, two of the first or last kTriedAtEitherEnd must be
/// copies.
constexpr std::size_t kTriedAtEitherEnd = 16;

}  // namespace

Paths copiesOfNeighbours(Copies& copies, const Paths& paths) {
  std::vector<bool> is_copy(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    // Earlier paths were compared with this one, unless they had found a copy before.
    for (std::size_t j = i + 1; j < std::min(paths.size(), i + 1 + kNeighbours); ++j) {
      if (copies.areCopies(paths[i], paths[j])) {
        is_copy[i] = is_copy[j] = true;
        break;
      }
    }
    for (std::size_t j = i; !is_copy[i] && j > i - std::min(i, kNeighbours); --j) {
      is_copy[i] = copies.areCopies(paths[i], paths[j - 1]);
    }
  }
  Paths members;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (is_copy[i]) {
      members.push_back(paths[i]);
    }
  }
  return members;
}

Paths copiesByScheme(Copies& copies, Paths paths) {
  std::sort(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) {
    const SnapshotName first = parseSnapshotName(leafOf(a));
    const SnapshotName second = parseSnapshotName(leafOf(b));
    return std::tie(first.date, first.number, a) < std::tie(second.date, second.number, b);
  });
  const std::size_t last = paths.size() - 1;
  const auto is_linked = [&](std::size_t place) { return !copies.sample(paths[place]).empty(); };
  if (!is_linked(0) && !is_linked(1) && !is_linked(last - 1) && !is_linked(last)) {
    return {};
  }
  if (paths.size() > 2 * kTriedAtEitherEnd) {
    const auto some = static_cast<std::ptrdiff_t>(kTriedAtEitherEnd);
    if (copiesOfNeighbours(copies, {paths.begin(), paths.begin() + some}).empty() &&
        copiesOfNeighbours(copies, {paths.end() - some, paths.end()}).empty()) {
      return {};
    }
  }
  return copiesOfNeighbours(copies, paths);
}

Paths copiesWithoutScheme(Copies& copies, const Paths& children) {
  std::map<std::pair<std::uint64_t, std::string>, Paths> holders;
  std::set<std::string> members;
  for (const std::string& child : children) {
    const std::vector<SampledName> sample = copies.sample(child);
    Paths tried;
    for (const SampledName& name : sample) {
      Paths& known = holders[{name.status.inode, name.path}];
      for (const std::string& other : known) {
        if (tried.size() < kNeighbours &&
            std::find(tried.begin(), tried.end(), other) == tried.end()) {
          tried.push_back(other);
          if (copies.areCopies(child, other)) {
            members.insert({child, other});
          }
        }
      }
      if (known.size() < kNeighbours) {
        known.push_back(child);
      }
    }
  }
  return {members.begin(), members.end()};
}

std::pair<std::size_t, std::pair<std::size_t, std::string>> placeInLevels(
    const std::vector<std::string>& levels, const std::string& snapshot) {
  const std::string_view leaf = leafOf(snapshot);
  const std::string_view level = leaf.substr(0, leaf.rfind('.'));
  const auto at = std::find(levels.begin(), levels.end(), level);
  return {static_cast<std::size_t>(at - levels.begin()), parseSnapshotName(leaf).number};
}

bool areLinkedAcross(Copies& copies, const std::vector<std::string>& levels, const Paths& paths) {
  std::set<std::size_t> linked;
  const auto level = [&](std::size_t i) { return placeInLevels(levels, paths[i]).first; };
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::size_t begin = i - std::min(i, kNeighbours);
    for (std::size_t j = begin; j < i; ++j) {
      const bool done = linked.contains(level(i)) && linked.contains(level(j));
      if (level(i) != level(j) && !done && copies.areCopies(paths[i], paths[j])) {
        linked.insert({level(i), level(j)});
      }
    }
  }
  return linked.size() == levels.size();
}

}  // namespace hardlink
