#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <tuple>

#include "commands/plan/removal_plan.h"
#include "docker_rmi.h"
#include "support/catch.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kLimit = 100;

/// A small Docker host, made up from a seed: images that share chains, some built from others, some
/// without tags, some with containers, and a few inodes with names all over the layers.
class RandomHost {
 public:
  explicit RandomHost(unsigned seed) : random_(seed) {
    const std::size_t images = 2 + below(5);
    for (std::size_t i = 0; i < images; ++i) {
      addImage(i);
    }
    if (chance(10)) {
      layer_names_.push_back("orphan");
    }
    std::sort(layer_names_.begin(), layer_names_.end());
    countLayers();
    std::sort(store.images.begin(), store.images.end(),
              [](const StoredImage& a, const StoredImage& b) { return a.id < b.id; });
    store.known = true;
    for (std::size_t kinds = below(3); kinds > 0; --kinds) {
      addStock();
    }
    for (std::size_t sets = below(8); sets > 0; --sets) {
      addBytes();
    }
  }

  RootCounts counts;
  ImageStore store;
  std::vector<LayerStock> stocks;  // of other limits than links

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(std::size_t percent) { return below(100) < percent; }

  void addImage(std::size_t number) {
    StoredImage image;
    image.id = "sha256:" + std::to_string(below(1000)) + "-" + std::to_string(number);
    if (number > 0) {
      const StoredImage& other = store.images[below(number)];
      image.layers = other.layers;
      if (chance(50)) {
        image.parent = other.id;
      } else {
        image.layers.resize(below(other.layers.size() + 1));
      }
    }
    for (std::size_t more = below(3); more > 0 || image.layers.empty(); more -= more > 0 ? 1 : 0) {
      layer_names_.push_back(std::to_string(below(1000)) + "-" + std::to_string(number) + "-" +
                             std::to_string(more));
      image.layers.push_back(layer_names_.back());
    }
    if (chance(70)) {
      image.tags = {"image:" + std::to_string(number)};
    }
    if (chance(20)) {
      const std::string gone = chance(20) ? "sha256:gone" : image.id;
      store.containers.push_back({"c" + std::to_string(number), "", "exited", gone, image.layers});
    }
    store.images.push_back(std::move(image));
  }

  void countLayers() {
    counts.layout = "docker-overlay";
    counts.layers.resize(layer_names_.size());
    const std::size_t inodes = 1 + below(3);
    for (std::uint64_t number = 1; number <= inodes; ++number) {
      TrackedInode inode{number, below(20), true, 0, {}};
      for (std::uint32_t layer = 0; layer < layer_names_.size(); ++layer) {
        if (const std::uint64_t names = below(12); names > 2) {
          inode.layers.push_back({layer, names});
          inode.links += names;
        }
      }
      counts.tracked.push_back(inode);
    }
    for (std::uint32_t layer = 0; layer < layer_names_.size(); ++layer) {
      counts.layers[layer].name = layer_names_[layer];
      for (const TrackedInode& inode : counts.tracked) {
        for (const LayerNames& entry : inode.layers) {
          if (entry.layer == layer) {
            counts.layers[layer].pressure.offer({inode.inode, inode.links, entry.names});
          }
        }
      }
    }
  }

  void addStock() {
    LayerStock stock{.limit = Limit::inodes, .used = below(20)};
    const Take beside{.temporary = below(3), .at_once = below(4), .once = below(5)};
    for (std::size_t layer = 0; layer < layer_names_.size(); ++layer) {
      Take take = beside;
      take.each = 1 + below(9);
      stock.of_layers.push_back({.freed = 1 + below(take.each), .take = take});
      stock.used += stock.of_layers.back().freed;
    }
    stock.of = stock.used + below(60);
    stocks.push_back(std::move(stock));
  }

  /// Some layers hold some files together.
  void addBytes() {
    std::set<std::uint32_t> layers;
    for (std::size_t more = 1 + below(4); more > 0; --more) {
      layers.insert(static_cast<std::uint32_t>(below(layer_names_.size())));
    }
    counts.bytes_of_layers.push_back({{layers.begin(), layers.end()}, 512 * (1 + below(5))});
  }

  std::mt19937 random_;
  std::vector<std::string> layer_names_;
};

/// The bytes of all sets of layers none of which is left.
std::uint64_t freedBy(const RandomHost& host, const DockerRmi& docker) {
  const std::set<std::string> left = docker.layers();
  std::uint64_t freed = 0;
  for (const BytesOfLayers& bytes : host.counts.bytes_of_layers) {
    const bool is_held = std::any_of(
        bytes.layers.begin(), bytes.layers.end(),
        [&](std::uint32_t layer) { return left.contains(host.counts.layers[layer].name); });
    freed += is_held ? 0 : bytes.bytes;
  }
  return freed;
}

/// How often the layer that takes most of those left can be copied, copy by copy; unset if none is
/// left.
std::optional<std::uint64_t> copiesThatFit(const LayerStock& stock, const RootCounts& counts,
                                           const std::set<std::string>& left) {
  std::uint64_t used = stock.used;
  std::uint64_t most = 0;
  for (std::size_t layer = 0; layer < counts.layers.size(); ++layer) {
    if (left.contains(counts.layers[layer].name)) {
      most = std::max(most, stock.of_layers[layer].take.each);
    } else {
      used -= stock.of_layers[layer].freed;
    }
  }
  if (most == 0) {
    return std::nullopt;
  }
  const Take& take = stock.of_layers.front().take;
  std::uint64_t copies = 0;
  for (used += take.once + most;; used += most) {
    used += copies < take.at_once ? take.temporary : 0;
    if (used > stock.of) {
      return copies;
    }
    ++copies;
  }
}

/// The margin by all limits.
std::optional<std::uint64_t> marginOf(const RandomHost& host, const DockerRmi& docker) {
  std::optional<std::uint64_t> margin = docker.margin(kLimit);
  for (const LayerStock& stock : host.stocks) {
    if (const auto fit = copiesThatFit(stock, host.counts, docker.layers())) {
      margin = std::min(margin.value_or(*fit), *fit);
    }
  }
  return margin;
}

/// Removes what can be removed of a set of images, those built from others first.
DockerRmi without(const RandomHost& host, std::vector<std::string> ids) {
  DockerRmi docker(host.counts, host.store);
  for (const std::string& id : ids) {
    docker.removeContainersOf(id);
  }
  for (bool again = true; again;) {
    const auto refused = std::remove_if(ids.begin(), ids.end(), [&](const std::string& id) {
      return docker.removeImage(id) || !docker.hasImage(id);
    });
    again = refused != ids.end();
    ids.erase(refused, ids.end());
  }
  return docker;
}

bool meets(std::optional<std::uint64_t> margin, std::uint64_t target) {
  return !margin || *margin >= target;
}

bool isHeld(const ImageStore& store, const std::string& id) {
  return std::any_of(store.containers.begin(), store.containers.end(),
                     [&](const StoredContainer& container) { return container.image == id; });
}

using Cost = std::tuple<std::size_t, std::size_t, std::size_t>;  // held, removals, layers lost

std::vector<std::string> subset(const RandomHost& host, unsigned bits) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < host.store.images.size(); ++i) {
    if ((bits >> i & 1U) != 0) {
      ids.push_back(host.store.images[i].id);
    }
  }
  return ids;
}

/// Whether what is left of a host is what a plan was made for.
using IsReached = std::function<bool(const DockerRmi&)>;

/// The cheapest of all sets of images whose removal is enough; unset if none is.
std::optional<Cost> cheapest(const RandomHost& host, const IsReached& is_reached) {
  std::optional<Cost> best;
  for (unsigned bits = 0; bits < 1U << host.store.images.size(); ++bits) {
    const std::vector<std::string> ids = subset(host, bits);
    const DockerRmi docker = without(host, ids);
    if (is_reached(docker)) {
      const auto held = static_cast<std::size_t>(std::count_if(
          ids.begin(), ids.end(), [&](const std::string& id) { return isHeld(host.store, id); }));
      const std::size_t lost = host.counts.layers.size() - docker.layers().size();
      best = std::min(best.value_or(Cost(99, 99, 99)), Cost(held, ids.size(), lost));
    }
  }
  return best;
}

/// Follows the plan to the letter; returns what it cost.
Cost follow(const RandomHost& host, const RemovalPlan& plan) {
  DockerRmi docker(host.counts, host.store);
  std::size_t held = 0;
  for (const RemovalStep& step : plan.steps) {
    const std::size_t layers = docker.layers().size();
    CHECK(isHeld(host.store, step.id) == !step.containers.empty());
    CHECK((held == 0 || !step.containers.empty()));
    held += step.containers.empty() ? 0U : 1U;
    const std::uint64_t freed = freedBy(host, docker);
    docker.removeContainersOf(step.id);
    REQUIRE(docker.removeImage(step.id));
    CHECK(freedBy(host, docker) - freed == step.bytes_freed);
    for (const std::string& gone : step.images_gone_too) {
      CHECK_FALSE(docker.hasImage(gone));
    }
    CHECK(layers - docker.layers().size() == step.layers.size());
    CHECK((!plan.margins_known || marginOf(host, docker) == step.margin_after));
  }
  return {held, plan.steps.size(), host.counts.layers.size() - docker.layers().size()};
}

TEST_CASE("plans for random hosts hold when followed, and no set of removals is better") {
  for (unsigned seed = 1; seed <= 600; ++seed) {
    CAPTURE(seed);
    const RandomHost host(seed);
    const DockerRmi all = without(host, subset(host, ~0U));
    const auto before = marginOf(host, DockerRmi(host.counts, host.store));
    for (const std::uint64_t target : {1U, 3U, 6U, 12U}) {
      CAPTURE(target);
      const RemovalPlan plan =
          planImageRemovals(host.counts, kLimit, host.store, {target}, host.stocks);
      CHECK(plan.margin_before == before);
      CHECK(plan.reached == meets(marginOf(host, all), target));
      const Cost cost = follow(host, plan);
      const std::uint64_t reachable =
          plan.reached ? target : std::min(target, marginOf(host, all).value_or(target));
      CHECK(meets(plan.margin_after, reachable));
      const auto is_reached = [&](const DockerRmi& docker) {
        return meets(marginOf(host, docker), reachable);
      };
      CHECK(cost == cheapest(host, is_reached).value_or(Cost(0, 0, 0)));
      CHECK(plan.fewest_proven);
      CHECK(plan.least_lost_proven);
    }
  }
}

TEST_CASE("plans for bytes free them when followed, and no set of removals is better") {
  std::size_t with_steps = 0;
  for (unsigned seed = 1; seed <= 600; ++seed) {
    CAPTURE(seed);
    const RandomHost host(seed);
    const std::uint64_t most = freedBy(host, without(host, subset(host, ~0U)));
    for (const std::uint64_t wanted :
         {std::uint64_t{1}, most / 2 + 1, most, most + 1, ~std::uint64_t{0}}) {
      if (wanted == 0) {
        continue;
      }
      CAPTURE(wanted);
      const auto limit = seed % 2 == 0 ? std::optional(kLimit) : std::nullopt;
      const std::vector<LayerStock> stocks = limit ? host.stocks : std::vector<LayerStock>{};
      const RemovalPlan plan =
          planImageRemovals(host.counts, limit, host.store, {.free_bytes = wanted}, stocks);
      CHECK(plan.reached == (most >= wanted));
      CHECK(plan.margins_known == limit.has_value());
      const std::uint64_t reachable = std::min(wanted, most);
      CHECK(plan.bytesFreed() >= reachable);
      const auto is_reached = [&](const DockerRmi& docker) {
        return freedBy(host, docker) >= reachable;
      };
      const Cost cost = follow(host, plan);
      CHECK(cost == cheapest(host, is_reached).value_or(Cost(0, 0, 0)));
      CHECK(plan.fewest_proven);
      CHECK(plan.least_lost_proven);
      with_steps += plan.steps.empty() ? 0U : 1U;
    }
  }
  CHECK(with_steps > 600);
}

}  // namespace
}  // namespace hardlink
