#pragma once

/// Internal to exposition/: text in HTML.

#include <map>
#include <string>
#include <string_view>

namespace hardlink {

/// `text` with everything made visible that would be invisible or move what stands beside it:
/// printable(), and characters of no width or that change the direction of writing as `\uNNNN`.
/// The page's script does the same (format.js).
[[nodiscard]] std::string visible(std::string_view text);

/// visible(), fit for the content of an element and for an attribute in quotes: never markup.
[[nodiscard]] std::string escaped(std::string_view text);

/// `html` with each `{{slot}}` replaced by the escaped text of that name, or by nothing where there
/// is none.
[[nodiscard]] std::string filled(std::string_view html,
                                 const std::map<std::string_view, std::string>& slots);

}  // namespace hardlink
