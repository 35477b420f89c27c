#include "tree_oracle.h"

#include <filesystem>

#include "support/catch.h"

namespace hardlink {

namespace fs = std::filesystem;

LayerCounts remadeBelow(const std::string& directory, const CopyCosts& costs) {
  LayerCounts layer;
  layer.directories = 1;
  std::uint64_t bytes = 12 + 12;  // `.` and `..`
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::size_t length = entry.path().filename().native().size();
    bytes += 8 + (length + 3) / 4 * 4;
    const fs::file_type type = entry.symlink_status().type();
    if (type == fs::file_type::directory) {
      const LayerCounts below = remadeBelow(entry.path(), costs);
      layer.directories += below.directories;
      layer.directory_bytes += below.directory_bytes;
      layer.remade_names += below.remade_names;
      layer.long_symlinks += below.long_symlinks;
    } else if (type != fs::file_type::regular) {
      ++layer.remade_names;
      const bool is_long =
          type == fs::file_type::symlink && fs::read_symlink(entry.path()).native().size() >= 60;
      layer.long_symlinks += is_long ? 1U : 0U;
    }
  }
  layer.directory_bytes += directoryBytes(costs, bytes);
  return layer;
}

std::uint64_t subdirectoriesOf(const std::string& directory) {
  std::uint64_t count = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    count += entry.symlink_status().type() == fs::file_type::directory ? 1U : 0U;
  }
  return count;
}

void checkRemade(const LayerCounts& layer, const LayerCounts& found) {
  CAPTURE(layer.name);
  CHECK(layer.directories == found.directories);
  CHECK(layer.directory_bytes == found.directory_bytes);
  CHECK(layer.remade_names == found.remade_names);
  CHECK(layer.long_symlinks == found.long_symlinks);
}

}  // namespace hardlink
