#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace hardlink {

/// The lines of `text`, without their ends; the last need not have one. They are parts of `text`.
[[nodiscard]] inline std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace hardlink
