#include "farms/search.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/clean_path.h"
#include "farms/copies_among.h"
#include "farms/evidence/copies.h"
#include "farms/evidence/directory.h"
#include "farms/kinds.h"
#include "farms/layout.h"
#include "farms/snapshots/snapshot_name.h"

namespace hardlink {
namespace {

constexpr std::size_t kDeepestHolder = 5;  // levels below the root
constexpr std::size_t kMostDirectories = 20'000;
/// Subdirectories of all searched directories together.
constexpr std::size_t kMostSubdirectories = 200'000;
/// If names follow no scheme, any two children may be copies. At most so many of one directory are
/// compared.
constexpr std::size_t kMostWithoutScheme = 1024;
/// Children compared only to name two of them in the reason.
constexpr std::size_t kMostForLikeness = 64;

using Scheme = std::pair<NameScheme, std::string>;

bool isBelow(const std::string& path, const std::string& directory) {
  return directory.empty() || path == directory ||
         (path.starts_with(directory) && path[directory.size()] == '/');
}

/// Whether `path` or a directory above it is in `set`.
bool isIn(const std::set<std::string>& set, std::string path) {
  for (; !path.empty(); path = std::string(parentOf(path))) {
    if (set.contains(path)) {
      return true;
    }
  }
  return false;
}

class Search {
 public:
  Search(int root, const FarmOptions& options, const std::stop_token& stop)
      : root_(root),
        options_(options),
        stop_(stop),
        copies_(root, stop),
        copies_kind_(kindOf(options.tool.value_or(Tool::rsync))) {
    if (options.tool == Tool::none) {
      copies_kind_ = kindOf(Tool::rsync);
    } else if (copies_kind_ != nullptr && copies_kind_->layout != Layout::snapshots) {
      copies_kind_ = nullptr;
    }
    for (const std::string& glob : options.exclude) {
      exclude_.emplace_back(glob);
    }
  }

  [[nodiscard]] Found run();

 private:
  [[nodiscard]] bool isWanted(const Kind& kind) const {
    return !options_.tool || kind.tool == *options_.tool;
  }
  [[nodiscard]] bool mustStop() const {
    return subdirectories_ > kMostSubdirectories || stop_.stop_requested();
  }
  /// Whether a kind claims the directory. Stores the claim in found_.
  bool claim(const std::string& directory);
  /// Whether the layers of a claim are copies, if it needs them to be. Removes those that are not.
  [[nodiscard]] bool confirmCopies(Claim& claim);
  [[nodiscard]] Paths childrenOf(const std::string& directory);
  /// Finds series among the children of a directory. Returns the children to search next.
  Paths searchDirectory(const std::string& directory);
  void addSeries(const std::string& directory, const Scheme& scheme, const Paths& members,
                 bool several);
  void addLoneSnapshots();
  /// Adds copies below `top` as layers of `kind`, whatever their names are.
  void addCopiesWithoutScheme(const Kind& kind, const std::string& top);
  void findSimilarChildren();
  void findUsers();

  int root_;
  const FarmOptions& options_;
  const std::stop_token& stop_;
  Copies copies_;
  const Kind* copies_kind_;  // of copies whose names follow a scheme; null: they are no layers
  std::vector<PathGlob> exclude_;
  Found found_;
  std::vector<Paths> levels_;  // directories to search, by their level below the root
  std::size_t directories_ = 0;
  std::size_t subdirectories_ = 0;
  std::map<std::string, std::set<Scheme>> schemes_;  // of the series in each directory
  struct Lone {
    std::string directory;
    Scheme scheme;
    std::string path;
  };
  std::vector<Lone> lone_;  // directories whose scheme no sibling shares
};

bool Search::claim(const std::string& directory) {
  const Directory seen(root_, directory);
  for (const Kind* const kind : kinds()) {
    if (kind->claim == nullptr || !isWanted(*kind)) {
      continue;
    }
    auto claim = kind->claim(seen);
    if (!claim || !confirmCopies(*claim)) {
      continue;
    }
    found_.tools.push_back({kind, directory, claim->evidence, claim->link_limit});
    for (ClaimedSeries& series : claim->series) {
      found_.series.push_back({kind, std::move(series)});
    }
    found_.users.insert(found_.users.end(), claim->users.begin(), claim->users.end());
    return true;
  }
  subdirectories_ += seen.subdirectories().size();
  return false;
}

bool Search::confirmCopies(Claim& claim) {
  if (!claim.needs_copies) {
    return true;
  }
  for (ClaimedSeries& series : claim.series) {
    Paths paths;
    for (const ClaimedLayer& layer : series.layers) {
      if (!layer.unfinished) {
        paths.push_back(layer.snapshot);
      }
    }
    std::sort(paths.begin(), paths.end(), [&](const std::string& a, const std::string& b) {
      return placeInLevels(series.levels, a) < placeInLevels(series.levels, b);
    });
    paths = copiesOfNeighbours(copies_, paths);
    std::erase_if(series.layers, [&](const ClaimedLayer& layer) {
      return std::find(paths.begin(), paths.end(), layer.snapshot) == paths.end();
    });
    std::erase_if(series.levels, [&](const std::string& level) {
      return std::none_of(paths.begin(), paths.end(), [&](const std::string& path) {
        return leafOf(path).starts_with(level + ".");
      });
    });
    if (series.layers.empty() || !areLinkedAcross(copies_, series.levels, paths)) {
      return false;
    }
  }
  return !claim.series.empty();
}

Paths Search::childrenOf(const std::string& directory) {
  Paths children;
  const Directory seen(root_, directory);
  for (const std::string& name : seen.subdirectories()) {
    std::string path = seen.below(name);
    const bool excluded = std::any_of(exclude_.begin(), exclude_.end(),
                                      [&](const PathGlob& glob) { return glob.matches(path); });
    if (!excluded && name != "lost+found") {
      children.push_back(std::move(path));
    }
  }
  return children;
}

Paths Search::searchDirectory(const std::string& directory) {
  Paths enter;
  std::map<Scheme, Paths> by_scheme;
  for (std::string& child : childrenOf(directory)) {
    if (++directories_ > kMostDirectories || mustStop()) {
      found_.ended_early = true;
      return {};
    }
    const std::string_view leaf = leafOf(child);
    const SnapshotName name = parseSnapshotName(leaf);
    if (followsScheme(name) && !isNoSnapshotName(leaf)) {
      by_scheme[{name.scheme, name.frame}].push_back(child);
    } else if (!claim(child)) {
      enter.push_back(std::move(child));
    }
  }
  std::vector<std::pair<Scheme, Paths>> series;
  for (auto& [scheme, paths] : by_scheme) {
    const bool may_be_copies = paths.size() > 1 && copies_kind_ != nullptr;
    const Paths members = may_be_copies ? copiesByScheme(copies_, paths) : Paths();
    // Snapshots are not offered to the kinds: a snapshot of a store has all that the store is
    // recognised by.
    std::erase_if(paths, [&](const std::string& path) {
      return std::find(members.begin(), members.end(), path) != members.end();
    });
    const bool is_lone = members.empty() && paths.size() == 1;
    for (std::string& path : paths) {
      if (mustStop() || claim(path)) {
        continue;
      }
      if (is_lone) {
        lone_.push_back({directory, scheme, path});
      }
      enter.push_back(std::move(path));
    }
    if (!members.empty()) {
      series.emplace_back(scheme, members);
    }
  }
  for (const auto& [scheme, members] : series) {
    addSeries(directory, scheme, members, series.size() > 1);
  }
  return enter;
}

void Search::addSeries(const std::string& directory, const Scheme& scheme, const Paths& members,
                       bool several) {
  found_.series.push_back(makeSeries(*copies_kind_, directory, scheme.second, several, members));
  schemes_[directory].insert(scheme);
}

void Search::addLoneSnapshots() {
  for (const Lone& lone : lone_) {
    const bool sibling_has_scheme =
        std::any_of(schemes_.begin(), schemes_.end(), [&](const auto& entry) {
          return entry.first != lone.directory &&
                 parentOf(entry.first) == parentOf(lone.directory) &&
                 entry.second.contains(lone.scheme);
        });
    const auto is_inside = [&](const std::string& path) { return isBelow(path, lone.path); };
    const bool holds_something =
        std::any_of(schemes_.begin(), schemes_.end(),
                    [&](const auto& entry) { return is_inside(entry.first); }) ||
        std::any_of(found_.tools.begin(), found_.tools.end(),
                    [&](const FoundTool& tool) { return is_inside(tool.path); });
    // The root has no siblings to compare with.
    if (sibling_has_scheme && !holds_something && !lone.directory.empty()) {
      found_.series.push_back(makeSeries(*copies_kind_, lone.directory, "", false, {lone.path}));
    }
  }
}

void Search::addCopiesWithoutScheme(const Kind& kind, const std::string& top) {
  std::set<std::string> inside;  // layers, which are not entered
  for (const Paths& level : levels_) {
    for (const std::string& directory : level) {
      if (isIn(inside, directory) || !isBelow(directory, top)) {
        continue;
      }
      Paths children = childrenOf(directory);
      std::erase_if(children, [&](const std::string& child) {
        return isNoSnapshotName(leafOf(child)) ||
               std::any_of(found_.tools.begin(), found_.tools.end(),
                           [&](const FoundTool& tool) { return isBelow(tool.path, child); });
      });
      children.resize(std::min(children.size(), kMostWithoutScheme));
      const Paths members = copiesWithoutScheme(copies_, children);
      if (!members.empty()) {
        found_.series.push_back(makeSeries(kind, directory, "", false, members));
        inside.insert(members.begin(), members.end());
      }
    }
  }
}

void Search::findSimilarChildren() {
  Paths children = childrenOf("");
  children.resize(std::min(children.size(), kMostForLikeness));
  const Paths members = copiesWithoutScheme(copies_, children);
  if (members.size() > 1) {
    found_.similar_children = {members[0], members[1]};
  }
}

void Search::findUsers() {
  for (const FoundTool& tool : found_.tools) {
    if (tool.kind->uses == nullptr) {
      continue;
    }
    for (const Paths& level : levels_) {
      for (const std::string& directory : level) {
        if (tool.kind->uses(Directory(root_, directory), tool.path)) {
          found_.users.push_back(directory);
        }
      }
    }
  }
  std::sort(found_.users.begin(), found_.users.end());
  found_.users.erase(std::unique(found_.users.begin(), found_.users.end()), found_.users.end());
}

Found Search::run() {
  if (claim("")) {
    return std::move(found_);
  }
  levels_.push_back({""});
  for (std::size_t depth = 0; depth <= kDeepestHolder && !levels_.back().empty(); ++depth) {
    Paths next;
    for (const std::string& directory : levels_[depth]) {
      Paths enter = searchDirectory(directory);
      next.insert(next.end(), std::make_move_iterator(enter.begin()),
                  std::make_move_iterator(enter.end()));
      if (found_.ended_early) {
        break;
      }
    }
    levels_.push_back(std::move(next));
  }
  addLoneSnapshots();
  findUsers();
  found_.ended_early = found_.ended_early || copies_.gaveUp() || mustStop();
  for (const FoundTool& tool : found_.tools) {
    const std::string top(parentOf(tool.path));
    if (tool.kind->copies_need_no_scheme) {
      std::erase_if(found_.series, [&](const FoundSeries& found) {
        return found.kind == copies_kind_ && isBelow(found.series.layers.front().layer, top);
      });
      addCopiesWithoutScheme(*tool.kind, top);
    }
  }
  if (found_.series.empty() && copies_kind_ != nullptr) {
    if (options_.layout == LayoutChoice::snapshots || options_.tool == copies_kind_->tool) {
      addCopiesWithoutScheme(*copies_kind_, "");
    } else {
      findSimilarChildren();
    }
  }
  return std::move(found_);
}

}  // namespace

bool holdsSeries(int root, const std::string& directory, std::size_t levels) {
  constexpr std::size_t kMostEntered = 64;
  Copies copies(root, {});
  std::map<Scheme, std::string> last_of_scheme;
  const Directory seen(root, directory);
  std::vector<std::string> children = seen.subdirectories();
  children.resize(std::min(children.size(), kMostEntered));
  for (const std::string& child : children) {
    const std::string path = seen.below(child);
    if (const SnapshotName name = parseSnapshotName(child); followsScheme(name)) {
      std::string& last = last_of_scheme[{name.scheme, name.frame}];
      if (!last.empty() && copies.areCopies(last, path)) {
        return true;
      }
      last = path;
    }
    if (levels > 1 && holdsSeries(root, path, levels - 1)) {
      return true;
    }
  }
  return false;
}

FoundSeries makeSeries(const Kind& kind, const std::string& directory, std::string_view frame,
                       bool several, const std::vector<std::string>& members) {
  FoundSeries found;
  found.kind = &kind;
  found.series.name = seriesName(directory);
  if (several) {
    // The number or the date is shown as `*`.
    const std::size_t place = std::min(frame.find('\0'), frame.size());
    found.series.name = directory.empty() ? "" : directory + "/";
    found.series.name.append(frame.substr(0, place)).append("*");
  }
  for (const std::string& member : members) {
    found.series.layers.push_back({member, member});
  }
  return found;
}

Found searchFarms(int root, const FarmOptions& options, const std::stop_token& stop) {
  return Search(root, options, stop).run();
}

}  // namespace hardlink
