#pragma once

/// Which images or snapshots to remove so that a given number of further layers can be made. Pure
/// functions: no system calls, no clock. Any thread. Nothing here removes anything.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/counts.h"
#include "model/farm.h"
#include "model/image_store.h"
#include "model/report.h"
#include "report/limits.h"

namespace hardlink {

/// One removal, and what has become of the root after it and those before.
struct RemovalStep {
  /// What the step removes: an image's first tag or the start of its id; a snapshot's path below
  /// the root.
  std::string name;
  std::string id;  ///< of the image; empty for a snapshot
  /// What `docker rmi` has to be given: the tags, digests in repositories without a tag, or the id.
  std::vector<std::string> references;
  std::vector<StoredContainer> containers;  ///< made from the image; to be removed before
  /// Images without references that go with it, by their ids: those it was built from.
  std::vector<std::string> images_gone_too;
  /// What removes a snapshot, with its arguments; empty where no command removes this one alone.
  std::vector<std::string> command;
  std::string expiry;               ///< the setting that removes it then, for people
  std::vector<std::string> layers;  ///< that go, ascending
  std::uint64_t links_freed = 0;    ///< of the inode that binds the root now
  /// What comes back of the other limits at least, by directories and what is made anew with them:
  /// what files of the layers give back comes on top. Inodes, bytes, and names in the directories
  /// in which layers appear. Unset where a limit is not known.
  std::optional<std::uint64_t> inodes_freed{};
  std::optional<std::uint64_t> space_freed{};
  std::optional<std::uint64_t> subdirectories_freed{};
  /// Extractions remaining once the step has been made, by all limits; unset if nothing binds the
  /// root any more.
  std::optional<std::uint64_t> margin_after;

  bool operator==(const RemovalStep&) const = default;
};

struct RemovalPlan {
  std::uint64_t target = 0;                    ///< extractions remaining that were asked for
  std::optional<std::uint64_t> margin_before;  ///< unset if nothing binds the root
  bool reached =
      false;  ///< by the last step, or already; otherwise the steps are the best there is
  std::optional<std::uint64_t> margin_after;
  std::optional<Limit> first_limit_before{};  ///< what ends first now
  std::optional<Limit> first_limit_after{};   ///< and once all steps have been made
  /// In the order in which they are to be made; images with containers last.
  std::vector<RemovalStep> steps;
  bool fewest_proven = true;      ///< no fewer removals lead as far
  bool least_lost_proven = true;  ///< and no others, as few, leave more layers
  /// Layers that stay whatever images are removed, ascending: no image holds them, or a container
  /// does whose image is gone.
  std::vector<std::string> unowned_layers;
  std::uint64_t unowned_links = 0;  ///< that those have of the inode that binds the root now
  std::vector<std::string> unfinished_layers;  ///< as in RootCounts

  bool operator==(const RemovalPlan&) const = default;
};

/// The images to remove for a margin of `target`: with the fewest images that have containers, then
/// with the fewest removals, then with the fewest layers lost. Removals are what `docker rmi` does
/// (commands/plan/docker_removals.h), and margin_after is exact if followed step by step, provided
/// that `counts.tracked` has every inode that can bind the root then: all that allow some layer no
/// more than the highest margin in the plan. `limit` is at least 1, `target` at most a million.
/// `stocks` are the limits other than links (report/limits.h).
[[nodiscard]] RemovalPlan planImageRemovals(const RootCounts& counts, std::uint64_t limit,
                                            const ImageStore& store, std::uint64_t target,
                                            const std::vector<LayerStock>& stocks = {});

/// The same for layers that are each on their own, by the margin over the heads: of `removable` one
/// after the other, without those that free nothing of what is in the way of the target, or of the
/// highest margin that all of `removable` together give. A head is in no plan, and neither is what
/// the census has not found.
[[nodiscard]] RemovalPlan planSnapshotRemovals(const RootCounts& counts, std::uint64_t limit,
                                               const std::vector<RemovableLayer>& removable,
                                               std::uint64_t target,
                                               const std::vector<LayerStock>& stocks = {});

/// A layer, and how many links of the inode that binds the root now go with it.
struct FreedLinks {
  std::string layer;
  std::uint64_t links = 0;

  bool operator==(const FreedLinks&) const = default;
};

/// What each layer would free if it went alone; those that would free nothing are left out. The
/// most links first, then by name.
[[nodiscard]] std::vector<FreedLinks> linksFreedAlone(const RootCounts& counts,
                                                      std::uint64_t limit);

/// The highest margin that `plan` speaks of; unset where one is (nothing binds the root).
[[nodiscard]] std::optional<std::uint64_t> highestMargin(const RemovalPlan& plan);

/// What may go of a farm that is not Docker's (model/farm.h), or why nothing is proposed.
struct FarmRemovals {
  RemovalPlan plan;  ///< without steps where they are refused
  /// Why no removal is proposed, and what decides: one sentence without a full stop. Printable.
  std::optional<std::string> refused;
  /// What each layer would free alone; where that nothing is proposed is for want of certainty.
  std::vector<FreedLinks> would_free;
  /// How many times every series can get one more layer, before anything is removed; unset where
  /// nothing binds the heads, or there are no series.
  std::optional<std::uint64_t> rounds_remaining;
};

/// Why there is nothing to plan for in the tree at `path`, whatever its limit is: it has no layers.
[[nodiscard]] std::optional<std::string> whyNothingToRemove(const RootCounts& counts,
                                                            const Farm& farm,
                                                            const std::string& path);

/// What to remove of `farm`, whose layers `counts` has, for a margin of `target`, at most a
/// million. The link limit of `filesystem` is known and at least 1.
[[nodiscard]] FarmRemovals planFarmRemovals(const RootCounts& counts,
                                            const FilesystemReport& filesystem, const Farm& farm,
                                            const std::string& path, std::uint64_t target);

}  // namespace hardlink
