#include "image/tar/tar_reader.h"

#include <algorithm>
#include <utility>

#include "image/tar/decompression.h"

namespace hardlink {
namespace {

// The longest name, or list of pax records, that Go takes.
constexpr std::uint64_t kLongestExtension = 1 << 20;

Error truncated() { return {0, "truncated tar archive"}; }

Error notATar() { return {0, "not a tar archive"}; }

/// `position`: after the header.
Error invalidHeader(std::uint64_t position) {
  return position == kTarBlockBytes ? notATar()
                                    : Error{0, "damaged tar archive: the header before byte " +
                                                   std::to_string(position) + " is invalid"};
}

bool isZero(const TarBlock& block) {
  return std::all_of(block.begin(), block.end(), [](char byte) { return byte == '\0'; });
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

Result<bool> TarReader::open() {
  auto decompressed = decompress(std::move(bytes_));
  if (!decompressed) {
    return decompressed.error();
  }
  bytes_ = std::move(decompressed->bytes);
  compressed_ = decompressed->was_compressed;
  return true;
}

Result<std::size_t> TarReader::read(char* target, std::size_t size) {
  if (buffer_begin_ == buffer_end_) {
    const auto got = bytes_->read(buffer_.get(), kBufferBytes);
    if (!got) {
      return got.error();
    }
    buffer_begin_ = 0;
    buffer_end_ = *got;
  }
  const std::size_t taken = std::min(size, buffer_end_ - buffer_begin_);
  std::copy_n(buffer_.get() + buffer_begin_, taken, target);
  buffer_begin_ += taken;
  position_ += taken;
  return taken;
}

/// Fewer than `size` bytes only at the end.
Result<std::size_t> TarReader::readFully(char* target, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    const auto got = read(target + filled, size - filled);
    if (!got) {
      return got.error();
    }
    if (*got == 0) {
      break;
    }
    filled += *got;
  }
  return filled;
}

/// How many bytes were there to pass over.
Result<std::uint64_t> TarReader::skip(std::uint64_t bytes) {
  std::uint64_t passed = std::min<std::uint64_t>(bytes, buffer_end_ - buffer_begin_);
  buffer_begin_ += passed;
  while (passed < bytes) {
    const std::uint64_t leapt = bytes_->skip(bytes - passed);
    passed += leapt;
    if (leapt > 0) {
      continue;
    }
    const auto got =
        bytes_->read(buffer_.get(), std::min<std::uint64_t>(kBufferBytes, bytes - passed));
    if (!got) {
      return got.error();
    }
    if (*got == 0) {
      break;
    }
    passed += *got;
  }
  position_ += passed;
  return passed;
}

/// Padding may be missing, content may not.
Result<bool> TarReader::finishEntry() {
  const std::uint64_t wanted = std::exchange(content_left_, 0);
  const auto content = skip(wanted);
  if (!content) {
    return content.error();
  }
  if (*content < wanted) {
    return truncated();
  }
  const auto padding = skip(std::exchange(padding_, 0));
  return padding ? Result<bool>(true) : padding.error();
}

Result<bool> TarReader::readHeader(TarHeader& header) {
  TarBlock block{};
  for (const bool after_zeros : {false, true}) {
    const auto got = readFully(block.data(), block.size());
    if (!got) {
      return got.error();
    }
    if (*got == 0) {
      return end();
    }
    if (*got < block.size()) {
      return position_ < block.size() ? notATar() : truncated();
    }
    if (!isZero(block)) {
      auto parsed = after_zeros ? std::nullopt : parseTarHeader(block);
      if (!parsed) {
        return invalidHeader(position_);
      }
      header = std::move(*parsed);
      return true;
    }
  }
  return end();
}

/// Whether compressed bytes are whole shows at their end.
Result<bool> TarReader::end() {
  while (compressed_) {
    const auto got = bytes_->read(buffer_.get(), kBufferBytes);
    if (!got) {
      return got.error();
    }
    if (*got == 0) {
      break;
    }
  }
  return false;
}

Result<bool> TarReader::readExtension(const TarHeader& header, Extensions& extensions) {
  if (header.size > kLongestExtension) {
    return Error{0, "damaged tar archive: a header is longer than 1 MiB"};
  }
  std::string text(header.size, '\0');
  const auto got = readFully(text.data(), text.size());
  if (!got) {
    return got.error();
  }
  content_left_ -= *got;
  if (*got < text.size()) {
    return truncated();
  }
  if (header.type == tar_type::kGnuLongName || header.type == tar_type::kGnuLongLink) {
    std::string& name = header.type == tar_type::kGnuLongName ? extensions.path : extensions.target;
    name = text.substr(0, text.find('\0'));
    return true;
  }
  auto records = parsePaxRecords(text);
  if (!records) {
    return invalidHeader(position_);
  }
  extensions.records = std::move(*records);
  return true;
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

Result<bool> TarReader::next() {
  if (!std::exchange(opened_, true)) {
    if (const auto opened = open(); !opened) {
      return opened.error();
    }
  }
  Extensions extensions;
  while (true) {
    if (const auto finished = finishEntry(); !finished) {
      return finished.error();
    }
    TarHeader header;
    if (auto more = readHeader(header); !more || !*more) {
      return more;
    }
    beginContent(header.size);
    const bool extends =
        header.type == tar_type::kPaxHeader || header.type == tar_type::kPaxGlobalHeader ||
        header.type == tar_type::kGnuLongName || header.type == tar_type::kGnuLongLink;
    if (extends) {
      if (const auto read = readExtension(header, extensions); !read) {
        return read.error();
      }
    }
    if (header.type == tar_type::kPaxGlobalHeader) {
      // As Go does: an entry of its own, whose records are of no other.
      (void)applyPaxRecords(extensions.records, header);
      setEntry(std::move(header));
      size_ = 0;
      return true;
    }
    if (extends) {
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
    return true;
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
