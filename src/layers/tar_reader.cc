#include "layers/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <new>
#include <utility>

namespace hardlink {
namespace {

/// libarchive converts names in pax headers from UTF-8 to the thread's character set, and loses
/// what that does not have.
class Utf8Locale {
 public:
  Utf8Locale()
      : utf8_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)),
        previous_(utf8_ == nullptr ? nullptr : uselocale(utf8_)) {}
  ~Utf8Locale() {
    if (utf8_ != nullptr) {
      uselocale(previous_);
      freelocale(utf8_);
    }
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t utf8_;
  locale_t previous_;
};

std::string textOf(const char* text) { return text == nullptr ? std::string() : text; }

LayerEntry::Kind kindOf(archive_entry* entry) {
  using Kind = LayerEntry::Kind;
  if (archive_entry_hardlink(entry) != nullptr) {
    return Kind::hard_link;
  }
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      return Kind::regular;
    case AE_IFDIR:
      return Kind::directory;
    case AE_IFLNK:
      return Kind::symlink;
    default:
      return Kind::other;
  }
}

}  // namespace

/// What libarchive calls; nothing may be thrown through it.
struct TarReader::Callbacks {
  static la_ssize_t read(archive* /*reader*/, void* client, const void** block) {
    auto& self = *static_cast<TarReader*>(client);
    *block = self.buffer_.get();
    auto got = self.bytes_->read(self.buffer_.get(), kBufferBytes);
    if (!got) {
      self.read_error_ = got.error();
      return -1;
    }
    return static_cast<la_ssize_t>(*got);
  }
  static la_int64_t skip(archive* /*reader*/, void* client, la_int64_t bytes) {
    auto& self = *static_cast<TarReader*>(client);
    return bytes <= 0
               ? 0
               : static_cast<la_int64_t>(self.bytes_->skip(static_cast<std::uint64_t>(bytes)));
  }
};

void TarReader::Free::operator()(archive* reader) const { archive_read_free(reader); }

TarReader::TarReader(std::unique_ptr<ByteStream> bytes)
    : bytes_(std::move(bytes)),
      buffer_(std::make_unique<char[]>(kBufferBytes)),
      archive_(archive_read_new()) {
  if (!archive_) {
    throw std::bad_alloc();
  }
  archive* reader = archive_.get();
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_bzip2(reader);
  archive_read_support_format_tar(reader);
  // A layer of no bytes is one that changes nothing.
  archive_read_support_format_empty(reader);
  archive_read_set_callback_data(reader, this);
  archive_read_set_read_callback(reader, Callbacks::read);
  archive_read_set_skip_callback(reader, Callbacks::skip);
}

TarReader::~TarReader() = default;

Error TarReader::failure() const {
  return read_error_ ? *read_error_ : Error{0, textOf(archive_error_string(archive_.get()))};
}

Result<bool> TarReader::next() {
  const Utf8Locale utf8;
  // Opening reads, and so can fail: not a thing for the constructor.
  if (!std::exchange(opened_, true) && archive_read_open1(archive_.get()) != ARCHIVE_OK) {
    return failure();
  }
  const int outcome = archive_read_next_header(archive_.get(), &current_);
  if (outcome == ARCHIVE_EOF) {
    return false;
  }
  if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) {
    return failure();
  }
  entry_.kind = kindOf(current_);
  entry_.path = textOf(archive_entry_pathname(current_));
  entry_.target = entry_.kind == LayerEntry::Kind::hard_link
                      ? textOf(archive_entry_hardlink(current_))
                      : textOf(archive_entry_symlink(current_));
  return true;
}

std::uint64_t TarReader::size() const {
  return static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_entry_size(current_)));
}

bool TarReader::isSparse() const { return archive_entry_sparse_count(current_) > 0; }

std::optional<std::uint64_t> TarReader::contentOffset() const {
  if (archive_filter_code(archive_.get(), 0) != ARCHIVE_FILTER_NONE) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(archive_filter_bytes(archive_.get(), 0));
}

Result<std::size_t> TarReader::readContent(char* buffer, std::size_t size) {
  const la_ssize_t got = archive_read_data(archive_.get(), buffer, size);
  if (got < 0) {
    return failure();
  }
  return static_cast<std::size_t>(got);
}

}  // namespace hardlink
