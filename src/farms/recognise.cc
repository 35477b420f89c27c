#include "farms/recognise.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/clean_path.h"
#include "base/text.h"
#include "base/utf8.h"
#include "farms/evidence/copies.h"
#include "farms/evidence/directory.h"
#include "farms/kinds.h"
#include "farms/layout.h"
#include "farms/search.h"
#include "farms/series.h"
#include "farms/snapshots/kinds.h"
#include "farms/snapshots/snapshot_name.h"

namespace hardlink {
namespace {

/// How many children of the root are sampled, and how many inodes of each.
constexpr std::size_t kMostSampledChildren = 64;
constexpr std::size_t kSampledOfEach = 16;

std::string counted(std::size_t number, const char* one, const char* many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

std::string displayedPath(const std::string& path) {
  return path.empty() ? "the root" : printable(path);
}

/// The outermost directories that match the globs.
std::vector<std::string> directoriesMatching(int root, const PathGlobs& globs,
                                             const std::string& directory) {
  std::vector<std::string> matches;
  const Directory seen(root, directory);
  for (const std::string& name : seen.subdirectories()) {
    std::string path = seen.below(name);
    if (globs.match(path)) {
      matches.push_back(std::move(path));
    } else if (globs.mayMatchBelow(path)) {
      std::vector<std::string> below = directoriesMatching(root, globs, path);
      matches.insert(matches.end(), std::make_move_iterator(below.begin()),
                     std::make_move_iterator(below.end()));
    }
  }
  return matches;
}

/// Groups configured layers into series, by parent directory and by the scheme of their names.
/// Names without a scheme form a series of their own.
std::vector<FoundSeries> groupIntoSeries(const std::vector<std::string>& layers, const Kind& kind) {
  using Scheme = std::pair<NameScheme, std::string>;
  std::map<std::string, std::map<Scheme, std::vector<std::string>>> by_parent;
  for (const std::string& layer : layers) {
    const SnapshotName name = parseSnapshotName(leafOf(layer));
    by_parent[std::string(parentOf(layer))][{name.scheme, name.frame}].push_back(layer);
  }
  std::vector<FoundSeries> found;
  for (auto& [parent, by_scheme] : by_parent) {
    const bool several = by_scheme.size() > 1;
    for (const auto& [scheme, members] : by_scheme) {
      found.push_back(makeSeries(kind, parent, scheme.second, several, members));
    }
  }
  return found;
}

/// Removes configured layers from farm.removable if they hold snapshots themselves, or if none of
/// the next four newer layers is a copy of them.
void keepUncertainLayers(int root, const std::stop_token& stop, Farm& farm) {
  constexpr std::size_t kNewerTried = 4;
  Copies copies(root, stop);
  for (const Series& series : farm.series) {
    for (std::size_t i = 0; i < series.oldest_first.size() && !stop.stop_requested(); ++i) {
      const std::string& layer = series.oldest_first[i];
      const auto at = std::find_if(farm.removable.begin(), farm.removable.end(),
                                   [&](const RemovableLayer& may) { return may.layer == layer; });
      const bool holds = holdsSeries(root, layer);
      bool is_copy = false;
      for (std::size_t j = i + 1;
           j < std::min(series.oldest_first.size(), i + 1 + kNewerTried) && !is_copy; ++j) {
        is_copy = copies.areCopies(layer, series.oldest_first[j]);
      }
      if (holds) {
        farm.holders.push_back(layer);
      } else if (at != farm.removable.end() && !is_copy) {
        farm.no_copies.push_back(layer);
      }
      if (at != farm.removable.end() && (holds || !is_copy)) {
        farm.removable.erase(at);
      }
    }
  }
}

/// Fills `farm` with configured `layers`, or with all children of the root as `layers`.
void useLayers(int root, const std::string& path, const FarmOptions& options,
               const std::vector<std::string>& layers, const std::stop_token& stop, Farm& farm) {
  const Kind* kind = kindOf(options.tool.value_or(Tool::rsync));
  kind = kind == nullptr ? &kRsync : kind;
  farm.layout = Layout::snapshots;
  farm.tool = kind->tool;
  farm.at_limit = kind->at_limit;
  addSeries(root, path, options.order, groupIntoSeries(layers, *kind), farm);
  keepUncertainLayers(root, stop, farm);
  if (farm.doubt.empty() && farm.removable.empty() && !farm.holders.empty()) {
    farm.doubt = fmt::format(
        "the directories in {} hold snapshots but are no snapshots; name the snapshots, as in "
        "--layers='*/*'",
        printable(path));
  }
}

void detectSpecialFileLinks(int root, Farm& farm) {
  for (const Series& series : farm.series) {
    const std::size_t size = series.oldest_first.size();
    if (size > 1 && !farm.links_special_files) {
      farm.links_special_files =
          linkSpecialFiles(root, series.oldest_first[size - 1], series.oldest_first[size - 2]);
    }
  }
}

/// Makes a farm of one layout from what a search has found.
class Conclusion {
 public:
  Conclusion(int root, const std::string& path, const FarmOptions& options, Found found)
      : root_(root), path_(path), options_(options), found_(std::move(found)) {}

  [[nodiscard]] Farm farm();

 private:
  /// The kinds that were found and have `layout`, each once, in the order of the table.
  [[nodiscard]] std::vector<const Kind*> kindsWith(Layout layout) const;
  [[nodiscard]] std::string reason() const;
  [[nodiscard]] std::string similarChildrenReason() const;

  int root_;
  const std::string& path_;
  const FarmOptions& options_;
  Found found_;
  Farm farm_;
};

std::vector<const Kind*> Conclusion::kindsWith(Layout layout) const {
  std::vector<const Kind*> with;
  for (const Kind* const kind : kinds()) {
    const bool found = std::any_of(found_.tools.begin(), found_.tools.end(),
                                   [&](const FoundTool& tool) { return tool.kind == kind; }) ||
                       std::any_of(found_.series.begin(), found_.series.end(),
                                   [&](const FoundSeries& series) { return series.kind == kind; });
    if (found && kind->layout == layout) {
      with.push_back(kind);
    }
  }
  return with;
}

std::string Conclusion::similarChildrenReason() const {
  const auto& [one, other] = *found_.similar_children;
  return fmt::format(
      "{} and {} are copies of each other, but their names follow no scheme of snapshots; "
      "if they are snapshots, use --layout=snapshots",
      printable(one), printable(other));
}

std::string Conclusion::reason() const {
  std::vector<std::string> parts;
  if (!farm_.layers.empty()) {
    const bool are_copies = farm_.layout == Layout::store;
    parts.push_back(fmt::format("{} in {} series",
                                counted(farm_.layers.size(), are_copies ? "copy" : "snapshot",
                                        are_copies ? "copies" : "snapshots"),
                                farm_.series.size()));
    if (kindsWith(Layout::snapshots) == std::vector<const Kind*>{&kRsync}) {
      const bool configured = options_.layout == LayoutChoice::snapshots || options_.tool;
      parts.back() += configured ? ": copies of each other, configured as snapshots"
                                 : ": copies of each other whose names follow a scheme";
    }
  }
  constexpr std::size_t kMostNamed = 4;
  for (const FoundTool& tool : found_.tools) {
    if (parts.size() < kMostNamed) {
      parts.push_back(fmt::format("{} in {}: {}", toString(tool.kind->tool),
                                  displayedPath(tool.path), tool.evidence));
    }
  }
  if (parts.empty()) {
    parts.push_back(found_.similar_children
                        ? similarChildrenReason()
                        : "no directories are copies of each other, and no files of a known tool "
                          "were found");
  }
  if (found_.ended_early) {
    parts.emplace_back("not all directories were searched: there are too many");
  }
  return joined(parts, "; ");
}

Farm Conclusion::farm() {
  const auto of_snapshots = kindsWith(Layout::snapshots);
  const auto of_stores = kindsWith(Layout::store);
  const bool wants_store = options_.layout == LayoutChoice::store;
  const Kind* kind = nullptr;
  if (!of_snapshots.empty() && !wants_store) {
    kind = of_snapshots.front();
  } else if (!of_stores.empty() && options_.layout != LayoutChoice::snapshots) {
    kind = of_stores.front();
  }
  if (kind != nullptr) {
    farm_.tool = kind->tool;
    farm_.layout = kind->layout;
    farm_.at_limit = kind->at_limit;
    farm_.advice = kind->layout == Layout::store ? std::string(kind->advice) : "";
  } else if (const auto others = kindsWith(Layout::none); !others.empty()) {
    farm_.tool = others.front()->tool;
    farm_.at_limit = others.front()->at_limit;
  }
  farm_.layout = wants_store ? Layout::store : farm_.layout;
  for (const FoundTool& tool : found_.tools) {
    // A tool's limit holds only in its own directory: files beside it take as many links as the
    // filesystem allows.
    if (tool.path.empty() && tool.kind == kind) {
      farm_.link_limit = tool.link_limit;
    }
  }
  // If there are snapshots, a store beside them is counted but is no series.
  std::erase_if(found_.series,
                [&](const FoundSeries& series) { return series.kind->layout != farm_.layout; });
  if (farm_.layout == Layout::store) {
    farm_.users = found_.users;
  }
  addSeries(root_, path_, options_.order, found_.series, farm_);
  detectSpecialFileLinks(root_, farm_);
  farm_.reason = reason();
  return std::move(farm_);
}

/// Samples of the root's children. After a census, concludeStore() decides by them whether one is a
/// store.
std::vector<SampledInode> samplesOfChildren(int root, const std::stop_token& stop) {
  std::vector<SampledInode> samples;
  const Directory top(root, "");
  Copies copies(root, stop);
  std::size_t children = 0;
  for (const std::string& child : top.subdirectories()) {
    const std::vector<SampledName>& sample = copies.sample(child);
    if (!sample.empty() && ++children > kMostSampledChildren) {
      break;
    }
    for (std::size_t i = 0; i < std::min(sample.size(), kSampledOfEach); ++i) {
      samples.push_back({child + "/" + sample[i].path, sample[i].status.inode});
    }
  }
  return samples;
}

std::string childOf(const std::string& path) { return path.substr(0, path.find('/')); }

/// A child of the root in which most sampled inodes of `users` have a name, at another path.
struct StoreCandidate {
  std::string child;
  std::vector<std::string> users;
  std::size_t inodes = 0;  ///< sampled inodes of the users in this child

  [[nodiscard]] auto weight() const { return std::pair(users.size(), inodes); }
};

/// The children of the root that may be the store of at least two others.
std::vector<StoreCandidate> storeCandidates(int root, const std::vector<LocatedInode>& located,
                                            const std::vector<SampledInode>& samples) {
  // held[store][user]: how many sampled inodes of `user` have a name in `store`, at another path.
  std::map<std::string, std::map<std::string, std::size_t>> held;
  std::map<std::string, std::size_t> sampled;
  for (const SampledInode& sample : samples) {
    const std::string child = childOf(sample.path);
    const std::string inside = sample.path.substr(child.size() + 1);
    ++sampled[child];
    const auto at = std::lower_bound(
        located.begin(), located.end(), sample.inode,
        [](const LocatedInode& entry, std::uint64_t inode) { return entry.inode < inode; });
    if (at == located.end() || at->inode != sample.inode) {
      continue;
    }
    for (const std::string& other : at->children) {
      const auto same = other == child ? std::nullopt : Directory(root, other).status(inside);
      if (other != child && !(same && same->inode == sample.inode)) {
        ++held[other][child];
      }
    }
  }
  std::vector<StoreCandidate> candidates;
  for (const auto& [child, inodes_by_user] : held) {
    StoreCandidate candidate{child, {}, 0};
    for (const auto& [user, inodes] : inodes_by_user) {
      if (2 * inodes > sampled[user]) {
        candidate.users.push_back(user);
        candidate.inodes += inodes;
      }
    }
    if (candidate.users.size() > 1) {
      candidates.push_back(std::move(candidate));
    }
  }
  return candidates;
}

}  // namespace

Farm recognise(int root, const std::string& path, const FarmOptions& options,
               const std::stop_token& stop) {
  Farm farm;
  const bool is_configured = options.layout == LayoutChoice::docker_overlay;
  const bool may_be_docker =
      options.layout == LayoutChoice::automatic && (!options.tool || *options.tool == Tool::docker);
  const auto docker = may_be_docker ? kDocker.claim(Directory(root, "")) : std::nullopt;
  if (is_configured || docker) {
    farm.layout = Layout::docker_overlay;
    farm.tool = Tool::docker;
    farm.at_limit = kDocker.at_limit;
    farm.layer_holders = {seriesName(layerHolder(options.globs))};
    farm.reason = docker ? docker->evidence : "configured";
    return farm;
  }
  if (!options.globs.empty()) {
    useLayers(root, path, options, directoriesMatching(root, PathGlobs(options.globs), ""), stop,
              farm);
    farm.reason = fmt::format("the layers are configured as {}", joined(options.globs));
    detectSpecialFileLinks(root, farm);
    return farm;
  }
  if (options.layout == LayoutChoice::none) {
    farm.reason = "configured";
    return farm;
  }
  Found found = searchFarms(root, options, stop);
  if (options.layout == LayoutChoice::snapshots && found.series.empty()) {
    std::vector<std::string> children = Directory(root, "").subdirectories();
    std::erase_if(children, [](const std::string& name) { return isNoSnapshotName(name); });
    useLayers(root, path, options, children, stop, farm);
    farm.reason = "configured; no directories are copies of each other, so each child is a layer";
    return farm;
  }
  const bool ended_early = found.ended_early;
  farm = Conclusion(root, path, options, std::move(found)).farm();
  const bool may_be_store =
      options.layout == LayoutChoice::automatic && !options.tool && !ended_early;
  if (farm.layout == Layout::none && may_be_store) {
    farm.samples = samplesOfChildren(root, stop);
  }
  return farm;
}

void concludeStore(int root, const std::vector<LocatedInode>& located, Farm& farm) {
  std::vector<StoreCandidate> candidates = storeCandidates(root, located, farm.samples);
  std::sort(
      candidates.begin(), candidates.end(),
      [](const StoreCandidate& a, const StoreCandidate& b) { return a.weight() > b.weight(); });
  // If the two best candidates weigh the same, neither is certain.
  if (candidates.empty() ||
      (candidates.size() > 1 && candidates[0].weight() == candidates[1].weight())) {
    return;
  }
  farm.layout = Layout::store;
  farm.tool = Tool::unknown;
  farm.users = std::move(candidates.front().users);
  farm.reason = fmt::format("most shared files of {} are in {} too, under other names",
                            counted(farm.users.size(), "directory", "directories"),
                            printable(candidates.front().child));
}

bool isDockerOverlay(int directory) { return kDocker.claim(Directory(directory, "")).has_value(); }

}  // namespace hardlink
