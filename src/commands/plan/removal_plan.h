#pragma once

/// Which images or snapshots to remove so that a given number of further layers can be made, or a
/// given number of bytes is free. Pure functions: no system calls, no clock. Any thread. Nothing
/// here removes anything.

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

/// What a plan is for: one of the two is more than 0.
struct PlanGoal {
  std::uint64_t target = 0;      ///< extractions remaining to reach, at most a million
  std::uint64_t free_bytes = 0;  ///< bytes of files to free

  [[nodiscard]] bool isBytes() const { return free_bytes > 0; }
  bool operator==(const PlanGoal&) const = default;
};

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
  /// What files free: allocated bytes of the inodes whose last names go with this step. Directories
  /// come on top.
  std::uint64_t bytes_freed = 0;
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
  PlanGoal goal{};
  bool margins_known = true;                   ///< false without a link limit; then all are unset
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

  /// By all steps together.
  [[nodiscard]] std::uint64_t bytesFreed() const;
  bool operator==(const RemovalPlan&) const = default;
};

/// The images to remove for `goal`: with the fewest images that have containers, then with the
/// fewest removals, then with the fewest layers lost. Removals are what `docker rmi` does
/// (commands/plan/docker_removals.h), and margin_after is exact if followed step by step, provided
/// that `counts.tracked` has every inode that can bind the root then: all that allow some layer no
/// more than the highest margin in the plan. `limit`, unset if not known, is at least 1; margins
/// need it. `stocks` are the limits other than links (report/limits.h). Bytes are those of
/// `counts.bytes_of_layers`.
[[nodiscard]] RemovalPlan planImageRemovals(const RootCounts& counts,
                                            std::optional<std::uint64_t> limit,
                                            const ImageStore& store, const PlanGoal& goal,
                                            const std::vector<LayerStock>& stocks = {});

/// The same for layers that are each on their own, by the margin over the heads: of `removable` one
/// after the other. For a margin, without those that free nothing of what is in the way of the
/// target, or of the highest margin that all of `removable` together give. For bytes, without those
/// that hold nothing of what the others free. A head is in no plan, and neither is what the census
/// has not found.
[[nodiscard]] RemovalPlan planSnapshotRemovals(const RootCounts& counts,
                                               std::optional<std::uint64_t> limit,
                                               const std::vector<RemovableLayer>& removable,
                                               const PlanGoal& goal,
                                               const std::vector<LayerStock>& stocks = {});

/// The names that the inode that binds the root has in each of counts.layers.
[[nodiscard]] std::vector<std::uint64_t> bindingNames(const RootCounts& counts,
                                                      std::optional<std::uint64_t> limit);

/// What goes with a layer if it goes alone.
struct FreedAlone {
  std::string layer;
  std::uint64_t links = 0;  ///< of the inode that binds the root now
  std::uint64_t bytes = 0;  ///< of files

  bool operator==(const FreedAlone&) const = default;
};

/// What each layer would free of what `goal` is about; those that would free nothing of it are left
/// out. The most first, then by name.
[[nodiscard]] std::vector<FreedAlone> freedAlone(const RootCounts& counts,
                                                 std::optional<std::uint64_t> limit,
                                                 const PlanGoal& goal);

/// The highest margin that `plan` speaks of; unset where one is (nothing binds the root).
[[nodiscard]] std::optional<std::uint64_t> highestMargin(const RemovalPlan& plan);

/// What may go of a farm that is not Docker's (model/farm.h), or why nothing is proposed.
struct FarmRemovals {
  RemovalPlan plan;  ///< without steps where they are refused
  /// Why no removal is proposed, and what decides: one sentence without a full stop. Printable.
  std::optional<std::string> refused;
  /// What each layer would free alone; where that nothing is proposed is for want of certainty.
  std::vector<FreedAlone> would_free;
  /// How many times every series can get one more layer, before anything is removed; unset where
  /// nothing binds the heads, or there are no series.
  std::optional<std::uint64_t> rounds_remaining;
};

/// Why there is nothing to plan for in the tree at `path`, whatever its limit is: it has no layers.
[[nodiscard]] std::optional<std::string> whyNothingToRemove(const RootCounts& counts,
                                                            const Farm& farm,
                                                            const std::string& path);

/// What to remove of `farm`, whose layers `counts` has, for `goal`. For a margin, the link limit of
/// `filesystem` must be known, and at least 1.
[[nodiscard]] FarmRemovals planFarmRemovals(const RootCounts& counts,
                                            const FilesystemReport& filesystem, const Farm& farm,
                                            const std::string& path, const PlanGoal& goal);

}  // namespace hardlink
