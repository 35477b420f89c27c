// A buffer as if written by getdents64. Any bytes are either parsed into records or refused, and
// nothing beyond the buffer is read.

#include <dirent.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "base/os/os.h"
#include "fuzz/require.h"

namespace hardlink {
namespace {

/// The length of the record at the start of `bytes`, calculated the slow way; 0 if there is none.
std::size_t lengthOfRecord(std::span<const std::byte> bytes) {
  constexpr std::size_t kLengthAt = offsetof(dirent64, d_reclen);
  constexpr std::size_t kNameAt = offsetof(dirent64, d_name);
  if (bytes.size() < kNameAt + 2 || bytes[kNameAt] == std::byte{}) {
    return 0;
  }
  std::uint16_t length = 0;
  std::memcpy(&length, bytes.data() + kLengthAt, sizeof length);
  for (std::size_t i = kNameAt; i < length && length <= bytes.size(); ++i) {
    if (bytes[i] == std::byte{}) {
      return length;
    }
  }
  return 0;
}

void takeAll(std::span<const std::byte> bytes) {
  while (true) {
    const std::size_t length = lengthOfRecord(bytes);
    std::span<const std::byte> left = bytes;
    const auto entry = os::takeRecord(left);
    require(entry.has_value() == (length > 0), "what is no record, and nothing else, is refused");
    if (!entry) {
      require(left.size() == bytes.size() && left.data() == bytes.data(),
              "what is refused stays where it is");
      return;
    }
    require(left.size() == bytes.size() - length, "a record is as long as it says");
    const auto* const begin = reinterpret_cast<const char*>(bytes.data());
    require(entry->name > begin && entry->name + std::strlen(entry->name) < begin + length,
            "a name and its end lie within the record");
    require(entry->name_length == std::strlen(entry->name), "a name is as long as it says");
    bytes = left;
  }
}

}  // namespace
}  // namespace hardlink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of exactly this size, so that AddressSanitizer reports reads beyond it.
  const auto input = std::as_bytes(std::span(data, size));
  hardlink::takeAll(std::vector<std::byte>(input.begin(), input.end()));
  return 0;
}
