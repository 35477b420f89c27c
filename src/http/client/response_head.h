#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hardlink {

/// What an HTTP/1 answer says before its body, as far as a client that wants the whole of it in one
/// piece has to know.
struct ResponseHead {
  unsigned status = 0;
  std::optional<std::uint64_t> content_length;
  bool has_transfer_encoding = false;
};

/// `text` is the status line and the header lines, without the empty one that ends them. Nothing if
/// that is no HTTP/1, or says two lengths.
[[nodiscard]] std::optional<ResponseHead> parseResponseHead(std::string_view text);

}  // namespace hardlink
