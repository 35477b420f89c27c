#pragma once

#include <memory>

#include "base/error.h"
#include "image/tar/byte_stream.h"

namespace hardlink {

/// Bytes, and whether they were stored compressed.
struct Decompressed {
  std::unique_ptr<ByteStream> bytes;
  bool was_compressed = false;
};

/// Internal to image/: decompresses `stored` if it is gzip, zstd, xz or bzip2; other bytes are
/// unchanged. Uses bounded memory. A read fails at the end of the compressed bytes if they are
/// truncated, or if other bytes follow gzip or bzip2, which Docker refuses. The only user of
/// libarchive.
[[nodiscard]] Result<Decompressed> decompress(std::unique_ptr<ByteStream> stored);

}  // namespace hardlink
