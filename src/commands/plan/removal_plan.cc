#include "commands/plan/removal_plan.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "commands/plan/docker_removals.h"
#include "commands/plan/search/removal_ledger.h"
#include "commands/plan/search/removal_search.h"
#include "report/judge.h"
#include "report/limits.h"

namespace hardlink {
namespace {

/// Makes removals one after the other and writes down what becomes of the root.
class PlanWriter {
 public:
  PlanWriter(const RootCounts& counts, std::optional<std::uint64_t> limit,
             const std::vector<LayerBatch>& groups, std::size_t removals, const PlanGoal& goal,
             const std::vector<LayerStock>& stocks)
      : counts_(counts),
        stocks_(stocks),
        margin_(counts, limit, groups, removals, stocks),
        bytes_(RemovalLedger::ofBytes(counts, groups, removals, goal.free_bytes)),
        binding_names_(bindingNames(counts, limit)) {
    plan_.goal = goal;
    plan_.margins_known = limit.has_value();
    noteEnd();
    plan_.margin_before = plan_.margin_after;
    plan_.first_limit_before = plan_.first_limit_after;
    plan_.reached = ledger().reaches(target());
    plan_.unfinished_layers = counts.unfinished_layers;
  }

  /// The ledger of what the plan is for, and the target in it.
  [[nodiscard]] const RemovalLedger& ledger() const {
    return plan_.goal.isBytes() ? bytes_ : margin_;
  }
  [[nodiscard]] std::uint64_t target() const {
    return plan_.goal.isBytes() ? 1 : plan_.goal.target;
  }
  RemovalPlan& plan() { return plan_; }
  [[nodiscard]] const RemovalPlan& plan() const { return plan_; }

  /// `step` says what the removal is; the rest is filled in.
  void add(Removal removal, RemovalStep step) {
    const std::vector<bool> before = groupsGone();
    const std::uint64_t bytes_before = bytes_.bytesFreed();
    margin_.remove(removal);
    bytes_.remove(removal);
    step.bytes_freed = bytes_.bytesFreed() - bytes_before;
    const std::vector<bool> after = groupsGone();
    for (std::size_t group = 0; group < after.size(); ++group) {
      if (after[group] && !before[group]) {
        for (const std::uint32_t layer : margin_.groups()[group].layers) {
          step.layers.push_back(counts_.layers[layer].name);
          step.links_freed += binding_names_[layer];
          addFreed(layer, step);
        }
      }
    }
    std::sort(step.layers.begin(), step.layers.end());
    noteEnd();
    step.margin_after = plan_.margin_after;
    plan_.reached = ledger().reaches(target());
    plan_.steps.push_back(std::move(step));
  }

  /// Whether the removal frees links of an inode that is in the way of `target` now.
  [[nodiscard]] bool frees(Removal removal, std::uint64_t target) {
    const std::int64_t before = margin_.excess(target);
    const Trial trial(margin_, {&removal, 1});
    return margin_.excess(target) < before;
  }

  /// What would be freed next; for choosing between removals.
  [[nodiscard]] std::tuple<std::uint64_t, bool, std::uint64_t, std::int64_t, std::size_t> gainOf(
      Removal removal) {
    const Trial bytes_trial(bytes_, {&removal, 1});
    const Trial margin_trial(margin_, {&removal, 1});
    const auto margin = margin_.margin();
    return {plan_.goal.isBytes() ? bytes_.bytesFreed() : 0, !margin, margin.value_or(0),
            -margin_.excess(plan_.goal.target), margin_.layersGone()};
  }

  /// Layers that stay whatever is removed.
  void noteUnowned() {
    for (const LayerBatch& group : margin_.groups()) {
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
    const auto end = margin_.end();
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
    for (std::uint32_t group = 0; group < margin_.groups().size(); ++group) {
      gone.push_back(margin_.isGone(group));
    }
    return gone;
  }

  const RootCounts& counts_;
  const std::vector<LayerStock>& stocks_;
  RemovalLedger margin_;
  RemovalLedger bytes_;
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

/// The layer of this name, unless it is a head.
std::optional<std::uint32_t> removableIndex(const RootCounts& counts, const std::string& name) {
  const auto layer = layerIndex(counts, name);
  return layer && !counts.layers[*layer].head ? std::optional(static_cast<std::uint32_t>(*layer))
                                              : std::nullopt;
}

void makeAll(RemovalLedger& ledger, const std::vector<Removal>& removals) {
  for (const Removal removal : removals) {
    ledger.remove(removal);
  }
}

/// Which snapshots a plan leaves out, of those that may go.
class SnapshotFilter {
 public:
  /// `removals`: all that may go, oldest first.
  SnapshotFilter(const PlanWriter& writer, const std::vector<Removal>& removals)
      : reachable_(writer.target()) {
    RemovalLedger ledger = writer.ledger();
    if (writer.plan().goal.isBytes()) {
      findHolders(ledger, removals);
      return;
    }
    makeAll(ledger, removals);
    if (!ledger.reaches(reachable_)) {
      reachable_ = std::min(reachable_, ledger.margin().value_or(reachable_));
    }
  }

  [[nodiscard]] bool wants(PlanWriter& writer, Removal removal) const {
    return writer.plan().goal.isBytes() ? holders_.contains(removal)
                                        : writer.frees(removal, reachable_);
  }

 private:
  /// Of the oldest, as many as free enough bytes together, those that hold some of these.
  void findHolders(RemovalLedger& bytes, const std::vector<Removal>& removals) {
    std::vector<Removal> made;
    for (const Removal removal : removals) {
      if (bytes.reaches(1)) {
        break;
      }
      bytes.remove(removal);
      made.push_back(removal);
    }
    const std::uint64_t freed = bytes.bytesFreed();
    for (const Removal removal : made) {
      bytes.restore(removal);
      if (bytes.bytesFreed() < freed) {
        holders_.insert(removal);
      }
      bytes.remove(removal);
    }
  }

  std::uint64_t reachable_;    // of a margin
  std::set<Removal> holders_;  // of bytes
};

}  // namespace

std::vector<std::uint64_t> bindingNames(const RootCounts& counts,
                                        std::optional<std::uint64_t> limit) {
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

std::uint64_t RemovalPlan::bytesFreed() const {
  return std::accumulate(
      steps.begin(), steps.end(), std::uint64_t{0},
      [](std::uint64_t sum, const RemovalStep& step) { return sum + step.bytes_freed; });
}

RemovalPlan planImageRemovals(const RootCounts& counts, std::optional<std::uint64_t> limit,
                              const ImageStore& store, const PlanGoal& goal,
                              const std::vector<LayerStock>& stocks) {
  const DockerRemovals docker(counts, store);
  const std::vector<LayerBatch> groups = docker.groups();
  PlanWriter writer(counts, limit, groups, docker.count(), goal, stocks);
  writer.noteUnowned();
  RemovalPlan& plan = writer.plan();
  if (plan.reached) {
    return plan;
  }
  std::vector<Removal> all(docker.count());
  std::iota(all.begin(), all.end(), Removal{0});
  RemovalLedger after_all = writer.ledger();
  makeAll(after_all, all);
  std::uint64_t target = writer.target();
  RemovalLedger ledger = writer.ledger();
  if (!after_all.reaches(target) && goal.isBytes()) {
    ledger = RemovalLedger::ofBytes(counts, groups, docker.count(), after_all.bytesFreed());
  } else if (!after_all.reaches(target)) {
    target = std::min(target, after_all.margin().value_or(target));
  }
  const RemovalSet set = findRemovals(std::move(ledger), docker.choice(), target);
  ImagePlanner(docker, store, writer).write(set.removals);
  plan.fewest_proven = set.fewest_proven;
  plan.least_lost_proven = set.least_lost_proven;
  return plan;
}

RemovalPlan planSnapshotRemovals(const RootCounts& counts, std::optional<std::uint64_t> limit,
                                 const std::vector<RemovableLayer>& removable, const PlanGoal& goal,
                                 const std::vector<LayerStock>& stocks) {
  std::vector<LayerBatch> groups;
  groups.reserve(counts.layers.size());
  for (std::uint32_t layer = 0; layer < counts.layers.size(); ++layer) {
    groups.push_back({{layer}, {layer}});
  }
  PlanWriter writer(counts, limit, groups, groups.size(), goal, stocks);
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
  const SnapshotFilter filter(writer, removals);
  for (std::size_t i = 0; i < removals.size() && !writer.plan().reached; ++i) {
    if (filter.wants(writer, removals[i])) {
      writer.add(removals[i], std::move(steps[i]));
    }
  }
  return writer.plan();
}

std::optional<std::uint64_t> highestMargin(const RemovalPlan& plan) {
  // Margins only grow.
  return plan.steps.empty() ? plan.margin_before : plan.steps.back().margin_after;
}

}  // namespace hardlink
