#include "census/count/hot_names.h"

#include <iterator>
#include <utility>

namespace hardlink {

void NameRange::merge(const NameRange& other) {
  for (const InodeName* const name : {&other.first, &other.last}) {
    if (name->isKnown()) {
      offer(name->directory, name->name, [&] { return name->path; });
    }
  }
}

bool HotNames::offer(const Rank& rank, Coolest& coolest) {
  const std::lock_guard lock(mutex_);
  if (hottest_.insert(rank).second) {
    names_.try_emplace(rank.inode);
  }
  if (hottest_.size() > most_) {
    const auto last = std::prev(hottest_.end());
    names_.erase(last->inode);
    hottest_.erase(last);
  }
  coolest = this->coolest();
  return !coolest.isHotterThan(rank);
}

HotNames::Coolest HotNames::addUnit(std::uint32_t unit, const NameRanges& names) {
  const std::lock_guard lock(mutex_);
  for (const auto& [inode, range] : names) {
    const auto found = names_.find(inode);
    if (found == names_.end()) {
      continue;
    }
    OfInode& kept = found->second;
    if (unit >= kept.last_unit) {
      kept.last_unit = unit;
      kept.last = range;
    }
    if (unit <= kept.first_unit) {
      kept.first_unit = unit;
      kept.first = range;
    }
  }
  return coolest();
}

const HotNames::OfInode* HotNames::find(std::uint64_t inode) const {
  const auto found = names_.find(inode);
  return found == names_.end() ? nullptr : &found->second;
}

HotNames::Coolest HotNames::coolest() const {
  constexpr Coolest kNone{.links = ~std::uint32_t{0}, .inode = 0};
  if (most_ == 0) {
    return kNone;
  }
  return hottest_.size() < most_ ? Coolest{} : *hottest_.rbegin();
}

}  // namespace hardlink
