// ostree: a checkout has a hard link to each object of the repository that it is made of.

#include "farms/ostree.h"

#include <string_view>

#include "base/trimmed.h"
#include "farms/hashed_names.h"
#include "farms/kinds.h"

namespace hardlink {
namespace {

/// The value of `key` in the section [core] of a key file; empty where there is none.
std::string_view coreValue(std::string_view file, std::string_view key) {
  constexpr std::string_view kSpace = " \t\r";
  std::string_view section;
  std::string_view value;
  while (!file.empty()) {
    const std::size_t end = std::min(file.find('\n'), file.size());
    const std::string_view line = trimmed(file.substr(0, end), kSpace);
    file.remove_prefix(std::min(end + 1, file.size()));
    const std::size_t equals = line.find('=');
    if (line.starts_with('[')) {
      section = line;
    } else if (section == "[core]" && equals != std::string_view::npos &&
               trimmed(line.substr(0, equals), kSpace) == key) {
      value = trimmed(line.substr(equals + 1), kSpace);
    }
  }
  return value;
}

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
  constexpr std::size_t kDigits = 62;  // of SHA-256, less the two of the shard
  const std::string place = relative.empty() ? "" : relative + "/";
  const auto config = directory.contents(place + "config");
  // Git has objects, config and [core] too, but no repo_version.
  if (!config || coreValue(*config, "repo_version").empty()) {
    return std::nullopt;
  }
  std::string mode(coreValue(*config, "mode"));
  if (mode.empty()) {
    mode = "bare";
  }
  if (!mode.starts_with("bare") || !hasHashedNames(directory, place + "objects", kDigits)) {
    return std::nullopt;
  }
  return mode;
}

// A deployment copies where no link can be made; `ostree checkout -H` fails.
const Kind kOstree = {.tool = Tool::ostree,
                      .layout = Layout::store,
                      .at_limit = AtLimit::copies,
                      .claim = claimOstree,
                      .advice = "ostree admin undeploy, ostree prune",
                      .copies_need_no_scheme = true};

}  // namespace hardlink
