#pragma once

/// From counts to a report: SPEC of the figures in docs/design.md, "The margin". Pure functions: no
/// system calls, no logging, no clock. Any thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "model/counts.h"
#include "model/farm.h"
#include "model/image_store.h"
#include "model/margin.h"
#include "model/report.h"

namespace hardlink {

/// How many entries of each list a report keeps.
struct ReportLimits {
  std::uint64_t hot_inodes = 10;
  std::uint64_t layers = 20;
  std::uint64_t images = 20;
  std::uint64_t hot_directories = 3;
};

/// Everything that follows from `counts` of the tree `farm` on the filesystem `filesystem`, whose
/// layers `images` hold. The margin is the least over the heads; `tightest_layers` has these first.
[[nodiscard]] CensusReport judge(const RootCounts& counts, const Farm& farm,
                                 const FilesystemReport& filesystem, const ReportLimits& limits,
                                 const ImageStore& images = {});

/// `report` with the link counts of its hot inodes replaced by fresher ones, and max_links and
/// headroom with them; with `inode_links`, made of every inode's fresh count, the histogram of
/// inodes too. `unwatched_links` is the most that any inode outside `fresh` can have had at the
/// census (0 if there is no such inode): max_links does not fall below it, so that removing the
/// hottest files never hides the next. Margins and the histograms of layers stay those of the
/// census. Without fresh figures the report is returned as it is.
[[nodiscard]] CensusReport withFreshLinks(CensusReport report, const std::vector<InodeLinks>& fresh,
                                          std::uint64_t unwatched_links,
                                          const std::optional<BucketCounts>& inode_links = {});

}  // namespace hardlink
