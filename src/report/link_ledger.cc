#include "report/link_ledger.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace hardlink {
namespace {

LinkLedger::Inode summedByGroup(const TrackedInode& tracked, const std::vector<LayerCounts>& layers,
                                const std::vector<std::uint32_t>& group_of) {
  std::map<std::uint32_t, LinkLedger::GroupNames> sums;
  for (const LayerNames& layer : tracked.layers) {
    const auto names = static_cast<std::int64_t>(layer.names);
    LinkLedger::GroupNames& sum = sums[group_of[layer.layer]];
    sum.group = group_of[layer.layer];
    sum.names += names;
    sum.head_names = std::max(sum.head_names, layers[layer.layer].head ? names : 0);
  }
  LinkLedger::Inode inode;
  inode.links = static_cast<std::int64_t>(tracked.links);
  for (const auto& [group, sum] : sums) {
    inode.in_groups.push_back(sum);
  }
  return inode;
}

bool before(const LinkLedger::GroupNames& a, const LinkLedger::GroupNames& b) {
  return std::tie(a.group, a.names, a.head_names) < std::tie(b.group, b.names, b.head_names);
}

/// Any order that puts equals side by side.
bool inOrder(const LinkLedger::Inode& a, const LinkLedger::Inode& b) {
  return a.links != b.links
             ? a.links < b.links
             : std::lexicographical_compare(a.in_groups.begin(), a.in_groups.end(),
                                            b.in_groups.begin(), b.in_groups.end(), before);
}

}  // namespace

LinkLedger::LinkLedger(const RootCounts& counts, std::uint64_t limit,
                       std::vector<LayerBatch> groups, std::size_t removals)
    : limit_(static_cast<std::int64_t>(limit)),
      groups_(std::move(groups)),
      groups_of_(removals),
      made_(removals) {
  std::vector<std::uint32_t> group_of(counts.layers.size());
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    missing_.push_back(groups_[group].removals.size());
    for (const Removal removal : groups_[group].removals) {
      groups_of_[removal].push_back(group);
    }
    for (const std::uint32_t layer : groups_[group].layers) {
      group_of[layer] = group;
    }
  }
  for (const TrackedInode& tracked : counts.tracked) {
    if (tracked.regular_file && !tracked.layers.empty()) {
      inodes_.push_back(summedByGroup(tracked, counts.layers, group_of));
    }
  }
  std::sort(inodes_.begin(), inodes_.end(), inOrder);
  inodes_.erase(std::unique(inodes_.begin(), inodes_.end()), inodes_.end());
  index();
}

void LinkLedger::index() {
  inodes_in_.assign(groups_.size(), {});
  by_head_names_.clear();
  for (std::uint32_t i = 0; i < inodes_.size(); ++i) {
    for (const GroupNames& entry : inodes_[i].in_groups) {
      inodes_in_[entry.group].push_back({i, entry.names});
    }
    by_head_names_.push_back(inodes_[i].in_groups);
    std::stable_sort(
        by_head_names_.back().begin(), by_head_names_.back().end(),
        [](const GroupNames& a, const GroupNames& b) { return a.head_names > b.head_names; });
  }
}

void LinkLedger::keepInTheWayOf(std::uint64_t target) {
  std::vector<Inode> kept;
  for (std::size_t i = 0; i < inodes_.size(); ++i) {
    if (excessOf(i, target) > 0) {
      kept.push_back(inodes_[i]);
    }
  }
  inodes_ = std::move(kept);
  index();
}

bool LinkLedger::isGone(std::uint32_t group) const {
  return missing_[group] == 0 && !groups_[group].removals.empty();
}

void LinkLedger::remove(Removal removal) {
  made_[removal] = true;
  for (const std::uint32_t group : groups_of_[removal]) {
    if (--missing_[group] == 0) {
      layers_gone_ += groups_[group].layers.size();
      addNames(group, -1);
    }
  }
}

void LinkLedger::restore(Removal removal) {
  made_[removal] = false;
  for (const std::uint32_t group : groups_of_[removal]) {
    if (missing_[group]++ == 0) {
      layers_gone_ -= groups_[group].layers.size();
      addNames(group, 1);
    }
  }
}

void LinkLedger::addNames(std::uint32_t group, std::int64_t sign) {
  for (const InodeNames& entry : inodes_in_[group]) {
    inodes_[entry.inode].links += sign * entry.names;
  }
}

std::int64_t LinkLedger::highestNames(std::size_t inode) const {
  for (const GroupNames& entry : by_head_names_[inode]) {
    if (!isGone(entry.group)) {
      return entry.head_names;
    }
  }
  return 0;
}

std::optional<std::uint64_t> LinkLedger::margin() const {
  std::optional<std::uint64_t> margin;
  for (std::size_t i = 0; i < inodes_.size(); ++i) {
    // Of the heads that remain, the one with the most names of an inode is the one it binds most.
    const std::int64_t names = highestNames(i);
    if (names == 0) {
      continue;
    }
    const std::int64_t room = std::max<std::int64_t>(0, limit_ - inodes_[i].links) / names;
    margin = std::min(margin.value_or(static_cast<std::uint64_t>(room)),
                      static_cast<std::uint64_t>(room));
  }
  return margin;
}

std::int64_t LinkLedger::excessOf(std::size_t inode, std::uint64_t target) const {
  const std::int64_t names = highestNames(inode);
  // A margin of 0 is what there is, even where an inode is over a lowered limit.
  if (names == 0 || target == 0) {
    return 0;
  }
  const std::int64_t needed = names * static_cast<std::int64_t>(target);
  return std::max<std::int64_t>(0, inodes_[inode].links + needed - limit_);
}

std::int64_t LinkLedger::excess(std::uint64_t target) const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < inodes_.size(); ++i) {
    sum += excessOf(i, target);
  }
  return sum;
}

bool LinkLedger::reaches(std::uint64_t target) const {
  for (std::size_t i = 0; i < inodes_.size(); ++i) {
    if (excessOf(i, target) > 0) {
      return false;
    }
  }
  return true;
}

}  // namespace hardlink
