#include "farms/evidence/hashed_names.h"

#include <algorithm>
#include <utility>

namespace hardlink {
namespace {

// One name is enough evidence. Others are tried because some files may still be in writing.
constexpr std::size_t kMostNamesTried = 16;

}  // namespace

bool isHash(std::string_view text, std::size_t length, std::string_view alphabet) {
  return text.size() == length && text.find_first_not_of(alphabet) == std::string_view::npos;
}

std::vector<std::string> shards(const Directory& directory, const std::string& relative) {
  std::vector<std::string> found;
  constexpr std::size_t kMostSubdirectories = 300;  // 256 shards and a few other directories
  for (std::string& name : directory.subdirectories(relative, kMostSubdirectories)) {
    if (isHash(name, 2)) {
      found.push_back(std::move(name.insert(0, relative + "/")));
    }
  }
  return found;
}

bool hasHashedNames(const Directory& directory, const std::string& relative, std::size_t digits) {
  const auto is_hashed = [&](const std::string& name) {
    return std::min(name.find_first_not_of(kHexDigits), name.size()) == digits;
  };
  const auto holds_one = [&](const std::string& shard) {
    const std::vector<std::string> names = directory.names(shard, kMostNamesTried);
    return std::any_of(names.begin(), names.end(), is_hashed);
  };
  const std::vector<std::string> all = shards(directory, relative);
  return std::any_of(all.begin(), all.end(), holds_one);
}

}  // namespace hardlink
