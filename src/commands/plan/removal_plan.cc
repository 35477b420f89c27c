#include "commands/plan/removal_plan.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "commands/plan/docker_removals.h"
#include "commands/plan/removal_ledger.h"
#include "commands/plan/removal_search.h"
#include "report/judge.h"
#include "report/limits.h"

namespace hardlink {
namespace {

/// Names of the root's binding inode, by layer.
std::vector<std::uint64_t> bindingNames(const RootCounts& counts, std::uint64_t limit) {
  const std::optional<std::uint64_t> inode = bindingInodeOf(counts, limit);
  std::vector<std::uint64_t> names(counts.layers.size());
  for (const TrackedInode& tracked : counts.tracked) {
    if (tracked.inode == inode) {
      for (const LayerNames& layer : tracked.layers) {
        names[layer.layer] = layer.names;
      }
    }
  }
  return names;
}

/// Makes removals one after the other and writes down what becomes of the root.
class PlanWriter {
 public:
  PlanWriter(const RootCounts& counts, std::uint64_t limit, RemovalLedger ledger,
             std::uint64_t target, const std::vector<LayerStock>& stocks)
      : counts_(counts),
        stocks_(stocks),
        ledger_(std::move(ledger)),
        binding_names_(bindingNames(counts, limit)) {
    plan_.target = target;
    noteEnd();
    plan_.margin_before = plan_.margin_after;
    plan_.first_limit_before = plan_.first_limit_after;
    plan_.reached = ledger_.reaches(target);
    plan_.unfinished_layers = counts.unfinished_layers;
  }

  [[nodiscard]] const RemovalLedger& ledger() const { return ledger_; }
  RemovalPlan& plan() { return plan_; }

  /// `step` says what the removal is; the rest is filled in.
  void add(Removal removal, RemovalStep step) {
    const std::vector<bool> before = groupsGone();
    ledger_.remove(removal);
    const std::vector<bool> after = groupsGone();
    for (std::size_t group = 0; group < after.size(); ++group) {
      if (after[group] && !before[group]) {
        for (const std::uint32_t layer : ledger_.groups()[group].layers) {
          step.layers.push_back(counts_.layers[layer].name);
          step.links_freed += binding_names_[layer];
          addFreed(layer, step);
        }
      }
    }
    std::sort(step.layers.begin(), step.layers.end());
    noteEnd();
    step.margin_after = plan_.margin_after;
    plan_.reached = ledger_.reaches(plan_.target);
    plan_.steps.push_back(std::move(step));
  }

  /// Whether the removal frees links of an inode that is in the way of `target` now.
  [[nodiscard]] bool frees(Removal removal, std::uint64_t target) {
    const std::int64_t before = ledger_.excess(target);
    const Trial trial(ledger_, {&removal, 1});
    return ledger_.excess(target) < before;
  }

  /// What would be freed next; for choosing between removals.
  [[nodiscard]] std::tuple<bool, std::uint64_t, std::int64_t, std::size_t> gainOf(Removal removal) {
    const Trial trial(ledger_, {&removal, 1});
    const auto margin = ledger_.margin();
    return {!margin, margin.value_or(0), -ledger_.excess(plan_.target), ledger_.layersGone()};
  }

  /// Layers that stay whatever is removed.
  void noteUnowned() {
    for (const LayerBatch& group : ledger_.groups()) {
      for (const std::uint32_t layer : group.layers) {
        if (group.removals.empty()) {
          plan_.unowned_layers.push_back(counts_.layers[layer].name);
          plan_.unowned_links += binding_names_[layer];
        }
      }
    }
    std::sort(plan_.unowned_layers.begin(), plan_.unowned_layers.end());
  }

 private:
  void noteEnd() {
    const auto end = ledger_.end();
    plan_.margin_after = end ? std::optional(end->margin) : std::nullopt;
    plan_.first_limit_after = end ? std::optional(end->limit) : std::nullopt;
  }

  /// What `layer` gives back of the limits that are known.
  void addFreed(std::uint32_t layer, RemovalStep& step) const {
    for (const LayerStock& stock : stocks_) {
      auto& freed = stock.limit == Limit::inodes  ? step.inodes_freed
                    : stock.limit == Limit::space ? step.space_freed
                                                  : step.subdirectories_freed;
      freed = freed.value_or(0) + stock.of_layers[layer].freed;
    }
  }

  [[nodiscard]] std::vector<bool> groupsGone() const {
    std::vector<bool> gone;
    for (std::uint32_t group = 0; group < ledger_.groups().size(); ++group) {
      gone.push_back(ledger_.isGone(group));
    }
    return gone;
  }

  const RootCounts& counts_;
  const std::vector<LayerStock>& stocks_;
  RemovalLedger ledger_;
  std::vector<std::uint64_t> binding_names_;
  RemovalPlan plan_;
};

/// `name` of `name:tag` and `name@sha256:…`.
std::string repositoryOf(const std::string& reference) {
  const std::size_t at = reference.find('@');
  const std::size_t slash = reference.rfind('/', at);
  const std::size_t colon = reference.find(':', slash == std::string::npos ? 0 : slash);
  return reference.substr(0, std::min(at, colon));
}

/// Docker removes an image's digests in a repository with the last tag that it has there.
std::vector<std::string> referencesToRemove(const StoredImage& image) {
  std::vector<std::string> references = image.tags;
  for (const std::string& digest : image.digests) {
    const bool goes_with_tag = std::any_of(
        image.tags.begin(), image.tags.end(),
        [&](const std::string& tag) { return repositoryOf(tag) == repositoryOf(digest); });
    if (!goes_with_tag) {
      references.push_back(digest);
    }
  }
  return references.empty() ? std::vector<std::string>{image.id} : references;
}

RemovalStep stepFor(const DockerRemovals& docker, Removal removal) {
  const StoredImage& image = docker.image(removal);
  RemovalStep step;
  step.name = image.tags.empty() ? shortImageId(image.id) : image.tags.front();
  step.id = image.id;
  step.references = referencesToRemove(image);
  for (const StoredContainer* container : docker.containers(removal)) {
    step.containers.push_back(*container);
  }
  return step;
}

/// Writes down a set of removals, always the one that brings most next, images with containers
/// last.
class ImagePlanner {
 public:
  ImagePlanner(const DockerRemovals& docker, const ImageStore& store, PlanWriter& writer)
      : docker_(docker), store_(store), writer_(writer), made_(docker.count()) {}

  void write(std::vector<Removal> removals) {
    const auto has_containers = [&](Removal removal) {
      return !docker_.containers(removal).empty();
    };
    std::vector<Removal> held;
    std::copy_if(removals.begin(), removals.end(), std::back_inserter(held), has_containers);
    std::erase_if(removals, has_containers);
    writeAll(removals);
    writeAll(held);
  }

 private:
  void writeAll(std::vector<Removal>& left) {
    while (!left.empty()) {
      const auto next = best(left);
      const Removal removal = *next;
      left.erase(next);
      make(removal);
    }
  }

  std::vector<Removal>::iterator best(std::vector<Removal>& left) {
    auto best = left.begin();
    std::optional<decltype(writer_.gainOf(0))> most;
    for (auto at = left.begin(); at != left.end(); ++at) {
      if (docker_.possibleAfter(*at, made_)) {
        const auto gain = writer_.gainOf(*at);
        if (!most || gain > *most) {
          most = gain;
          best = at;
        }
      }
    }
    return best;
  }

  void make(Removal removal) {
    RemovalStep step = stepFor(docker_, removal);
    const std::vector<std::size_t> before = docker_.imagesGone(made_);
    made_[removal] = true;
    for (const std::size_t image : docker_.imagesGone(made_)) {
      const std::string& id = store_.images[image].id;
      if (id != step.id && !std::binary_search(before.begin(), before.end(), image)) {
        step.images_gone_too.push_back(id);
      }
    }
    writer_.add(removal, std::move(step));
  }

  const DockerRemovals& docker_;
  const ImageStore& store_;
  PlanWriter& writer_;
  std::vector<bool> made_;  // by removal
};

/// The margin once all of `removals` have been made, where that is below `target`.
std::uint64_t highestReachable(RemovalLedger ledger, const std::vector<Removal>& removals,
                               std::uint64_t target) {
  for (const Removal removal : removals) {
    ledger.remove(removal);
  }
  return ledger.reaches(target) ? target : std::min(target, ledger.margin().value_or(target));
}

/// The layer of this name, unless it is a head.
std::optional<std::uint32_t> removableIndex(const RootCounts& counts, const std::string& name) {
  const auto layer = layerIndex(counts, name);
  return layer && !counts.layers[*layer].head ? std::optional(static_cast<std::uint32_t>(*layer))
                                              : std::nullopt;
}

}  // namespace

RemovalPlan planImageRemovals(const RootCounts& counts, std::uint64_t limit,
                              const ImageStore& store, std::uint64_t target,
                              const std::vector<LayerStock>& stocks) {
  const DockerRemovals docker(counts, store);
  PlanWriter writer(counts, limit,
                    RemovalLedger(counts, limit, docker.groups(), docker.count(), stocks), target,
                    stocks);
  writer.noteUnowned();
  RemovalPlan& plan = writer.plan();
  if (plan.reached) {
    return plan;
  }
  std::vector<Removal> all(docker.count());
  std::iota(all.begin(), all.end(), Removal{0});
  const std::uint64_t reachable = highestReachable(writer.ledger(), all, target);
  const RemovalSet set = findRemovals(writer.ledger(), docker.choice(), reachable);
  ImagePlanner(docker, store, writer).write(set.removals);
  plan.fewest_proven = set.fewest_proven;
  plan.least_lost_proven = set.least_lost_proven;
  return plan;
}

RemovalPlan planSnapshotRemovals(const RootCounts& counts, std::uint64_t limit,
                                 const std::vector<RemovableLayer>& removable, std::uint64_t target,
                                 const std::vector<LayerStock>& stocks) {
  std::vector<LayerBatch> groups;
  for (std::uint32_t layer = 0; layer < counts.layers.size(); ++layer) {
    groups.push_back({{layer}, {layer}});
  }
  PlanWriter writer(counts, limit, RemovalLedger(counts, limit, groups, groups.size(), stocks),
                    target, stocks);
  std::vector<Removal> removals;
  std::vector<RemovalStep> steps;
  for (const RemovableLayer& may_go : removable) {
    if (const auto layer = removableIndex(counts, may_go.layer)) {
      removals.push_back(*layer);
      RemovalStep& step = steps.emplace_back();
      step.name = may_go.layer;
      step.command = may_go.command;
      step.expiry = may_go.expiry;
    }
  }
  const std::uint64_t reachable = highestReachable(writer.ledger(), removals, target);
  for (std::size_t i = 0; i < removals.size(); ++i) {
    if (!writer.plan().reached && writer.frees(removals[i], reachable)) {
      writer.add(removals[i], std::move(steps[i]));
    }
  }
  return writer.plan();
}

std::vector<FreedLinks> linksFreedAlone(const RootCounts& counts, std::uint64_t limit) {
  const std::vector<std::uint64_t> names = bindingNames(counts, limit);
  std::vector<FreedLinks> freed;
  for (std::size_t layer = 0; layer < names.size(); ++layer) {
    if (names[layer] > 0) {
      freed.push_back({counts.layers[layer].name, names[layer]});
    }
  }
  std::stable_sort(freed.begin(), freed.end(),
                   [](const FreedLinks& a, const FreedLinks& b) { return a.links > b.links; });
  return freed;
}

std::optional<std::uint64_t> highestMargin(const RemovalPlan& plan) {
  // Margins only grow.
  return plan.steps.empty() ? plan.margin_before : plan.steps.back().margin_after;
}

}  // namespace hardlink
