// Back In Time makes DATE-TIME-TAG/{backup,info,…} in the directory of each profile, with rsync
// --hard-links --link-dest. A snapshot in the making is called new_snapshot.

#include "farms/snapshots/kinds.h"
#include "farms/snapshots/snapshot_name.h"

namespace hardlink {
namespace {

std::optional<Claim> claimBackInTime(const Directory& directory) {
  ClaimedSeries series{.name = seriesName(directory.path()), .layers = {}};
  for (const std::string& id : directory.subdirectories()) {
    const bool is_id = hasForm(id, "########-######-###") || hasForm(id, "########-######");
    if (is_id && directory.hasDirectory(id + "/backup") && directory.hasFile(id + "/info")) {
      ClaimedLayer layer{directory.below(id + "/backup"), directory.below(id)};
      // Back In Time keeps a failed snapshot, even an empty one: rsync fails if an inode takes no
      // more links.
      layer.no_head = directory.hasFile(id + "/failed");
      series.layers.push_back(std::move(layer));
    }
  }
  if (series.layers.empty()) {
    return std::nullopt;
  }
  return Claim{.evidence = "backup/ and info in directories called DATE-TIME-TAG",
               .series = {std::move(series)}};
}

/// The path is …/backintime/HOST/USER/PROFILE/ID. PROFILE is the profile's number, unless it was
/// changed in the settings.
Removal removeBackInTime(const std::string& root, const ClaimedLayer& layer) {
  const std::string path = root + "/" + layer.snapshot;
  std::vector<std::string> parts;  // the last component first
  for (std::size_t end = path.size(); parts.size() < 5 && end != std::string::npos;) {
    const std::size_t slash = end == 0 ? std::string::npos : path.rfind('/', end - 1);
    const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
    parts.push_back(path.substr(begin, end - begin));
    end = slash;
  }
  const bool has_profile = parts.size() == 5 && parts[4] == "backintime" && !parts[1].empty() &&
                           parts[1].find_first_not_of("0123456789") == std::string::npos;
  if (!has_profile) {
    return {.expiry = "the Auto-remove settings of its profile"};
  }
  return {.command = {"backintime", "--profile-id", parts[1], "remove", parts[0]}};
}

}  // namespace

const Kind kBackInTime = {.tool = Tool::backintime,
                          .layout = Layout::snapshots,
                          .at_limit = AtLimit::fails_then_copies,
                          .claim = claimBackInTime,
                          .removal = removeBackInTime};

}  // namespace hardlink
