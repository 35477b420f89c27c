#include "exposition/terminal/bar.h"

#include <algorithm>
#include <array>
#include <string_view>

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

}  // namespace hardlink
