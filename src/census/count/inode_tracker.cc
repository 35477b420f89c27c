#include "census/count/inode_tracker.h"

#include <algorithm>
#include <utility>

namespace hardlink {

InodeTracker::InodeTracker(const CensusRequest& request, std::optional<std::uint64_t> limit)
    : limit_(limit), tight_margin_(limit ? request.tight_margin : std::nullopt) {
  for (const std::uint64_t inode : request.tracked_inodes) {
    requested_.try_emplace(inode);
  }
  for (const SampledInode& sample : request.farm.samples) {
    samples_.push_back(sample.inode);
  }
  std::sort(samples_.begin(), samples_.end());
  samples_.erase(std::unique(samples_.begin(), samples_.end()), samples_.end());
}

bool InodeTracker::mayBeAskedFor(std::uint64_t inode) const {
  return isRequested(inode) || isTight(1, 1) ||
         std::binary_search(samples_.begin(), samples_.end(), inode);
}

void InodeTracker::addUnit(const CountedUnit& unit, const NamesOf& names_of) {
  const auto binding =
      limit_ && unit.head != nullptr ? bindingInode(unit.head->pressure, *limit_) : std::nullopt;
  const std::lock_guard lock(mutex_);
  if (binding) {
    offer({.inode = binding->inode,
           .remaining = extractionsRemaining(*limit_, binding->links, binding->names),
           .max_links = unit.head->max_links,
           .layer = unit.head->name,
           .missed = done_.size(),
           .units = {}});
  }
  const auto look = [&](std::uint64_t inode, std::vector<NamesInUnit>& units) {
    if (const std::uint64_t names = names_of(inode); names > 0) {
      units.push_back({unit.number, names});
    }
  };
  for (auto& [inode, units] : requested_) {
    look(inode, units);
  }
  for (Candidate& candidate : candidates_) {
    look(candidate.inode, candidate.units);
  }
  done_.push_back(unit.number);
  tight_.insert(unit.tight.begin(), unit.tight.end());
  for (const std::uint64_t inode : unit.sampled) {
    located_[inode].push_back(unit.number);
  }
  if (unit.most_shared_names > 0) {
    shared_names_.push_back({unit.number, unit.most_shared_names});
  }
}

void InodeTracker::offer(Candidate candidate) {
  const auto known =
      std::find_if(candidates_.begin(), candidates_.end(),
                   [&](const Candidate& other) { return other.inode == candidate.inode; });
  if (known != candidates_.end()) {
    if (candidate.key() < known->key()) {
      known->remaining = candidate.remaining;
      known->max_links = candidate.max_links;
      known->layer = std::move(candidate.layer);
    }
    return;
  }
  if (candidates_.size() < kCandidates) {
    candidates_.push_back(std::move(candidate));
    return;
  }
  // The tightest is never the one to make way, so whatever binds the root in the end is here.
  const auto loosest =
      std::max_element(candidates_.begin(), candidates_.end(),
                       [](const Candidate& a, const Candidate& b) { return a.key() < b.key(); });
  if (candidate.key() < loosest->key()) {
    *loosest = std::move(candidate);
  }
}

std::vector<std::uint64_t> InodeTracker::tightInodes() const {
  return {tight_.begin(), tight_.end()};
}

std::vector<std::uint64_t> InodeTracker::requested() const {
  std::vector<std::uint64_t> inodes;
  for (const auto& [inode, units] : requested_) {
    inodes.push_back(inode);
  }
  return inodes;
}

std::optional<std::uint64_t> InodeTracker::binding() const {
  const auto tightest =
      std::min_element(candidates_.begin(), candidates_.end(),
                       [](const Candidate& a, const Candidate& b) { return a.key() < b.key(); });
  return tightest == candidates_.end() ? std::nullopt : std::optional(tightest->inode);
}

const InodeTracker::Candidate* InodeTracker::candidate(std::uint64_t inode) const {
  const auto found =
      std::find_if(candidates_.begin(), candidates_.end(),
                   [&](const Candidate& candidate) { return candidate.inode == inode; });
  return found == candidates_.end() ? nullptr : &*found;
}

std::vector<NamesInUnit> InodeTracker::unitsOf(std::uint64_t inode) const {
  if (const auto found = requested_.find(inode); found != requested_.end()) {
    return found->second;
  }
  const Candidate* const found = candidate(inode);
  return found != nullptr ? found->units : std::vector<NamesInUnit>{};
}

std::vector<std::uint32_t> InodeTracker::missedBy(std::uint64_t inode) const {
  const Candidate* const found = candidate(inode);
  if (requested_.contains(inode) || found == nullptr) {
    return {};
  }
  return {done_.begin(), done_.begin() + static_cast<std::ptrdiff_t>(found->missed)};
}

}  // namespace hardlink
