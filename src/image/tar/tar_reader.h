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

/// Reads a tar, plain or compressed (gzip, zstd, xz, bzip2), header by header; what is in the files
/// is passed over unless asked for. It takes what Docker takes, whose reader is Go's archive/tar:
/// the tar may end without its two blocks of zeros, with one, or within the padding of its last
/// file, and whatever follows the two blocks is ignored. Bounded memory. Not thread-safe.
class TarReader {
 public:
  explicit TarReader(std::unique_ptr<ByteStream> bytes);

  /// Goes on to the next entry, which is valid until the next call; null at the end. Fails with a
  /// sentence if the bytes are no tar, or end too soon; nothing can be read after that.
  [[nodiscard]] Result<const LayerEntry*> next();

  // Of the entry that next() went to.
  [[nodiscard]] std::uint64_t size() const { return size_; }  ///< bytes of a file's content
  /// Whether its content is not stored as it is, since it has holes.
  [[nodiscard]] bool isSparse() const { return sparse_; }
  /// Where its content begins, counted from the first byte of the tar; unset if that is compressed.
  [[nodiscard]] std::optional<std::uint64_t> contentOffset() const;
  /// The next bytes of its content as it is stored; 0 at its end.
  [[nodiscard]] Result<std::size_t> readContent(char* buffer, std::size_t size);

 private:
  /// What the headers before an entry's own say of it.
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
