#pragma once

/// gzip (RFC 1952) of a body in two parts that are known at different times. Each part is
/// compressed once; an answer is the first part, the second part and a trailer, as a single gzip
/// member. Pure functions, any thread; they throw nothing but std::bad_alloc.

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

/// Compresses a first part, with gzip's header. It can be combined with any tail.
[[nodiscard]] GzipPart gzipHead(std::string_view part);

/// Compresses a second part. It can follow any head. Fast for a part of a few kilobytes.
[[nodiscard]] GzipPart gzipTail(std::string_view part);

/// The complete gzip member.
[[nodiscard]] std::string gzipWhole(const GzipPart& head, const GzipPart& tail);

}  // namespace hardlink
