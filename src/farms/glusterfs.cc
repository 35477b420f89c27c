// GlusterFS: a brick has a second name of every file in `.glusterfs`, by the file's gfid.

#include <algorithm>

#include "farms/hashed_names.h"
#include "farms/kinds.h"

namespace hardlink {
namespace {

// storage.max-hardlinks is 100 unless the volume has another; it does not count the gfid's.
constexpr std::uint64_t kGlusterLinkLimit = 101;
constexpr std::size_t kMostGfids = 16;

/// Whether `name` is a gfid that belongs in the directory `ab/cd`, with `start` being abcd.
bool isGfid(std::string name, const std::string& start) {
  constexpr std::size_t kDigits = 32;
  if (!name.starts_with(start) || std::count(name.begin(), name.end(), '-') != 4) {
    return false;
  }
  std::erase(name, '-');
  return isHash(name, kDigits);
}

bool hasGfids(const Directory& directory) {
  for (const std::string& first : shards(directory, ".glusterfs")) {
    for (const std::string& second : shards(directory, first)) {
      const std::string start = first.substr(first.size() - 2) + second.substr(second.size() - 2);
      const std::vector<std::string> names = directory.names(second, kMostGfids);
      if (std::any_of(names.begin(), names.end(),
                      [&](const std::string& name) { return isGfid(name, start); })) {
        return true;
      }
    }
  }
  return false;
}

std::optional<Claim> claimGluster(const Directory& directory) {
  if (!hasGfids(directory)) {
    return std::nullopt;
  }
  return Claim{.evidence = "names by gfid in .glusterfs", .link_limit = kGlusterLinkLimit};
}

}  // namespace

const Kind kGlusterfs = {.tool = Tool::glusterfs,
                         .layout = Layout::store,
                         .at_limit = AtLimit::fails,
                         .claim = claimGluster};

}  // namespace hardlink
