#pragma once

#include <algorithm>
#include <string_view>

namespace hardlink {

/// `text` without any of `space` at its ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text, std::string_view space) {
  text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
  return text.substr(0, text.find_last_not_of(space) + 1);
}

}  // namespace hardlink
