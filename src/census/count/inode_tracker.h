#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "census/count/engine.h"
#include "model/counts.h"
#include "model/margin.h"

namespace hardlink {

/// How many names an inode has in a unit, by the unit's number.
struct NamesInUnit {
  std::uint32_t unit = 0;
  std::uint64_t names = 0;

  bool operator==(const NamesInUnit&) const = default;
};

/// A unit that has been counted, as far as the tracker cares.
struct CountedUnit {
  std::uint32_t number = 0;
  const LayerCounts* head = nullptr;     ///< its counts, if it is a head
  std::vector<std::uint64_t> tight{};    ///< of a head: the inodes that isTight() says are so
  std::vector<std::uint64_t> sampled{};  ///< those of samples() that have names in it
  /// The most names that an inode has in it that has others elsewhere.
  std::uint64_t most_shared_names = 0;
};

/// Counts some inodes unit by unit while the units are counted: those that the request asks for,
/// and the one that will turn out to bind the root. Also which units hold the farm's samples.
///
/// The inode that binds the root is not known before the last head. So each head, as it is done,
/// offers the inode that binds it; the tightest few are looked up in every unit from then on.
/// Copies of one tree are all bound by the same inode, which the first of them offers: nothing is
/// left to be read again.
class InodeTracker {
 public:
  /// How many names an inode has in the unit that has been counted.
  using NamesOf = std::function<std::uint64_t(std::uint64_t inode)>;

  /// `request` must outlive the tracker. Without a `limit` nothing binds.
  InodeTracker(const CensusRequest& request, std::optional<std::uint64_t> limit);

  /// Whether the request asks about an inode that has `names` names in a head. Any thread.
  [[nodiscard]] bool isTight(std::uint64_t links, std::uint64_t names) const {
    return tight_margin_ && extractionsRemaining(*limit_, links, names) <= *tight_margin_;
  }
  /// Whether this may be asked about `inode`, which has one link, by its number. Any thread.
  [[nodiscard]] bool mayBeAskedFor(std::uint64_t inode) const;
  /// The inodes of Farm::samples, distinct and ascending. Any thread.
  [[nodiscard]] const std::vector<std::uint64_t>& samples() const { return samples_; }
  /// Whether an inode with `links` links takes no more. Any thread.
  [[nodiscard]] bool isSaturated(std::uint64_t links) const { return limit_ && links >= *limit_; }
  /// A unit is done. Any thread.
  void addUnit(const CountedUnit& unit, const NamesOf& names_of);

  /// The tight inodes of the heads, distinct and ascending. This and the rest are to be asked when
  /// all units are done.
  [[nodiscard]] std::vector<std::uint64_t> tightInodes() const;
  /// The inodes that were asked for, distinct and ascending, whether they exist or not.
  [[nodiscard]] std::vector<std::uint64_t> requested() const;
  [[nodiscard]] bool isRequested(std::uint64_t inode) const { return requested_.contains(inode); }
  /// The inode that binds the tightest head; unset where none does.
  [[nodiscard]] std::optional<std::uint64_t> binding() const;

  /// The units that hold names of `inode`, which was requested or binds the root, in no order,
  /// save those among missedBy(inode).
  [[nodiscard]] std::vector<NamesInUnit> unitsOf(std::uint64_t inode) const;
  /// The units that were done before anybody knew that `inode` might matter.
  [[nodiscard]] std::vector<std::uint32_t> missedBy(std::uint64_t inode) const;
  /// The units that hold names of each of samples() that has any; the units in no order.
  [[nodiscard]] const std::map<std::uint64_t, std::vector<std::uint32_t>>& located() const {
    return located_;
  }
  /// CountedUnit::most_shared_names of every unit where it is not 0, in no order.
  [[nodiscard]] const std::vector<NamesInUnit>& sharedNames() const { return shared_names_; }

 private:
  /// An inode that binds a head, and may bind the root.
  struct Candidate {
    std::uint64_t inode = 0;
    std::uint64_t remaining = 0;  // this, max_links and layer: of the tightest head it binds
    std::uint64_t max_links = 0;
    std::string layer;
    std::size_t missed = 0;  // units that were done when it became a candidate
    std::vector<NamesInUnit> units;

    [[nodiscard]] TightnessKey key() const { return tightnessKey(remaining, max_links, layer); }
  };
  static constexpr std::size_t kCandidates = 64;

  void offer(Candidate candidate);
  [[nodiscard]] const Candidate* candidate(std::uint64_t inode) const;

  const std::optional<std::uint64_t> limit_;
  const std::optional<std::uint64_t> tight_margin_;  // unset without a limit
  std::vector<std::uint64_t> samples_;
  std::mutex mutex_;  // guards what follows while there are threads
  std::map<std::uint64_t, std::vector<NamesInUnit>> requested_;
  std::vector<Candidate> candidates_;
  std::vector<std::uint32_t> done_;  // in the order in which they were done
  std::set<std::uint64_t> tight_;
  std::map<std::uint64_t, std::vector<std::uint32_t>> located_;
  std::vector<NamesInUnit> shared_names_;
};

}  // namespace hardlink
