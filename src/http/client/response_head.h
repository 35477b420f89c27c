#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hardlink {

/// What a client that reads the body in one piece needs to know from the head of an HTTP/1 answer.
struct ResponseHead {
  unsigned status = 0;
  std::optional<std::uint64_t> content_length;
  bool has_transfer_encoding = false;
};

/// `text` is the status line and the header lines, without the empty line that ends them. Nothing
/// if it is not HTTP/1, or gives two different lengths.
[[nodiscard]] std::optional<ResponseHead> parseResponseHead(std::string_view text);

}  // namespace hardlink
