#include "base/text.h"

#include <strings.h>

#include <algorithm>
#include <cstddef>

namespace hardlink {
namespace {

/// The optimal string alignment distance: Levenshtein's, with swapped neighbours as one step.
std::size_t editDistance(std::string_view a, std::string_view b) {
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

std::string_view trimmed(std::string_view text, std::string_view space) {
  text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
  return text.substr(0, text.find_last_not_of(space) + 1);
}

std::optional<std::string_view> stripPrefix(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size() || strncasecmp(text.data(), prefix.data(), prefix.size()) != 0) {
    return std::nullopt;
  }
  return text.substr(prefix.size());
}

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string alternatives(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    out.append(i == 0 ? "" : i + 1 == words.size() ? " or " : ", ").append(words[i]);
  }
  return out;
}

std::optional<std::string> percentDecoded(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    if (text.front() != '%') {
      bytes += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::string_view digits = text.substr(1, 2);
    const auto byte = parseWhole<unsigned char>(digits, 16);
    if (!byte || digits.size() != 2) {
      return std::nullopt;
    }
    bytes += static_cast<char>(*byte);
    text.remove_prefix(3);
  }
  return bytes;
}

std::optional<std::string_view> suggestion(std::string_view word,
                                           const std::vector<std::string_view>& words) {
  std::optional<std::string_view> best;
  std::size_t fewest = 0;
  for (const std::string_view each : words) {
    const std::size_t allowed = std::max<std::size_t>(1, each.size() / 3);
    if (word == each) {
      return std::nullopt;
    }
    if (word.size() > each.size() + allowed) {
      continue;
    }
    const std::size_t slips = editDistance(word, each);
    if (slips <= allowed && (!best || slips < fewest)) {
      best = each;
      fewest = slips;
    }
  }
  return best;
}

}  // namespace hardlink
