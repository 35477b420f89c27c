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

/// Internal to image/: what `stored` holds: gzip, zstd, xz or bzip2 is decompressed, anything else
/// comes as it is. Bounded memory. Whether compressed bytes are whole shows at their end: there a
/// read fails where they are cut off, or where something else follows gzip or bzip2, which Docker
/// refuses. The only user of libarchive.
[[nodiscard]] Result<Decompressed> decompress(std::unique_ptr<ByteStream> stored);

}  // namespace hardlink
