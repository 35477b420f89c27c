#include "exposition/terminal/table_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/utf8.h"
#include "exposition/number.h"
#include "exposition/phrases.h"
#include "exposition/terminal/columns.h"

namespace hardlink {
namespace {

constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
constexpr std::string_view kFull = "█";
constexpr std::string_view kEmpty = "░";

/// How many of `steps` are filled.
std::size_t filledSteps(std::uint64_t part, std::uint64_t whole, std::size_t steps) {
  if (part >= whole || steps == 0) {
    return whole == 0 ? 0 : steps;
  }
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(steps));
  return std::clamp<std::size_t>(filled, part > 0 ? 1 : 0, steps - 1);
}

constexpr std::size_t kNarrowestLayerName = 12;
constexpr std::size_t kWidestLayerName = 24;

}  // namespace

std::string bar(std::uint64_t part, std::uint64_t whole, std::size_t width, bool utf8) {
  if (!utf8) {
    const std::size_t filled = filledSteps(part, whole, width);
    return std::string(filled, '#').append(width - filled, '-');
  }
  const std::size_t eighths = filledSteps(part, whole, width * kEighths.size());
  std::string out;
  for (std::size_t i = 0; i < eighths / kEighths.size(); ++i) {
    out += kFull;
  }
  const std::size_t rest = eighths % kEighths.size();
  out += kEighths.at(rest);
  for (std::size_t i = (eighths + kEighths.size() - 1) / kEighths.size(); i < width; ++i) {
    out += kEmpty;
  }
  return out;
}

std::string TableText::number(std::uint64_t value) const {
  return options_.human ? compact(value) : thousands(value);
}

std::string TableText::number(std::int64_t value) const {
  return options_.human ? compact(value) : thousands(value);
}

std::string TableText::number(const std::optional<std::uint64_t>& value) const {
  return value ? number(*value) : std::string(kUnknown);
}

std::string TableText::number(const std::optional<std::int64_t>& value) const {
  return value ? number(*value) : std::string(kUnknown);
}

std::string TableText::counted(std::uint64_t count, std::string_view one,
                               std::string_view many) const {
  return number(count).append(" ").append(count == 1 ? one : many);
}

std::string TableText::shown(std::string_view bytes) const {
  const std::string text = printable(bytes);
  return options_.utf8 ? text : asciiOnly(text);
}

std::string TableText::name(std::string_view bytes) const {
  const std::string safe = shown(bytes);
  return options_.width == 0 ? safe : withShortIds(safe);
}

std::string TableText::layerName(std::string_view bytes) const {
  const std::string safe = name(bytes);
  const auto room = std::clamp(options_.width / 4, kNarrowestLayerName, kWidestLayerName);
  return options_.width == 0 ? safe : shortened(safe, room);
}

std::string TableText::filesystem(const FilesystemReport& filesystem) const {
  const std::string mount =
      filesystem.mountpoint.empty()
          ? "mount not known"
          : fmt::format("{} at {}", shown(filesystem.device), shown(filesystem.mountpoint));
  const std::string limit = filesystem.link_limit
                                ? fmt::format("{} from {}", thousands(*filesystem.link_limit),
                                              shown(filesystem.link_limit_source))
                                : "unknown";
  return fmt::format("{} ({}), link limit {}", shown(filesystem.type), mount, limit);
}

std::string TableText::colored(std::string_view text, std::string_view style) const {
  return options_.color ? styled(text, style) : std::string(text);
}

std::string TableText::labelled(std::string_view label, std::size_t label_columns,
                                std::string_view text, std::string_view style) const {
  std::string head(kIndent, ' ');
  head.append(label).append(label_columns + 1 - std::min(label.size(), label_columns), ' ');
  return colored(wrapped(head, text, options_.width), style) + "\n";
}

std::string TableText::title(std::string_view title, std::uint64_t shown, std::uint64_t all) const {
  std::string out = "\n" + std::string(kIndent, ' ') + colored(title, kBold);
  if (shown < all) {
    out += fmt::format(" ({} of {})", thousands(shown), thousands(all));
  }
  return out + "\n";
}

std::string TableText::finished(std::string table) const {
  // The only character of the tables' own that is not ASCII, save for bars.
  constexpr std::string_view kEllipsis = "…";
  for (std::size_t at = options_.utf8 ? std::string::npos : table.find(kEllipsis);
       at != std::string::npos; at = table.find(kEllipsis, at)) {
    table.replace(at, kEllipsis.size(), "~");
  }
  return table;
}

std::string change(std::uint64_t before, std::uint64_t now) {
  if (before == now) {
    return {};
  }
  return now > before ? "+" + thousands(now - before) : "-" + thousands(before - now);
}

}  // namespace hardlink
