#pragma once

#include <algorithm>
#include <string_view>

namespace hardlink {

/// `text` without the spaces and tabs at its ends that HTTP allows around values.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

}  // namespace hardlink
