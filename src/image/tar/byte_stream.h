#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/error.h"
#include "base/os/fd.h"

namespace hardlink {

/// Bytes that can be read once, in order. Not thread-safe.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Reads up to `size` bytes, at least 1, into `buffer`; 0 at the end.
  [[nodiscard]] virtual Result<std::size_t> read(char* buffer, std::size_t size) = 0;
  /// Skips up to `bytes` bytes without reading them, and returns how many. 0 if the stream cannot
  /// skip.
  [[nodiscard]] virtual std::uint64_t skip(std::uint64_t bytes) = 0;
};

/// A part of a file. Several ranges can share one open file.
struct FileRange {
  std::shared_ptr<const Fd> file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// The bytes of `range`. The stream ends early if the file has become shorter.
[[nodiscard]] std::unique_ptr<ByteStream> streamOf(FileRange range);

}  // namespace hardlink
