#pragma once

#include <string>
#include <string_view>

namespace hardlink {

/// What the one gzip member `bytes` holds, its checksum and length checked by zlib. Throws
/// std::runtime_error unless `bytes` is exactly one complete member.
[[nodiscard]] std::string gunzip(std::string_view bytes);

}  // namespace hardlink
