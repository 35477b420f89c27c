#pragma once

/// gzip (RFC 1952) of a body whose two parts are not known at the same time: each is compressed
/// once, and an answer is the first, the second and one trailer, together a single member. Pure
/// functions, any thread; std::bad_alloc is all that can be thrown.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hardlink {

/// A compressed part of a body.
struct GzipPart {
  std::string bytes;       ///< deflated data that ends at a byte boundary
  std::uint32_t crc = 0;   ///< CRC-32 of the part before compression
  std::size_t length = 0;  ///< bytes before compression
};

/// The first part, with gzip's header; any number of tails go with it.
[[nodiscard]] GzipPart gzipHead(std::string_view part);

/// What follows any head; compressed in little time, for a part of a few kilobytes.
[[nodiscard]] GzipPart gzipTail(std::string_view part);

/// The complete gzip member.
[[nodiscard]] std::string gzipWhole(const GzipPart& head, const GzipPart& tail);

}  // namespace hardlink
