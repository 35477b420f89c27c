#include "http/query.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace hardlink {
namespace {

constexpr const char* kExpected = "expected root=NAME and either layer=NAME or inode=N, each once";

/// As forms are encoded: `+` is a space.
std::optional<std::string> decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percentDecoded(spaced);
}

/// Nothing where it is malformed or says something twice.
std::optional<std::map<std::string, std::string>> parameters(std::string_view query) {
  std::map<std::string, std::string> found;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    const std::optional<std::string> value = decoded(pair.substr(equals + 1));
    if (!value || !found.emplace(pair.substr(0, equals), *value).second) {
      return std::nullopt;
    }
  }
  return found;
}

}  // namespace

Result<Explained> parseExplained(std::string_view query) {
  auto found = parameters(query);
  if (!found || found->size() != 2 || !found->contains("root")) {
    return Error{0, kExpected};
  }
  Explained what;
  what.root = found->at("root");
  if (found->contains("layer")) {
    what.layer = found->at("layer");
  } else if (found->contains("inode")) {
    what.inode = parseWhole<std::uint64_t>(found->at("inode"));
  }
  if (what.layer.empty() && !what.inode) {
    return Error{0, kExpected};
  }
  return what;
}

}  // namespace hardlink
