#pragma once

/// What the fuzz targets share.

#include <cstddef>
#include <cstdint>
#include <string_view>

/// libFuzzer's entry point; replay.cc calls it too. Always returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace hardlink {

/// Unless it `holds`, prints `what` should hold and aborts, which keeps the input.
void require(bool holds, std::string_view what);

/// The input as text.
[[nodiscard]] inline std::string_view asText(const std::uint8_t* data, std::size_t size) {
  return size == 0 ? std::string_view()
                   : std::string_view(reinterpret_cast<const char*>(data), size);
}

/// Whether `text` can be shown on one line as it is: UTF-8 without control characters.
[[nodiscard]] bool isOneLine(std::string_view text);

}  // namespace hardlink
