// ostree makes the files of a checkout as hard links to the objects of a repository.

#include "farms/evidence/hashed_names.h"
#include "farms/evidence/key_file.h"
#include "farms/stores/kinds.h"

namespace hardlink {
namespace {

std::optional<Claim> claimOstree(const Directory& directory) {
  const auto mode = linkedRepositoryMode(directory, "");
  if (!mode) {
    return std::nullopt;
  }
  return Claim{.evidence = "config and objects of an ostree repository, mode " + *mode};
}

}  // namespace

std::optional<std::string> linkedRepositoryMode(const Directory& directory,
                                                const std::string& relative) {
  constexpr std::size_t kDigits = 62;  // of SHA-256, without the two of the shard
  const std::string place = relative.empty() ? "" : relative + "/";
  const auto config = directory.contents(place + "config");
  // Git has objects, config and [core] too, but no repo_version.
  if (!config || keyFileValue(*config, "[core]", "repo_version").empty()) {
    return std::nullopt;
  }
  std::string mode(keyFileValue(*config, "[core]", "mode"));
  if (mode.empty()) {
    mode = "bare";
  }
  if (!mode.starts_with("bare") || !hasHashedNames(directory, place + "objects", kDigits)) {
    return std::nullopt;
  }
  return mode;
}

// If a link cannot be made, a deployment copies, and `ostree checkout -H` fails.
const Kind kOstree = {.tool = Tool::ostree,
                      .layout = Layout::store,
                      .at_limit = AtLimit::copies,
                      .claim = claimOstree,
                      .advice = "ostree admin undeploy, ostree prune",
                      .copies_need_no_scheme = true};

}  // namespace hardlink
