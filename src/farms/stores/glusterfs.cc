// GlusterFS gives each file of a brick a second name in `.glusterfs`, the file's gfid.

#include <algorithm>

#include "base/text.h"
#include "farms/evidence/hashed_names.h"
#include "farms/evidence/key_file.h"
#include "farms/stores/kinds.h"

namespace hardlink {
namespace {

constexpr const char* kGlusterVolumes = "/var/lib/glusterd/vols";
constexpr std::uint64_t kMostHardlinks = 100;  // the default of storage.max-hardlinks
constexpr std::size_t kMostGfids = 16;

/// Whether `name` is a gfid that begins with `start`: in the directory `ab/cd` they begin with
/// abcd.
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
  return Claim{.evidence = "names by gfid in .glusterfs",
               .link_limit = glusterLinkLimit(directory, kGlusterVolumes)};
}

/// The directory in `volumes` of the volume that has `brick`; empty if none has it.
std::string volumeOf(const Directory& brick, const Directory& volumes) {
  for (const std::string& volume : volumes.subdirectories()) {
    const std::string bricks = volume + "/bricks/";
    for (std::string name : volumes.names(bricks)) {
      const std::string file = volumes.contents(name.insert(0, bricks)).value_or("");
      const std::string path(keyFileValue(file, "", "path"));
      if (path.starts_with('/') && brick.isAt(path)) {
        return volume;
      }
    }
  }
  return {};
}

}  // namespace

std::optional<std::uint64_t> glusterLinkLimit(const Directory& brick,
                                              const std::string& glusterd_volumes) {
  std::uint64_t most = kMostHardlinks;
  if (const auto root = os::openRoot(glusterd_volumes)) {
    const Directory volumes(root->get(), "");
    const std::string volume = volumeOf(brick, volumes);
    const std::string info = volume.empty() ? "" : volumes.contents(volume + "/info").value_or("");
    const auto configured =
        parseWhole<std::uint64_t>(keyFileValue(info, "", "storage.max-hardlinks"));
    most = configured.value_or(most);
  }
  // GlusterFS does not count the name in .glusterfs.
  return most == 0 ? std::nullopt : std::optional(most + 1);
}

const Kind kGlusterfs = {.tool = Tool::glusterfs,
                         .layout = Layout::store,
                         .at_limit = AtLimit::fails,
                         .claim = claimGluster};

}  // namespace hardlink
