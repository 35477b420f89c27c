#include "census/ext4/ext4_directory_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hardlink {
namespace {

/// How much is read at once where blocks lie side by side.
constexpr std::size_t kRunBytes = std::size_t{256} << 10U;

/// A block that makes no sense may be one that the kernel is just writing to.
constexpr int kAttempts = 4;

// struct ext4_dir_entry_2 up to its name, fs/ext4/ext4.h.
struct DirentHeader {
  std::uint32_t inode;
  std::uint16_t record_length;
  std::uint8_t name_length;
  std::uint8_t file_type;
};
static_assert(sizeof(DirentHeader) == 8);
constexpr std::uint8_t kDirectoryType = 2;  // EXT4_FT_DIR

/// ext4_rec_len_from_disk(): blocks of 64 KiB and more do not fit 16 bits.
std::size_t recordLength(std::uint16_t stored, std::size_t block_size) {
  constexpr std::size_t kLargeBlock = 65536;
  if (block_size < kLargeBlock) {
    return stored;
  }
  if (stored == 0xFFFF || stored == 0) {
    return block_size;
  }
  return (stored & 0xFFFCU) | (std::size_t{stored & 3U} << 16U);
}

bool isDotOrDotDot(std::string_view name) { return name == "." || name == ".."; }

}  // namespace

bool parseEntries(std::span<const std::byte> block, std::vector<Ext4Entry>& entries) {
  const std::size_t before = entries.size();
  for (std::size_t at = 0; at < block.size();) {
    DirentHeader header;
    if (block.size() - at < sizeof header) {
      entries.resize(before);
      return false;
    }
    std::memcpy(&header, block.data() + at, sizeof header);
    const std::size_t length = recordLength(header.record_length, block.size());
    const bool sane = length >= sizeof header && length % 4 == 0 && length <= block.size() - at &&
                      sizeof header + header.name_length <= length;
    if (!sane) {
      entries.resize(before);
      return false;
    }
    const std::string_view name(reinterpret_cast<const char*>(block.data()) + at + sizeof header,
                                header.name_length);
    if (header.inode != 0 && !isDotOrDotDot(name)) {
      entries.push_back({header.inode, name, header.file_type == kDirectoryType});
    }
    at += length;
  }
  return true;
}

Ext4DirectoryReader::Ext4DirectoryReader(const Ext4Volume& volume)
    : volume_(volume), buffer_(std::max<std::size_t>(kRunBytes, volume.blockSize())) {}

void Ext4DirectoryReader::read(std::span<const Ext4Directory> directories, bool read_ahead,
                               Visitor& visitor) {
  segments_.clear();
  for (std::size_t i = 0; i < directories.size(); ++i) {
    for (const Ext4Extent& extent : directories[i].extents) {
      segments_.push_back(
          {extent.block, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(extent.length)});
    }
    if (directories[i].inline_entries != nullptr) {
      for (const std::vector<std::byte>& piece : *directories[i].inline_entries) {
        entries_.clear();
        if (parseEntries(piece, entries_)) {
          visitor.onEntries(i, entries_);
        } else {
          visitor.onError(i, EUCLEAN);
        }
      }
    }
  }
  findRuns();
  const std::uint64_t block_size = volume_.blockSize();
  for (const std::span<const Segment> run : runs_) {
    const std::uint64_t begin = run.front().block * block_size;
    if (read_ahead && !volume_.isCached(begin)) {
      volume_.readAhead(begin, (run.back().block + run.back().length) * block_size - begin);
    }
  }
  for (const std::span<const Segment> run : runs_) {
    readRun(run, visitor);
  }
}

void Ext4DirectoryReader::findRuns() {
  std::sort(segments_.begin(), segments_.end(),
            [](const Segment& a, const Segment& b) { return a.block < b.block; });
  runs_.clear();
  const std::uint64_t most = buffer_.size() / volume_.blockSize();
  for (std::size_t first = 0; first < segments_.size();) {
    // Blocks side by side go into one read; a longer extent is one of its own.
    std::uint64_t blocks = segments_[first].length;
    std::size_t last = first + 1;
    while (last < segments_.size() && segments_[last].block == segments_[first].block + blocks &&
           blocks + segments_[last].length <= most) {
      blocks += segments_[last].length;
      ++last;
    }
    runs_.push_back(std::span(segments_).subspan(first, last - first));
    first = last;
  }
}

void Ext4DirectoryReader::readRun(std::span<const Segment> run, Visitor& visitor) {
  const std::uint64_t block_size = volume_.blockSize();
  const std::uint64_t most = buffer_.size() / block_size;
  const std::uint64_t end = run.back().block + run.back().length;
  std::size_t segment = 0;
  for (std::uint64_t begin = run.front().block; begin < end; begin += most) {
    const std::uint64_t blocks = std::min(most, end - begin);
    const std::span<std::byte> bytes = std::span(buffer_).first(blocks * block_size);
    const Result<void> read = volume_.read(begin * block_size, bytes);
    for (std::uint64_t i = 0; i < blocks; ++i) {
      while (begin + i >= run[segment].block + run[segment].length) {
        ++segment;
      }
      if (!read) {
        visitor.onError(run[segment].directory, read.error().code);
        continue;
      }
      visitBlock(run[segment], begin + i, bytes.subspan(i * block_size, block_size), visitor);
    }
  }
}

void Ext4DirectoryReader::visitBlock(const Segment& segment, std::uint64_t block,
                                     std::span<std::byte> bytes, Visitor& visitor) {
  entries_.clear();
  bool sane = parseEntries(bytes, entries_);
  for (int attempt = 1; !sane && attempt < kAttempts; ++attempt) {
    if (const auto read = volume_.read(block * volume_.blockSize(), bytes); !read) {
      visitor.onError(segment.directory, read.error().code);
      return;
    }
    sane = parseEntries(bytes, entries_);
  }
  if (sane) {
    visitor.onEntries(segment.directory, entries_);
  } else {
    visitor.onError(segment.directory, EUCLEAN);
  }
}

}  // namespace hardlink
