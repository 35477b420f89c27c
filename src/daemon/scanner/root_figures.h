#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/types.h"
#include "model/report.h"
#include "roots/count_root.h"

namespace hardlink {

/// Takes the censuses of one root and the watches in between, and keeps what the next one needs.
/// Reads the filesystem, so a call may take for ever. Not thread-safe: belongs to the root's
/// thread.
class RootFigures {
 public:
  explicit RootFigures(RootConfig root) : root_(std::move(root)) {}

  /// One census. Fails also where another directory or filesystem has taken the root's place: its
  /// figures must not pass for the root's. The next census then counts the new one, unless it is
  /// what lies under a mount that has gone.
  [[nodiscard]] Result<JudgedCensus> count(const CensusSettings& settings,
                                           const std::stop_token& stop);
  /// Makes `census` the one that is watched and judged again.
  void keep(Census census);

  /// What one watch reads.
  struct Reread {
    Result<LinksNow> links;
    std::optional<CensusReport> judged;  ///< unset: images and free room are as before
  };
  [[nodiscard]] bool hasSomethingToWatch() const;
  [[nodiscard]] Reread watch(const CensusSettings& settings, const std::stop_token& stop);
  /// Whether a census will find more than `links`: a hot inode was not found by its known names, or
  /// another inode has become hot, whose names are not known.
  [[nodiscard]] bool needsCensus(const LinksNow& links) const;
  /// Makes `links` those of withFreshLinks(). A histogram that they lack stays that of the watch
  /// before.
  void keep(LinksNow links);
  /// `report`, which has the links of the census, with those that the watch read last since then.
  [[nodiscard]] CensusReport withFreshLinks(CensusReport report) const;

  /// What is wrong with Docker's files, as read last.
  [[nodiscard]] const std::vector<std::string>& imageProblems() const;

 private:
  /// What tells one root directory from another at the same path.
  struct Identity {
    std::string mountpoint;  // empty where not known
    dev_t device = 0;
    std::uint64_t inode = 0;

    /// A mountpoint that is not known is no difference.
    [[nodiscard]] bool matches(const Identity& other) const;
  };

  [[nodiscard]] Result<void> checkIdentity(const FilesystemInfo& filesystem);
  [[nodiscard]] std::optional<CensusReport> judgeAgain(const CensusSettings& settings);

  const RootConfig root_;
  CensusTaker taker_;
  std::optional<Identity> identity_;
  std::optional<std::chrono::steady_clock::time_point> last_full_;  // when it began
  std::vector<HotInode> hot_inodes_;
  /// The last census that succeeded, to be judged again when images come or go, or there is more or
  /// less left of the filesystem. Keeping it costs less than 1 KB for each layer, and 100 bytes for
  /// each layer of each image and container.
  std::optional<Census> census_;
  std::optional<LinksNow> fresh_links_;  // read since that census
};

}  // namespace hardlink
