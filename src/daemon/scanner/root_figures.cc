#include "daemon/scanner/root_figures.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "report/judge.h"

namespace hardlink {
Result<JudgedCensus> RootFigures::count(const CensusSettings& settings,
                                        const std::stop_token& stop) {
  CensusProgress progress;
  CensusRequest request = censusRequest(root_, settings, knownPaths(hot_inodes_));
  request.keep_units = true;
  const auto begin = std::chrono::steady_clock::now();
  request.full = !last_full_ || begin - *last_full_ >= settings.scan.full_interval;
  ASSIGN_OR_RETURN(JudgedCensus judged, caught("census of " + root_.path, [&] {
                     return countRoot(taker_, request, settings, progress, stop);
                   }));
  RETURN_IF_ERROR(checkIdentity(judged.census.filesystem));
  if (judged.census.counts.directories_unchanged == 0) {
    last_full_ = begin;
  }
  return judged;
}

bool RootFigures::Identity::matches(const Identity& other) const {
  const bool same_mount =
      mountpoint.empty() || other.mountpoint.empty() || mountpoint == other.mountpoint;
  return same_mount && device == other.device && inode == other.inode;
}

/// Where a mount has gone, what lies under it is another directory, usually an empty one, and is
/// never taken for the root.
Result<void> RootFigures::checkIdentity(const FilesystemInfo& filesystem) {
  struct stat status {};
  if (stat(root_.path.c_str(), &status) != 0) {
    return errnoError("stat " + root_.path);
  }
  const Identity now{filesystem.mountpoint, status.st_dev, status.st_ino};
  if (!identity_ || identity_->matches(now)) {
    if (!identity_ || !now.mountpoint.empty()) {
      identity_ = now;
    }
    return {};
  }
  const std::string& before = identity_->mountpoint;
  const bool is_unmounted = !now.mountpoint.empty() && before.size() > now.mountpoint.size();
  if (is_unmounted) {
    return Error{0, root_.path + " is not mounted any more (it was on " + before + ")"};
  }
  identity_ = now;
  hot_inodes_.clear();
  census_.reset();
  return Error{0, root_.path +
                      " was replaced by another directory or filesystem; the next census "
                      "counts that"};
}

void RootFigures::keep(Census census) {
  census_ = std::move(census);
  fresh_links_.reset();
  hot_inodes_ = census_->counts.hot_inodes;
}

bool RootFigures::hasSomethingToWatch() const {
  return !hot_inodes_.empty() || (census_ && census_->filesystem.room != FreeRoom{});
}

RootFigures::Reread RootFigures::watch(const CensusSettings& settings,
                                       const std::stop_token& stop) {
  auto links = caught("watch of " + root_.path, [&] {
    return hot_inodes_.empty() ? Result<LinksNow>(LinksNow{})
                               : taker_.rereadLinks(censusRequest(root_, settings, {}), hot_inodes_,
                                                    settings.scan.max_duty, stop);
  });
  return {std::move(links), judgeAgain(settings)};
}

std::optional<CensusReport> RootFigures::judgeAgain(const CensusSettings& settings) {
  if (!census_) {
    return std::nullopt;
  }
  const bool other_images = rereadImages(root_.path, *census_);
  const bool other_room = rereadRoom(root_.path, *census_);
  return other_images || other_room ? std::optional(judgeCensus(*census_, settings)) : std::nullopt;
}

bool RootFigures::needsCensus(const LinksNow& links) const {
  if (hot_inodes_.empty()) {
    return false;
  }
  const std::uint64_t coldest = hot_inodes_.back().links;
  if (links.links.size() < hot_inodes_.size() || links.other_links > coldest) {
    return true;
  }
  return std::any_of(links.links.begin(), links.links.end(), [&](const InodeLinks& entry) {
    const bool known = std::any_of(hot_inodes_.begin(), hot_inodes_.end(),
                                   [&](const HotInode& hot) { return hot.inode == entry.inode; });
    return !known && entry.links > coldest;
  });
}

void RootFigures::keep(LinksNow links) {
  if (!links.inode_links && fresh_links_) {
    links.inode_links = std::move(fresh_links_->inode_links);
  }
  fresh_links_ = std::move(links);
}

CensusReport RootFigures::withFreshLinks(CensusReport report) const {
  if (!fresh_links_) {
    return report;
  }
  return hardlink::withFreshLinks(std::move(report), fresh_links_->links, fresh_links_->other_links,
                                  fresh_links_->inode_links);
}

const std::vector<std::string>& RootFigures::imageProblems() const {
  static const std::vector<std::string> none;
  return census_ ? census_->images.problems : none;
}

}  // namespace hardlink
