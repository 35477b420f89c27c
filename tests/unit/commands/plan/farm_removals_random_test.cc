// Plans for random farms, held against copies that are made one by one until a link is missing.

#include <algorithm>
#include <random>
#include <set>

#include "commands/plan/removal_plan.h"
#include "support/catch.h"

namespace hardlink {
namespace {

using Names = std::vector<std::string>;

constexpr std::uint64_t kLimit = 60;

FilesystemReport limitedForAll() {
  FilesystemReport filesystem;
  filesystem.link_limit = kLimit;
  return filesystem;
}

/// A farm of a few series, made up from a seed, some of whose snapshots share files across series.
class RandomFarm {
 public:
  explicit RandomFarm(unsigned seed) : random_(seed) {
    farm.layout = Layout::snapshots;
    farm.tool = Tool::rsync;
    const std::size_t series = 1 + below(3);
    for (std::size_t number = 0; number < series; ++number) {
      addSeries("host" + std::to_string(number));
    }
    std::sort(counts.layers.begin(), counts.layers.end(),
              [](const LayerCounts& a, const LayerCounts& b) { return a.name < b.name; });
    addInodes();
    mergeByAge();
    for (std::size_t sets = below(8); sets > 0; --sets) {
      addBytes();
    }
  }

  Farm farm;
  RootCounts counts;

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(std::size_t percent) { return below(100) < percent; }

  void addSeries(const std::string& host) {
    Series series{.name = host, .tool = Tool::rsync, .oldest_first = {}, .heads = {}};
    const std::size_t snapshots = 1 + below(5);
    for (std::size_t age = 0; age < snapshots; ++age) {
      LayerCounts& layer = counts.layers.emplace_back();
      layer.name = host + "/" + std::to_string(age);
      // A newest one that is unfinished is no head.
      layer.head = age + 1 == snapshots && !chance(10);
      series.oldest_first.push_back(layer.name);
      if (layer.head) {
        series.heads.push_back(layer.name);
      }
    }
    farm.series.push_back(series);
  }

  void addInodes() {
    const std::size_t inodes = 1 + below(4);
    for (std::uint64_t number = 1; number <= inodes; ++number) {
      TrackedInode inode{number, below(12), true, 0, {}};
      for (std::uint32_t layer = 0; layer < counts.layers.size(); ++layer) {
        if (const std::uint64_t names = below(8); names > 2) {
          inode.layers.push_back({layer, names});
          inode.links += names;
        }
      }
      std::uint64_t in_heads = 0;
      for (const LayerNames& entry : inode.layers) {
        LayerCounts& layer = counts.layers[entry.layer];
        layer.pressure.offer({number, inode.links, entry.names});
        in_heads += layer.head ? entry.names : 0;
      }
      if (in_heads > 0) {
        counts.round_pressure.offer({number, inode.links, in_heads});
      }
      counts.tracked.push_back(inode);
    }
  }

  /// What is no head may go, the series by turns; now and then a layer stays.
  void mergeByAge() {
    std::vector<Names> left;
    for (const Series& series : farm.series) {
      left.push_back(series.oldest_first);
    }
    while (!left.empty()) {
      const std::size_t at = below(left.size());
      if (left[at].size() <= 1) {
        left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        if (!chance(10)) {
          farm.removable.push_back({left[at].front(), {"rm", left[at].front()}, ""});
        }
        left[at].erase(left[at].begin());
      }
    }
  }

  /// Some layers hold some files together.
  void addBytes() {
    std::set<std::uint32_t> layers;
    for (std::size_t more = 1 + below(3); more > 0; --more) {
      layers.insert(static_cast<std::uint32_t>(below(counts.layers.size())));
    }
    counts.bytes_of_layers.push_back({{layers.begin(), layers.end()}, 512 * (1 + below(5))});
  }

  std::mt19937 random_;
};

/// The bytes of all sets of layers that are all `gone`.
std::uint64_t freedBy(const RootCounts& counts, const std::set<std::string>& gone) {
  std::uint64_t freed = 0;
  for (const BytesOfLayers& bytes : counts.bytes_of_layers) {
    const bool is_free =
        std::all_of(bytes.layers.begin(), bytes.layers.end(),
                    [&](std::uint32_t layer) { return gone.contains(counts.layers[layer].name); });
    freed += is_free ? bytes.bytes : 0;
  }
  return freed;
}

/// The oldest that free enough bytes, without those that the others do not need for the same.
Names oldestThatHold(const RandomFarm& random, std::uint64_t wanted) {
  std::set<std::string> gone;
  Names names;
  for (const RemovableLayer& layer : random.farm.removable) {
    if (freedBy(random.counts, gone) < wanted) {
      gone.insert(layer.layer);
      names.push_back(layer.layer);
    }
  }
  const std::uint64_t freed = freedBy(random.counts, gone);
  std::erase_if(names, [&](const std::string& name) {
    std::set<std::string> others = gone;
    others.erase(name);
    return freedBy(random.counts, others) == freed;
  });
  return names;
}

TEST_CASE("plans for bytes take the oldest snapshots of random farms that hold them") {
  std::size_t with_steps = 0;
  for (unsigned seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    const RandomFarm random(seed);
    std::set<std::string> all;
    for (const RemovableLayer& layer : random.farm.removable) {
      all.insert(layer.layer);
    }
    const std::uint64_t most = freedBy(random.counts, all);
    for (const std::uint64_t wanted : {std::uint64_t{1}, most / 2 + 1, most + 1}) {
      CAPTURE(wanted);
      const FarmRemovals removals =
          planFarmRemovals(random.counts, limitedForAll(), random.farm, "/b", {0, wanted});
      std::set<std::string> gone;
      Names names;
      for (const RemovalStep& step : removals.plan.steps) {
        const std::uint64_t freed = freedBy(random.counts, gone);
        gone.insert(step.name);
        names.push_back(step.name);
        CHECK(freedBy(random.counts, gone) - freed == step.bytes_freed);
      }
      CHECK(names == oldestThatHold(random, wanted));
      CHECK(removals.plan.reached == (most >= wanted));
      CHECK(removals.refused.has_value() == names.empty());
      with_steps += names.empty() ? 0U : 1U;
    }
  }
  CHECK(with_steps > 300);
}

/// The tree itself: link counts, from which layers go and to which copies are added.
class Tree {
 public:
  explicit Tree(const RootCounts& counts) : counts_(counts) {
    for (const TrackedInode& inode : counts.tracked) {
      links_.push_back(static_cast<std::int64_t>(inode.links));
    }
  }

  void remove(const std::string& layer) { addLayer(layer, -1); }

  [[nodiscard]] Names heads() const {
    Names heads;
    for (const LayerCounts& layer : counts_.layers) {
      if (layer.head) {
        heads.push_back(layer.name);
      }
    }
    return heads;
  }

  /// How many copies of all of `layers` at a time can be made until a link is missing; unset where
  /// they hold nothing.
  [[nodiscard]] std::optional<std::uint64_t> copiesOf(const Names& layers) const {
    Tree copied = *this;
    for (std::uint64_t copies = 0;; ++copies) {
      for (const std::string& layer : layers) {
        copied.addLayer(layer, 1);
      }
      if (copied.links_ == links_) {
        return std::nullopt;
      }
      for (std::size_t i = 0; i < links_.size(); ++i) {
        if (copied.links_[i] > static_cast<std::int64_t>(kLimit) && copied.links_[i] != links_[i]) {
          return copies;
        }
      }
    }
  }

  /// Of further copies of one head, those that fit whichever head it is.
  [[nodiscard]] std::optional<std::uint64_t> margin() const {
    std::optional<std::uint64_t> margin;
    for (const std::string& head : heads()) {
      if (const auto copies = copiesOf({head})) {
        margin = std::min(margin.value_or(*copies), *copies);
      }
    }
    return margin;
  }

  /// Whether the layer has names of an inode that keeps some head from `target` copies.
  [[nodiscard]] bool isInTheWay(const std::string& layer, std::uint64_t target) const {
    for (std::size_t i = 0; i < links_.size(); ++i) {
      for (const std::string& head : heads()) {
        const std::int64_t needed = names(i, head) * static_cast<std::int64_t>(target);
        if (needed > 0 && links_[i] + needed > static_cast<std::int64_t>(kLimit) &&
            names(i, layer) > 0) {
          return true;
        }
      }
    }
    return false;
  }

 private:
  [[nodiscard]] std::int64_t names(std::size_t inode, const std::string& layer) const {
    for (const LayerNames& entry : counts_.tracked[inode].layers) {
      if (counts_.layers[entry.layer].name == layer) {
        return static_cast<std::int64_t>(entry.names);
      }
    }
    return 0;
  }

  void addLayer(const std::string& layer, std::int64_t sign) {
    for (std::size_t i = 0; i < links_.size(); ++i) {
      links_[i] += sign * names(i, layer);
    }
  }

  const RootCounts& counts_;
  std::vector<std::int64_t> links_;
};

bool meets(std::optional<std::uint64_t> margin, std::uint64_t target) {
  return !margin || *margin >= target;
}

/// The oldest that free something of what is in the way, until the target is reached.
Names oldestThatFree(const RandomFarm& random, std::uint64_t target) {
  Tree all(random.counts);
  for (const RemovableLayer& layer : random.farm.removable) {
    all.remove(layer.layer);
  }
  const std::uint64_t reachable = std::min(target, all.margin().value_or(target));
  Tree tree(random.counts);
  Names names;
  for (const RemovableLayer& layer : random.farm.removable) {
    if (!meets(tree.margin(), reachable) && tree.isInTheWay(layer.layer, reachable)) {
      tree.remove(layer.layer);
      names.push_back(layer.layer);
    }
  }
  CHECK(meets(tree.margin(), reachable));
  return names;
}

/// Follows the plan to the letter; the names of what went.
Names follow(const RandomFarm& random, const RemovalPlan& plan) {
  Tree tree(random.counts);
  CHECK(plan.margin_before == tree.margin());
  const Names heads = tree.heads();
  Names gone;
  for (const RemovalStep& step : plan.steps) {
    CHECK(std::find(heads.begin(), heads.end(), step.name) == heads.end());
    CHECK(step.layers == Names{step.name});
    CHECK(step.command == Names{"rm", step.name});
    CHECK(tree.margin().value_or(plan.goal.target) < plan.goal.target);
    tree.remove(step.name);
    CHECK(tree.margin() == step.margin_after);
    gone.push_back(step.name);
  }
  CHECK(plan.margin_after == tree.margin());
  CHECK(plan.reached == meets(tree.margin(), plan.goal.target));
  return gone;
}

TEST_CASE("plans for random farms hold when followed, and never take a head") {
  std::size_t planned = 0;
  for (unsigned seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    const RandomFarm random(seed);
    const Tree tree(random.counts);
    for (const std::uint64_t target : {1U, 2U, 4U, 9U}) {
      CAPTURE(target);
      const FarmRemovals removals =
          planFarmRemovals(random.counts, limitedForAll(), random.farm, "/b", {target});
      if (tree.heads().empty()) {
        CHECK(removals.refused);
        CHECK(removals.plan.steps.empty());
        continue;
      }
      CHECK(follow(random, removals.plan) == oldestThatFree(random, target));
      CHECK(removals.refused.has_value() ==
            (removals.plan.steps.empty() && !removals.plan.reached));
      CHECK(removals.rounds_remaining == tree.copiesOf(tree.heads()));
      planned += removals.plan.steps.empty() ? 0U : 1U;
    }
  }
  CHECK(planned > 300);
}

TEST_CASE("no plan takes a head, even if a farm says that it may go") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    RandomFarm random(seed);
    for (const Series& series : random.farm.series) {
      random.farm.removable.insert(random.farm.removable.begin(),
                                   {series.oldest_first.back(), {"rm"}, ""});
    }
    const Names heads = Tree(random.counts).heads();
    for (const RemovalStep& step :
         planFarmRemovals(random.counts, limitedForAll(), random.farm, "/b", {50}).plan.steps) {
      CHECK(std::find(heads.begin(), heads.end(), step.name) == heads.end());
    }
  }
}

}  // namespace
}  // namespace hardlink
