// Timeshift makes snapshots/DATE/{localhost,info.json,…} with rsync --link-dest, without -H. It
// writes info.json last, and links to the newest snapshot of the same system.

#include <fmt/format.h>

#include <map>

#include "base/clean_path.h"
#include "farms/snapshots/kinds.h"
#include "farms/snapshots/snapshot_name.h"

namespace hardlink {
namespace {

/// The UUID of the system in a snapshot, from info.json: `"sys-uuid" : "…"`.
std::string systemOf(const std::string& info) {
  constexpr std::string_view kKey = "\"sys-uuid\"";
  const std::size_t key = info.find(kKey);
  if (key == std::string::npos) {
    return {};
  }
  const std::size_t begin = info.find('"', key + kKey.size());
  const std::size_t end = begin == std::string::npos ? begin : info.find('"', begin + 1);
  return end == std::string::npos ? std::string() : info.substr(begin + 1, end - begin - 1);
}

std::optional<Claim> claimTimeshift(const Directory& directory) {
  std::map<std::string, std::vector<ClaimedLayer>> by_system;
  std::vector<ClaimedLayer> unfinished;
  for (const std::string& date : directory.subdirectories()) {
    if (!hasForm(date, "####-##-##_##-##-##") || !directory.hasDirectory(date + "/localhost")) {
      continue;
    }
    ClaimedLayer layer{directory.below(date + "/localhost"), directory.below(date)};
    const auto info = directory.contents(date + "/info.json");
    // The next start of Timeshift removes snapshots without info.json, and those with a file
    // `delete`.
    layer.unfinished = !info || directory.hasFile(date + "/delete");
    if (layer.unfinished) {
      unfinished.push_back(std::move(layer));
    } else {
      by_system[systemOf(*info)].push_back(std::move(layer));
    }
  }
  if (by_system.empty()) {
    return std::nullopt;
  }
  Claim claim{.evidence = "localhost/ and info.json in directories called by dates"};
  for (auto& [system, layers] : by_system) {
    std::string name = seriesName(directory.path());
    if (by_system.size() > 1) {
      name += fmt::format(" ({})", system);
    }
    claim.series.push_back({std::move(name), std::move(layers)});
  }
  auto& last = claim.series.back().layers;
  last.insert(last.end(), unfinished.begin(), unfinished.end());
  return claim;
}

Removal removeTimeshift(const std::string& /*root*/, const ClaimedLayer& layer) {
  return {.command = {"timeshift", "--delete", "--snapshot", std::string(leafOf(layer.snapshot))}};
}

}  // namespace

const Kind kTimeshift = {.tool = Tool::timeshift,
                         .layout = Layout::snapshots,
                         .at_limit = AtLimit::copies,
                         .claim = claimTimeshift,
                         .removal = removeTimeshift};

}  // namespace hardlink
