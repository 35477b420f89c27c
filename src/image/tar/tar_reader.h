#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "image/tar/byte_stream.h"
#include "image/tar/tar_header.h"
#include "model/layer_entry.h"

namespace hardlink {

/// Reads a tar, plain or compressed (gzip, zstd, xz, bzip2), header by header. It skips the content
/// of files unless readContent() reads it. It accepts the same tars as Docker, whose reader is Go's
/// archive/tar: the two blocks of zeros at the end may be missing in part or entirely, the padding
/// of the last file may be incomplete, and bytes after the two blocks are ignored. Bounded memory.
/// Not thread-safe.
class TarReader {
 public:
  explicit TarReader(std::unique_ptr<ByteStream> bytes);

  /// Reads the next entry, which is valid until the next call; null at the end. Fails with a
  /// sentence if the bytes are no tar, or are truncated. Read nothing after a failure.
  [[nodiscard]] Result<const LayerEntry*> next();

  // About the entry that next() returned.
  [[nodiscard]] std::uint64_t size() const { return size_; }  ///< bytes of a file's content
  /// Whether the file has holes, so that its stored content is not its content.
  [[nodiscard]] bool isSparse() const { return sparse_; }
  /// The offset of its content in the tar; unset if the tar is compressed.
  [[nodiscard]] std::optional<std::uint64_t> contentOffset() const;
  /// Reads the next bytes of its stored content; 0 at its end.
  [[nodiscard]] Result<std::size_t> readContent(char* buffer, std::size_t size);

 private:
  /// The data on an entry from the headers before its own.
  struct Extensions {
    PaxRecords records;
    std::string path;
    std::string target;
  };

  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> readToEnd();
  [[nodiscard]] Result<void> finishEntry();
  /// Nothing at the end of the archive.
  [[nodiscard]] Result<std::optional<TarHeader>> readHeader();
  [[nodiscard]] Result<void> readExtension(const TarHeader& header, Extensions& extensions);
  void beginContent(std::uint64_t size);
  void setEntry(TarHeader header);

  // The bytes of the tar, through a buffer.
  [[nodiscard]] Result<std::size_t> read(char* target, std::size_t size);
  [[nodiscard]] Result<std::size_t> readFully(char* target, std::size_t size);
  [[nodiscard]] Result<std::uint64_t> skip(std::uint64_t bytes);

  static constexpr std::size_t kBufferBytes = 256 * 1024;
  std::unique_ptr<ByteStream> bytes_;
  std::unique_ptr<char[]> buffer_;
  std::size_t buffer_begin_ = 0;
  std::size_t buffer_end_ = 0;
  std::uint64_t position_ = 0;  // of the tar, decompressed
  bool opened_ = false;
  bool compressed_ = false;

  LayerEntry entry_;
  std::uint64_t size_ = 0;
  bool sparse_ = false;
  std::uint64_t content_left_ = 0;
  std::uint64_t padding_ = 0;
};

}  // namespace hardlink
