#include "http/gzip.h"

#include <zlib.h>

#include <new>

namespace hardlink {
namespace {

// RFC 1952, section 2.3: magic, deflate, no flags, no time, no hint, unknown system.
constexpr char kHeader[] = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 0, '\xff'};

/// The memory that zlib uses. zlib clears it first, which takes longer than compressing a few
/// kilobytes.
struct Memory {
  int window_bits;
  int level;
};
constexpr Memory kThorough{MAX_WBITS, MAX_MEM_LEVEL};
constexpr Memory kQuick{12, 5};

/// `part` as raw deflate data. Only `flush` Z_FINISH ends the stream.
std::string deflated(std::string_view part, const Memory& memory, int flush) {
  z_stream stream{};
  const int raw = -memory.window_bits;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw, memory.level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();  // nothing else can fail with these arguments
  }
  // deflateBound() does not count the empty block that a full flush ends with.
  constexpr std::size_t kFlushBytes = 16;
  std::string output(deflateBound(&stream, part.size()) + kFlushBytes, '\0');
  std::string input(part);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  deflate(&stream, flush);
  output.resize(stream.total_out);
  deflateEnd(&stream);
  return output;
}

std::uint32_t crcOf(std::string_view part) {
  return static_cast<std::uint32_t>(
      crc32_z(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(part.data()), part.size()));
}

void appendLittleEndian(std::string& output, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) {
    output.push_back(static_cast<char>((value >> shift) & 0xffU));
  }
}

}  // namespace

GzipPart gzipHead(std::string_view part) {
  // After a full flush, data refers to nothing before it, so any tail can follow.
  return {std::string(kHeader, sizeof kHeader) + deflated(part, kThorough, Z_FULL_FLUSH),
          crcOf(part), part.size()};
}

GzipPart gzipTail(std::string_view part) {
  return {deflated(part, kQuick, Z_FINISH), crcOf(part), part.size()};
}

std::string gzipWhole(const GzipPart& head, const GzipPart& tail) {
  constexpr std::size_t kTrailerBytes = 8;
  std::string output;
  output.reserve(head.bytes.size() + tail.bytes.size() + kTrailerBytes);
  output.append(head.bytes).append(tail.bytes);
  appendLittleEndian(output, static_cast<std::uint32_t>(crc32_combine(
                                 head.crc, tail.crc, static_cast<z_off_t>(tail.length))));
  appendLittleEndian(output, static_cast<std::uint32_t>(head.length + tail.length));
  return output;
}

}  // namespace hardlink
