#include "config/braces.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace hardlink {
namespace {

/// The most alternatives that are substituted, also in patterns that come twice.
constexpr std::size_t kMostWork = 4 * kMostPatterns;

/// The first pair of braces in a glob, and the alternatives in it.
struct Group {
  std::size_t open = 0;
  std::size_t close = 0;
  std::vector<std::string_view> alternatives;
};

/// The end of the bracket expression that begins at `open`, or `open` if there is none.
std::size_t endOfBracket(std::string_view glob, std::size_t open) {
  std::size_t at = open + 1;
  at += at < glob.size() && (glob[at] == '!' || glob[at] == '^') ? 1U : 0U;
  const std::size_t close = glob.find(']', at + 1);  // a first ] is a member
  const std::size_t slash = glob.find('/', at);
  return close == std::string_view::npos || slash < close ? open : close;
}

Error unbalanced() { return {0, "expected as many { as }, in pairs (\\{ means the brace itself)"}; }

/// The group that begins first; nullopt if there are no braces.
Result<std::optional<Group>> firstGroup(std::string_view glob) {
  Group group;
  std::size_t depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < glob.size(); ++at) {
    const char c = glob[at];
    if (c == '\\') {
      ++at;
    } else if (c == '[') {
      at = endOfBracket(glob, at);
    } else if (c == '{' && depth++ == 0) {
      group.open = at;
      begin = at + 1;
    } else if (c == ',' && depth == 1) {
      group.alternatives.push_back(glob.substr(begin, at - begin));
      begin = at + 1;
    } else if (c == '}' && depth == 0) {
      return unbalanced();
    } else if (c == '}' && --depth == 0) {
      group.alternatives.push_back(glob.substr(begin, at - begin));
      group.close = at;
      return std::optional(std::move(group));
    }
  }
  return depth > 0 ? Result<std::optional<Group>>(unbalanced()) : std::optional<Group>();
}

bool isRange(const Group& group) {
  const auto& first = group.alternatives.front();
  return group.alternatives.size() == 1 && first.find("..") != std::string_view::npos &&
         first.find('/') == std::string_view::npos;
}

}  // namespace

Result<std::vector<std::string>> expandBraces(std::string_view glob) {
  std::vector<std::string> expanded;
  std::vector<std::string> pending = {std::string(glob)};  // the next one last
  std::size_t work = 0;
  while (!pending.empty()) {
    const std::string next = std::move(pending.back());
    pending.pop_back();
    const auto group = firstGroup(next);
    if (!group) {
      return group.error();
    }
    if (!*group) {
      if (std::find(expanded.begin(), expanded.end(), next) == expanded.end()) {
        expanded.push_back(next);
      }
      continue;
    }
    if (isRange(**group)) {
      return Error{0, "expected a list in braces and no range: {0,1,2} or [0-2]"};
    }
    const auto& alternatives = (*group)->alternatives;
    work += alternatives.size();
    if (expanded.size() + pending.size() + alternatives.size() > kMostPatterns ||
        work > kMostWork) {
      return Error{
          0, fmt::format("expected braces that stand for at most {} patterns", kMostPatterns)};
    }
    for (auto text = alternatives.rbegin(); text != alternatives.rend(); ++text) {
      pending.push_back(
          next.substr(0, (*group)->open).append(*text).append(next, (*group)->close + 1));
    }
  }
  return expanded;
}

}  // namespace hardlink
