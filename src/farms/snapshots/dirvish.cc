// dirvish makes VAULT/IMAGE/{tree,summary,…} beside VAULT/dirvish, with rsync -H --link-dest. Each
// branch of a vault builds on its own last image. The status is written to the summary last.

#include <map>

#include "base/text.h"
#include "farms/snapshots/kinds.h"

namespace hardlink {
namespace {

/// The last value of a key in a summary, as in `Expire: +15 days == 2024-02-01 10:00:00`.
std::string valueOf(const std::string& summary, std::string_view key) {
  std::string value;
  for (const std::string_view line : linesOf(summary)) {
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ':') {
      value = trimmed(line.substr(key.size() + 1), " \t\r");
    }
  }
  return value;
}

/// Whether dirvish builds the next image on one with this status.
bool isComplete(const std::string& status) {
  for (const char* const good : {"success", "warning", "check", "unknown"}) {
    if (status.starts_with(good)) {
      return true;
    }
  }
  return false;
}

std::optional<Claim> claimDirvish(const Directory& directory) {
  if (!directory.hasDirectory("dirvish")) {
    return std::nullopt;
  }
  std::map<std::string, std::vector<ClaimedLayer>> by_branch;
  for (const std::string& image : directory.subdirectories()) {
    const auto summary = directory.contents(image + "/summary");
    if (!summary || !directory.hasDirectory(image + "/tree")) {
      continue;
    }
    ClaimedLayer layer{directory.below(image + "/tree"), directory.below(image)};
    layer.unfinished = !isComplete(valueOf(*summary, "Status"));
    if (const std::string expire = valueOf(*summary, "Expire"); !expire.empty()) {
      layer.expiry = "dirvish-expire (Expire: " + expire + ")";
    }
    by_branch[valueOf(*summary, "branch")].push_back(std::move(layer));
  }
  if (by_branch.empty()) {
    return std::nullopt;
  }
  Claim claim{.evidence = "dirvish/ beside images with a tree/ and a summary"};
  for (auto& [branch, layers] : by_branch) {
    std::string name = seriesName(directory.path());
    if (by_branch.size() > 1) {
      name.append(":").append(branch);
    }
    claim.series.push_back({std::move(name), std::move(layers)});
  }
  return claim;
}

Removal removeDirvish(const std::string& /*root*/, const ClaimedLayer& layer) {
  return {.expiry = layer.expiry.empty() ? "dirvish-expire" : layer.expiry};
}

}  // namespace

const Kind kDirvish = {.tool = Tool::dirvish,
                       .layout = Layout::snapshots,
                       .at_limit = AtLimit::fails_then_copies,
                       .claim = claimDirvish,
                       .removal = removeDirvish};

}  // namespace hardlink
