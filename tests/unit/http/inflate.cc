#include "unit/http/inflate.h"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace hardlink {

std::string gunzip(std::string_view bytes) {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) {
    throw std::runtime_error("inflateInit2");
  }
  std::string input(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::string output;
  std::array<char, 16384> part{};
  int code = Z_OK;
  while (code == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    code = inflate(&stream, Z_NO_FLUSH);
    output.append(part.data(), part.size() - stream.avail_out);
  }
  const bool complete = code == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (!complete) {
    throw std::runtime_error("not one gzip member: code " + std::to_string(code));
  }
  return output;
}

}  // namespace hardlink
