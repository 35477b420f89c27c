// A block device with any content: the ext4 engine's reading ends, and its counts are consistent.
// The input says which bytes of which image to overwrite (mutated_images.h).

#include <span>
#include <vector>

#include "fuzz/mutated_images.h"
#include "fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using hardlink::require;
  static std::vector<hardlink::MutableImage> images = hardlink::makeMutableImages();
  if (size == 0) {
    return 0;
  }
  const auto counts =
      images[data[0] % images.size()].countMutated(std::span(data, size).subspan(1));
  if (counts) {
    require(counts->layer.names == counts->totals.names, "what is in the layer is in the totals");
    // Damage can give several names to an inode that says that it has one link.
    require(counts->layer.inodes <= counts->layer.names, "every inode has a name");
  }
  return 0;
}
