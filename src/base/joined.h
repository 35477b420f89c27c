#pragma once

#include <string>
#include <string_view>

namespace hardlink {

/// The strings of the range `texts` with `separator` between them.
template <class Texts>
[[nodiscard]] std::string joined(const Texts& texts, std::string_view separator = ", ") {
  std::string out;
  for (const std::string_view text : texts) {
    out.append(out.empty() ? "" : separator).append(text);
  }
  return out;
}

}  // namespace hardlink
