#include "image/tar/decompression.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hardlink {
namespace {

constexpr std::size_t kLongestMagic = 6;
constexpr std::size_t kBufferBytes = 256 * 1024;

/// The first bytes of each compressed format.
constexpr std::array<std::string_view, 4> kMagics = {
    std::string_view("\x1f\x8b\x08", 3),
    std::string_view("\x28\xb5\x2f\xfd", 4),
    std::string_view("\xfd"
                     "7zXZ\0",
                     6),
    std::string_view("BZh", 3),
};

/// A stream whose first bytes have been read already.
class PeekedStream : public ByteStream {
 public:
  PeekedStream(std::string first, std::unique_ptr<ByteStream> rest)
      : first_(std::move(first)), rest_(std::move(rest)) {}

  [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size) override {
    if (first_.empty()) {
      return rest_->read(buffer, size);
    }
    const std::size_t taken = first_.copy(buffer, size);
    first_.erase(0, taken);
    return taken;
  }
  [[nodiscard]] std::uint64_t skip(std::uint64_t bytes) override {
    if (first_.empty()) {
      return rest_->skip(bytes);
    }
    const std::size_t passed = std::min<std::uint64_t>(bytes, first_.size());
    first_.erase(0, passed);
    return passed;
  }

 private:
  std::string first_;
  std::unique_ptr<ByteStream> rest_;
};

class DecompressedStream : public ByteStream {
 public:
  explicit DecompressedStream(std::unique_ptr<ByteStream> stored);

  [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size) override;
  [[nodiscard]] std::uint64_t skip(std::uint64_t /*bytes*/) override { return 0; }

 private:
  struct Free {
    void operator()(archive* reader) const { archive_read_free(reader); }
  };

  // Called by libarchive, which is C: must not throw.
  static la_ssize_t readStored(archive* /*reader*/, void* client, const void** block) {
    auto& self = *static_cast<DecompressedStream*>(client);
    *block = self.buffer_.get();
    auto got = self.stored_->read(self.buffer_.get(), kBufferBytes);
    if (!got) {
      self.read_error_ = got.error();
      return -1;
    }
    self.stored_bytes_ += *got;
    return static_cast<la_ssize_t>(*got);
  }

  [[nodiscard]] Error failure() const;
  [[nodiscard]] Result<std::size_t> end();

  std::unique_ptr<ByteStream> stored_;
  std::unique_ptr<char[]> buffer_;
  std::uint64_t stored_bytes_ = 0;  // given to libarchive so far
  std::optional<Error> read_error_;
  std::unique_ptr<archive, Free> archive_;
  bool opened_ = false;
  bool ended_ = false;
};

DecompressedStream::DecompressedStream(std::unique_ptr<ByteStream> stored)
    : stored_(std::move(stored)),
      buffer_(std::make_unique<char[]>(kBufferBytes)),
      archive_(archive_read_new()) {
  if (!archive_) {
    throw std::bad_alloc();
  }
  archive* const reader = archive_.get();
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_bzip2(reader);
  // The format `raw` is one file with all decompressed bytes.
  archive_read_support_format_raw(reader);
  archive_read_support_format_empty(reader);
  archive_read_set_callback_data(reader, this);
  archive_read_set_read_callback(reader, readStored);
}

Error DecompressedStream::failure() const {
  if (read_error_) {
    return *read_error_;
  }
  const char* const text = archive_error_string(archive_.get());
  return Error{0, text == nullptr ? "it cannot be decompressed" : text};
}

Result<std::size_t> DecompressedStream::read(char* buffer, std::size_t size) {
  if (ended_) {
    return std::size_t{0};
  }
  archive* const reader = archive_.get();
  if (!std::exchange(opened_, true)) {
    archive_entry* entry = nullptr;
    const int opened = archive_read_open1(reader);
    const int outcome = opened == ARCHIVE_OK ? archive_read_next_header(reader, &entry) : opened;
    if (outcome == ARCHIVE_EOF) {
      return end();
    }
    if (outcome != ARCHIVE_OK) {
      return failure();
    }
  }
  const la_ssize_t got = archive_read_data(reader, buffer, size);
  if (got < 0) {
    return failure();
  }
  return got == 0 ? end() : Result<std::size_t>(static_cast<std::size_t>(got));
}

/// Fails if other bytes follow gzip or bzip2, as Docker does. libarchive ignores them.
Result<std::size_t> DecompressedStream::end() {
  ended_ = true;
  const int filter = archive_filter_code(archive_.get(), 0);
  if (filter != ARCHIVE_FILTER_GZIP && filter != ARCHIVE_FILTER_BZIP2) {
    return std::size_t{0};
  }
  const auto used = static_cast<std::uint64_t>(archive_filter_bytes(archive_.get(), -1));
  std::size_t more = 0;
  if (used == stored_bytes_) {
    ASSIGN_OR_RETURN(more, stored_->read(buffer_.get(), 1));
  }
  return used == stored_bytes_ && more == 0
             ? Result<std::size_t>(std::size_t{0})
             : Error{0,
                     "bytes that are not compressed follow the compressed ones, which Docker "
                     "refuses"};
}

}  // namespace

Result<Decompressed> decompress(std::unique_ptr<ByteStream> stored) {
  std::string first(kLongestMagic, '\0');
  std::size_t filled = 0;
  while (filled < first.size()) {
    ASSIGN_OR_RETURN(const std::size_t got,
                     stored->read(first.data() + filled, first.size() - filled));
    if (got == 0) {
      break;
    }
    filled += got;
  }
  first.resize(filled);
  const bool compressed = std::any_of(kMagics.begin(), kMagics.end(), [&](std::string_view magic) {
    return std::string_view(first).starts_with(magic);
  });
  Decompressed result;
  result.bytes = std::make_unique<PeekedStream>(std::move(first), std::move(stored));
  if (compressed) {
    result.bytes = std::make_unique<DecompressedStream>(std::move(result.bytes));
  }
  result.was_compressed = compressed;
  return result;
}

}  // namespace hardlink
