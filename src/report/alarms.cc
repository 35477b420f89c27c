#include "report/alarms.h"

#include <algorithm>

namespace hardlink {

const LimitReport* findLimit(const CensusReport& census, Limit limit) {
  const auto found = std::find_if(census.limits.begin(), census.limits.end(),
                                  [&](const LimitReport& each) { return each.limit == limit; });
  return found == census.limits.end() ? nullptr : &*found;
}

const LimitReport* firstLimit(const CensusReport& census) {
  return census.first_limit ? findLimit(census, *census.first_limit) : nullptr;
}

std::optional<std::int64_t> judgedHeadroom(const CensusReport& census) {
  if (census.layers > 0 || !census.headroom_links) {
    return census.headroom_links;
  }
  const auto& hot = census.hot_inodes;
  const auto with_bytes = std::find_if(
      hot.begin(), hot.end(), [](const HotInodeReport& inode) { return inode.size_bytes > 0; });
  if (with_bytes != hot.end()) {
    return with_bytes->headroom_links;
  }
  const bool only_empty = census.saturated && census.saturated->inodes > 0 &&
                          census.saturated->inodes == census.saturated->empty;
  return only_empty ? std::nullopt : census.headroom_links;
}

std::uint64_t alarmingSaturation(const CensusReport& census) {
  if (census.layers > 0 || !census.saturated) {
    return 0;
  }
  return census.saturated->inodes - std::min(census.saturated->inodes, census.saturated->empty);
}

const LimitReport* exhaustedNames(const CensusReport& census) {
  const LimitReport* const names = findLimit(census, Limit::names_per_directory);
  if (names == nullptr || census.layers > 0) {
    return nullptr;
  }
  const std::uint64_t left =
      names->remaining < 0 ? 0U : static_cast<std::uint64_t>(names->remaining);
  return left < names->per_name.value_or(1) ? names : nullptr;
}

const LimitReport* judgedSubdirectories(const CensusReport& census) {
  return census.layers > 0 ? nullptr : findLimit(census, Limit::subdirectories);
}

std::string directoryName(const std::string& path) { return path == "." ? "the root" : path; }

}  // namespace hardlink
