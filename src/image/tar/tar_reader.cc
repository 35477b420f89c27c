#include "image/tar/tar_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "image/tar/decompression.h"

namespace hardlink {
namespace {

// The longest name, or list of pax records, that Go accepts.
constexpr std::uint64_t kLongestExtension = 1 << 20;

Error truncated() { return {0, "truncated tar archive"}; }

Error notATar() { return {0, "not a tar archive"}; }

/// `position` is the end of the header.
Error invalidHeader(std::uint64_t position) {
  constexpr const char* kDamaged = "damaged tar archive: the header before byte {} is invalid";
  return position == kTarBlockBytes ? notATar() : Error{0, fmt::format(kDamaged, position)};
}

bool isZero(const TarBlock& block) {
  return std::all_of(block.begin(), block.end(), [](char byte) { return byte == '\0'; });
}

bool extendsNextEntry(char type) {
  return type == tar_type::kPaxHeader || type == tar_type::kGnuLongName ||
         type == tar_type::kGnuLongLink;
}

LayerEntry::Kind kindOf(char type) {
  using Kind = LayerEntry::Kind;
  switch (type) {
    case tar_type::kRegular:
      return Kind::regular;
    case tar_type::kHardLink:
      return Kind::hard_link;
    case tar_type::kSymlink:
      return Kind::symlink;
    case tar_type::kDirectory:
      return Kind::directory;
    case tar_type::kCharacterDevice:
    case tar_type::kBlockDevice:
    case tar_type::kFifo:
      return Kind::other;
    case tar_type::kPaxGlobalHeader:
      return Kind::comment;
    default:
      return Kind::unknown;
  }
}

}  // namespace

TarReader::TarReader(std::unique_ptr<ByteStream> bytes)
    : bytes_(std::move(bytes)), buffer_(std::make_unique<char[]>(kBufferBytes)) {}

Result<void> TarReader::open() {
  ASSIGN_OR_RETURN(Decompressed decompressed, decompress(std::move(bytes_)));
  bytes_ = std::move(decompressed.bytes);
  compressed_ = decompressed.was_compressed;
  return {};
}

Result<std::size_t> TarReader::read(char* target, std::size_t size) {
  if (buffer_begin_ == buffer_end_) {
    ASSIGN_OR_RETURN(buffer_end_, bytes_->read(buffer_.get(), kBufferBytes));
    buffer_begin_ = 0;
  }
  const std::size_t taken = std::min(size, buffer_end_ - buffer_begin_);
  std::copy_n(buffer_.get() + buffer_begin_, taken, target);
  buffer_begin_ += taken;
  position_ += taken;
  return taken;
}

/// Reads `size` bytes, or fewer at the end of the tar.
Result<std::size_t> TarReader::readFully(char* target, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    ASSIGN_OR_RETURN(const std::size_t got, read(target + filled, size - filled));
    if (got == 0) {
      break;
    }
    filled += got;
  }
  return filled;
}

/// Skips `bytes` bytes, or fewer at the end of the tar, and returns how many.
Result<std::uint64_t> TarReader::skip(std::uint64_t bytes) {
  std::uint64_t passed = std::min<std::uint64_t>(bytes, buffer_end_ - buffer_begin_);
  buffer_begin_ += passed;
  while (passed < bytes) {
    const std::uint64_t leapt = bytes_->skip(bytes - passed);
    passed += leapt;
    if (leapt > 0) {
      continue;
    }
    const std::size_t wanted = std::min<std::uint64_t>(kBufferBytes, bytes - passed);
    ASSIGN_OR_RETURN(const std::size_t got, bytes_->read(buffer_.get(), wanted));
    if (got == 0) {
      break;
    }
    passed += got;
  }
  position_ += passed;
  return passed;
}

/// Skips the rest of the entry. Its padding may be missing, but not its content.
Result<void> TarReader::finishEntry() {
  const std::uint64_t wanted = std::exchange(content_left_, 0);
  ASSIGN_OR_RETURN(const std::uint64_t content, skip(wanted));
  if (content < wanted) {
    return truncated();
  }
  RETURN_IF_ERROR(skip(std::exchange(padding_, 0)));
  return {};
}

Result<std::optional<TarHeader>> TarReader::readHeader() {
  TarBlock block{};
  for (const bool after_zeros : {false, true}) {
    ASSIGN_OR_RETURN(const std::size_t got, readFully(block.data(), block.size()));
    if (got == 0) {
      break;
    }
    if (got < block.size()) {
      return position_ < block.size() ? notATar() : truncated();
    }
    if (!isZero(block)) {
      auto parsed = after_zeros ? std::nullopt : parseTarHeader(block);
      return parsed ? Result(std::move(parsed)) : invalidHeader(position_);
    }
  }
  RETURN_IF_ERROR(readToEnd());
  return std::optional<TarHeader>();
}

/// Reads compressed bytes to their end, because only there damage to them is detected.
Result<void> TarReader::readToEnd() {
  while (compressed_) {
    ASSIGN_OR_RETURN(const std::size_t got, bytes_->read(buffer_.get(), kBufferBytes));
    if (got == 0) {
      break;
    }
  }
  return {};
}

Result<void> TarReader::readExtension(const TarHeader& header, Extensions& extensions) {
  if (header.size > kLongestExtension) {
    return Error{0, "damaged tar archive: a header is longer than 1 MiB"};
  }
  std::string text(header.size, '\0');
  ASSIGN_OR_RETURN(const std::size_t got, readFully(text.data(), text.size()));
  content_left_ -= got;
  if (got < text.size()) {
    return truncated();
  }
  if (header.type == tar_type::kGnuLongName || header.type == tar_type::kGnuLongLink) {
    std::string& name = header.type == tar_type::kGnuLongName ? extensions.path : extensions.target;
    name = text.substr(0, text.find('\0'));
    return {};
  }
  auto records = parsePaxRecords(text);
  if (!records) {
    return invalidHeader(position_);
  }
  extensions.records = std::move(*records);
  return {};
}

void TarReader::beginContent(std::uint64_t size) {
  content_left_ = size;
  padding_ = (kTarBlockBytes - size % kTarBlockBytes) % kTarBlockBytes;
}

void TarReader::setEntry(TarHeader header) {
  entry_.kind = kindOf(header.type);
  entry_.path = std::move(header.path);
  const bool is_link =
      entry_.kind == LayerEntry::Kind::hard_link || entry_.kind == LayerEntry::Kind::symlink;
  entry_.target = is_link ? std::move(header.target) : std::string();
  size_ = header.size;
  sparse_ = header.sparse;
  const std::uint64_t written = header.real_size > 0 ? header.real_size : header.size;
  entry_.size = entry_.kind == LayerEntry::Kind::regular ? written : 0;
}

Result<const LayerEntry*> TarReader::next() {
  if (!std::exchange(opened_, true)) {
    RETURN_IF_ERROR(open());
  }
  Extensions extensions;
  while (true) {
    RETURN_IF_ERROR(finishEntry());
    ASSIGN_OR_RETURN(auto next, readHeader());
    if (!next) {
      return nullptr;
    }
    TarHeader& header = *next;
    beginContent(header.size);
    if (extendsNextEntry(header.type) || header.type == tar_type::kPaxGlobalHeader) {
      RETURN_IF_ERROR(readExtension(header, extensions));
    }
    if (header.type == tar_type::kPaxGlobalHeader) {
      // As in Go, a global header is an entry of its own, and its records apply to no other entry.
      (void)applyPaxRecords(extensions.records, header);
      setEntry(std::move(header));
      size_ = 0;
      return &entry_;
    }
    if (extendsNextEntry(header.type)) {
      continue;
    }
    if (!applyPaxRecords(extensions.records, header)) {
      return invalidHeader(position_);
    }
    header.path = extensions.path.empty() ? header.path : extensions.path;
    header.target = extensions.target.empty() ? header.target : extensions.target;
    settleTarHeader(header);
    beginContent(header.size);
    setEntry(std::move(header));
    return &entry_;
  }
}

std::optional<std::uint64_t> TarReader::contentOffset() const {
  return compressed_ ? std::nullopt : std::optional(position_ - (size_ - content_left_));
}

Result<std::size_t> TarReader::readContent(char* buffer, std::size_t size) {
  const std::size_t wanted = std::min<std::uint64_t>(size, content_left_);
  if (wanted == 0) {
    return std::size_t{0};
  }
  auto got = read(buffer, wanted);
  if (got && *got == 0) {
    return truncated();
  }
  content_left_ -= got ? *got : 0;
  return got;
}

}  // namespace hardlink
