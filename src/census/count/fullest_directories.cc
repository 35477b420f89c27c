#include "census/count/fullest_directories.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hardlink {
namespace {

bool usesLimit(const Subdirectories& directory) { return directory.limit && directory.count > 0; }

bool fuller(const FullDirectory& a, const FullDirectory& b) {
  const Subdirectories& one = a.subdirectories;
  const Subdirectories& other = b.subdirectories;
  if (usesLimit(one) != usesLimit(other)) {
    return usesLimit(one);
  }
  if (usesLimit(one) && one.limit != other.limit) {
    // Numbers of directories and their limits are of 32 bits.
    const std::uint64_t share = one.count * *other.limit;
    const std::uint64_t other_share = other.count * *one.limit;
    if (share != other_share) {
      return share > other_share;
    }
  }
  return std::tie(other.count, a.unit, a.inode) < std::tie(one.count, b.unit, b.inode);
}

}  // namespace

FullestDirectories::FullestDirectories(std::size_t most) : most_(std::max<std::size_t>(1, most)) {}

bool FullestDirectories::wants(const FullDirectory& directory) const {
  return entries_.size() < most_ || fuller(directory, entries_.back());
}

void FullestDirectories::offer(FullDirectory directory) {
  if (!wants(directory)) {
    return;
  }
  if (entries_.size() == most_) {
    entries_.pop_back();
  }
  const auto at = std::upper_bound(entries_.begin(), entries_.end(), directory, fuller);
  entries_.insert(at, std::move(directory));
}

void FullestDirectories::merge(const FullestDirectories& other) {
  for (const FullDirectory& directory : other.entries_) {
    offer(directory);
  }
}

}  // namespace hardlink
