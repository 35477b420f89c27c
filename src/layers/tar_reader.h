#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/layer_entry.h"
#include "layers/byte_stream.h"

struct archive;
struct archive_entry;

namespace hardlink {

/// Reads a tar, plain or compressed (gzip, zstd, xz, bzip2), header by header; what is in the files
/// is passed over unless asked for. The only user of libarchive. Bounded memory, whatever the
/// bytes are. Not thread-safe.
class TarReader {
 public:
  explicit TarReader(std::unique_ptr<ByteStream> bytes);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  /// Goes on to the next entry; false at the end. Fails with a sentence where the bytes are no
  /// tar, or end too soon; nothing can be read after that.
  [[nodiscard]] Result<bool> next();

  // The entry that next() went to.
  [[nodiscard]] const LayerEntry& entry() const { return entry_; }
  [[nodiscard]] std::uint64_t size() const;  ///< bytes of a file's content
  /// Whether its content has holes: then it can be longer than anything that was read.
  [[nodiscard]] bool isSparse() const;
  /// Where its content begins, counted from the first byte of the tar; unset if that is compressed.
  [[nodiscard]] std::optional<std::uint64_t> contentOffset() const;
  /// The next bytes of its content; 0 at its end.
  [[nodiscard]] Result<std::size_t> readContent(char* buffer, std::size_t size);

 private:
  struct Callbacks;
  struct Free {
    void operator()(archive* reader) const;
  };

  [[nodiscard]] Error failure() const;

  static constexpr std::size_t kBufferBytes = 256 * 1024;
  std::unique_ptr<ByteStream> bytes_;
  std::unique_ptr<char[]> buffer_;
  std::optional<Error> read_error_;
  std::unique_ptr<archive, Free> archive_;
  archive_entry* current_ = nullptr;  // owned by archive_
  bool opened_ = false;
  LayerEntry entry_;
};

}  // namespace hardlink
