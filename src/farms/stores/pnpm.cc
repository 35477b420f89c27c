// pnpm links the files of a package in node_modules to a store that many projects share.

#include <algorithm>

#include "farms/evidence/hashed_names.h"
#include "farms/stores/kinds.h"

namespace hardlink {
namespace {

constexpr std::size_t kPnpmDigits = 126;  // of SHA-512, without the two of the shard
constexpr std::size_t kMostModulesBytes = std::size_t{4} << 20;  // it lists every package

std::optional<Claim> claimPnpm(const Directory& directory) {
  if (!hasHashedNames(directory, "files", kPnpmDigits)) {
    return std::nullopt;
  }
  return Claim{.evidence = "files/XX with names that are hashes"};
}

/// The value of storeDir in a project's .modules.yaml, which is JSON (YAML in old versions).
std::string_view storeDirectory(std::string_view file) {
  constexpr std::string_view kKey = "storeDir";
  const std::size_t key = file.find(kKey);
  if (key == std::string_view::npos) {
    return {};
  }
  file.remove_prefix(key + kKey.size());
  const std::size_t begin = std::min(file.find_first_not_of("\"': \t"), file.size());
  const bool quoted = begin > 0 && (file[begin - 1] == '"' || file[begin - 1] == '\'');
  file.remove_prefix(begin);
  return file.substr(0, file.find_first_of(quoted ? "\"'" : "\r\n"));
}

/// The last two components of a path, such as `.pnpm-store/v10`. The rest differs if the tree was
/// copied.
std::string_view lastTwo(std::string_view path) {
  const std::size_t last = path.rfind('/');
  if (last == std::string_view::npos || last == 0) {
    return path;
  }
  return path.substr(path.rfind('/', last - 1) + 1);
}

bool usesPnpm(const Directory& directory, const std::string& store) {
  const auto modules = directory.contents("node_modules/.modules.yaml", kMostModulesBytes);
  return modules && lastTwo(storeDirectory(*modules)) == lastTwo(store);
}

}  // namespace

const Kind kPnpm = {.tool = Tool::pnpm,
                    .layout = Layout::store,
                    .at_limit = AtLimit::copies,
                    .claim = claimPnpm,
                    .advice = "pnpm store prune",
                    .uses = usesPnpm};

}  // namespace hardlink
