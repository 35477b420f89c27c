#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/error.h"
#include "base/os/fd.h"

namespace hardlink {

/// Bytes that are read once, from the first to the last. Not thread-safe.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Reads up to `size` bytes, at least 1, into `buffer`; 0 at the end.
  [[nodiscard]] virtual Result<std::size_t> read(char* buffer, std::size_t size) = 0;
  /// Passes over up to `bytes` bytes without reading them, and says how many; 0 where they have to
  /// be read.
  [[nodiscard]] virtual std::uint64_t skip(std::uint64_t bytes) = 0;
};

/// A part of a file, which may be shared with other parts.
struct FileRange {
  std::shared_ptr<const Fd> file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// The bytes of `range`, for as long as they are there.
[[nodiscard]] std::unique_ptr<ByteStream> streamOf(FileRange range);

}  // namespace hardlink
