#include "image/tar/byte_stream.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace hardlink {
namespace {

class RangeStream : public ByteStream {
 public:
  explicit RangeStream(FileRange range) : range_(std::move(range)) {}

  [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size) override {
    const std::uint64_t wanted = std::min<std::uint64_t>(size, range_.size);
    const ssize_t got = retryOnEintr([&] {
      return pread(range_.file->get(), buffer, wanted, static_cast<off_t>(range_.offset));
    });
    if (got < 0) {
      return errnoError("read");
    }
    (void)skip(static_cast<std::uint64_t>(got));
    return static_cast<std::size_t>(got);
  }

  [[nodiscard]] std::uint64_t skip(std::uint64_t bytes) override {
    const std::uint64_t passed = std::min(bytes, range_.size);
    range_.offset += passed;
    range_.size -= passed;
    return passed;
  }

 private:
  FileRange range_;
};

}  // namespace

std::unique_ptr<ByteStream> streamOf(FileRange range) {
  return std::make_unique<RangeStream>(std::move(range));
}

}  // namespace hardlink
