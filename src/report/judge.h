#pragma once

/// Makes a report from counts. docs/design.md, "The margin", defines the figures. Pure functions:
/// no system calls, no logging, no clock. Any thread.

#include <cstdint>
#include <optional>
#include <string>
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

/// The report on the tree `farm` with `counts`, on `filesystem`. `images` are the images that hold
/// its layers. The margin is the least margin of the heads, and `tightest_layers` has the heads
/// first.
[[nodiscard]] CensusReport judge(const RootCounts& counts, const Farm& farm,
                                 const FilesystemReport& filesystem, const ReportLimits& limits,
                                 const ImageStore& images = {});

/// Returns `report` with the `fresh` link counts of hot inodes, and with max_links and headroom
/// that follow from them. `inode_links`, if given, replaces the histogram of inodes. `other_links`
/// is the most links that an inode outside `fresh` had when it was last read, or 0 if there is no
/// such inode. max_links does not fall below it, so that a file outside `fresh` still counts after
/// the hottest files are removed. Margins and the histograms of layers stay those of the census. If
/// `fresh` is empty, the report is unchanged.
[[nodiscard]] CensusReport withFreshLinks(CensusReport report, const std::vector<InodeLinks>& fresh,
                                          std::uint64_t other_links,
                                          const std::optional<BucketCounts>& inode_links = {});

/// The margin of each image, and the links that its removal frees. Fills three parts of `report`:
/// the `most_images` tightest images, with one entry per tag and one per untagged image; the images
/// of report.tightest_layers; and the orphans. Does nothing if `store` is unknown. `binding` is the
/// root's binding inode, if there is one. `margins` belong to counts.layers.
void judgeImages(const RootCounts& counts, const ImageStore& store,
                 std::optional<std::uint64_t> binding,
                 const std::vector<std::optional<std::uint64_t>>& margins,
                 std::uint64_t most_images, CensusReport& report);

/// The form in which Docker shows an image without a tag: `sha256:` and the first 12 digits.
[[nodiscard]] std::string shortImageId(const std::string& id);

}  // namespace hardlink
