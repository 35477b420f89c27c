#include "exposition/page/html.h"

#include <array>

#include "base/utf8.h"

namespace hardlink {
namespace {

struct Replacement {
  std::string_view from;
  std::string_view to;
};

constexpr std::array<Replacement, 5> kMarkup{{
    {"&", "&amp;"},
    {"<", "&lt;"},
    {">", "&gt;"},
    {"\"", "&quot;"},
    {"'", "&#39;"},
}};

// Marks, overrides and isolates of the direction of writing, separators of lines, spaces of no
// width.
constexpr std::array<Replacement, 28> kUnseen{{
    {"\u061C", "\\u061c"}, {"\u180E", "\\u180e"}, {"\u200B", "\\u200b"}, {"\u200C", "\\u200c"},
    {"\u200D", "\\u200d"}, {"\u200E", "\\u200e"}, {"\u200F", "\\u200f"}, {"\u2028", "\\u2028"},
    {"\u2029", "\\u2029"}, {"\u202A", "\\u202a"}, {"\u202B", "\\u202b"}, {"\u202C", "\\u202c"},
    {"\u202D", "\\u202d"}, {"\u202E", "\\u202e"}, {"\u2060", "\\u2060"}, {"\u2061", "\\u2061"},
    {"\u2062", "\\u2062"}, {"\u2063", "\\u2063"}, {"\u2064", "\\u2064"}, {"\u2066", "\\u2066"},
    {"\u2067", "\\u2067"}, {"\u2068", "\\u2068"}, {"\u2069", "\\u2069"}, {"\u206A", "\\u206a"},
    {"\u206B", "\\u206b"}, {"\u206C", "\\u206c"}, {"\u206D", "\\u206d"}, {"\uFEFF", "\\ufeff"},
}};

template <std::size_t Count>
std::string replaced(std::string_view text, const std::array<Replacement, Count>& table) {
  std::string out;
  while (!text.empty()) {
    const Replacement* match = nullptr;
    for (const Replacement& candidate : table) {
      if (text.starts_with(candidate.from)) {
        match = &candidate;
      }
    }
    out += match != nullptr ? match->to : text.substr(0, 1);
    text.remove_prefix(match != nullptr ? match->from.size() : 1);
  }
  return out;
}

}  // namespace

std::string visible(std::string_view text) { return replaced(printable(text), kUnseen); }

std::string escaped(std::string_view text) { return replaced(visible(text), kMarkup); }

std::string filled(std::string_view html, const std::map<std::string_view, std::string>& slots) {
  constexpr std::string_view kOpen = "{{";
  constexpr std::string_view kClose = "}}";
  std::string out;
  for (;;) {
    const std::size_t open = html.find(kOpen);
    const std::size_t close = open == html.npos ? open : html.find(kClose, open);
    if (close == html.npos) {
      return out.append(html);
    }
    out += html.substr(0, open);
    const std::size_t name = open + kOpen.size();
    if (const auto slot = slots.find(html.substr(name, close - name)); slot != slots.end()) {
      out += escaped(slot->second);
    }
    html.remove_prefix(close + kClose.size());
  }
}

}  // namespace hardlink
