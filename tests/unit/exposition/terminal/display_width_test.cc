#include "exposition/terminal/display_width.h"

#include <clocale>
#include <cwchar>

#include "support/catch.h"

namespace hardlink {
namespace {

// Letters, accents to combine, ideographs, Hangul whole and in parts, emoji, wide Latin, joiners.
constexpr char32_t kSamples[] = {U'a',     U'~',   U'é',   U'ß',   0x3B1,  0x416,  0x301,
                                 0x300,    0x36F,  0x5D0,  0x5B0,  0x4E2D, 0x3042, 0xAC00,
                                 0x1100,   0x1161, 0x20AC, 0x2026, 0x2588, 0x2591, 0x1F600,
                                 0x1F4A9,  0xFF21, 0xFF61, 0x200B, 0x200D, 0xFE0F, 0x20000,
                                 0x10FFFF, 0x3000, 0x303F, 0x115F, 0x2329, 0xE000, 0x915};

TEST_CASE("a character is as wide as the C library has it") {
  REQUIRE(std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr);
  for (const char32_t sample : kSamples) {
    const int expected = wcwidth(static_cast<wchar_t>(sample));
    if (expected >= 0) {  // otherwise not assigned there
      CAPTURE(static_cast<std::uint32_t>(sample));
      CHECK(displayWidth(sample) == static_cast<std::size_t>(expected));
    }
  }
  std::setlocale(LC_CTYPE, "C");
}

TEST_CASE("a code point is read from its one to four bytes") {
  const auto read = [](std::string_view text) { return firstCodePoint(text); };
  CHECK(read("a").value == U'a');
  CHECK(read("éa").value == 0xE9);
  CHECK(read("éa").bytes == 2);
  CHECK(read("中").value == 0x4E2D);
  CHECK(read("中").bytes == 3);
  CHECK(read("💩").value == 0x1F4A9);
  CHECK(read("💩").bytes == 4);
}

}  // namespace
}  // namespace hardlink
