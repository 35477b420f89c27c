// The libFuzzer target: whatever is on the device, the ext4 engine's reading comes to an end.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mutated_images.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::vector<hardlink::MutableImage> images = hardlink::makeMutableImages();
  if (size > 0) {
    (void)images[data[0] % images.size()].countMutated(std::span(data, size).subspan(1));
  }
  return 0;
}
