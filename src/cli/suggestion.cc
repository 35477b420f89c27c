#include "cli/suggestion.h"

#include <algorithm>
#include <cstddef>

namespace hardlink {
namespace {

constexpr std::size_t kLongWord = 6;

/// The optimal string alignment distance: Levenshtein's, with swapped neighbours as one step.
std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
      table[i][j] =
          std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + differs});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
  }
  return table[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> suggestion(std::string_view word,
                                      const std::vector<std::string>& commands) {
  std::optional<std::string> best;
  std::size_t fewest = 0;
  for (const std::string& command : commands) {
    const std::size_t allowed = command.size() >= kLongWord ? 2 : 1;
    if (word == command) {
      return std::nullopt;
    }
    if (word.size() > command.size() + allowed) {
      continue;
    }
    const std::size_t distance = slips(word, command);
    if (distance <= allowed && (!best || distance < fewest)) {
      best = command;
      fewest = distance;
    }
  }
  return best;
}

}  // namespace hardlink
