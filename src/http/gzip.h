#pragma once

/// gzip (RFC 1952) of a body whose first part is known long before the rest: the first part is
/// compressed once, and each answer is that part, the compressed rest and one trailer, together a
/// single member. Pure functions, any thread; std::bad_alloc is all that can be thrown.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hardlink {

/// The compressed first part of a body.
struct GzipHead {
  std::string bytes;       ///< gzip header and deflated data, flushed to a byte boundary
  std::uint32_t crc = 0;   ///< CRC-32 of the part before compression
  std::size_t length = 0;  ///< bytes before compression
};

[[nodiscard]] GzipHead gzipHead(std::string_view part);

/// The complete gzip member of the part of `head` followed by `rest`.
[[nodiscard]] std::string gzipWhole(const GzipHead& head, std::string_view rest);

}  // namespace hardlink
