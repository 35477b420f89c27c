#include "tree_oracle.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "support/catch.h"
#include "support/temp_tree.h"

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

RootCounts bytesBelow(const std::string& root, const std::vector<std::string>& layers,
                      std::uint64_t block_bytes) {
  struct Found {
    std::uint64_t links = 0;
    std::uint64_t bytes = 0;
    std::uint64_t names = 0;
    std::map<std::string, std::uint64_t> names_in_layers{};
  };
  std::map<std::uint64_t, Found> inodes;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    struct stat status {};
    throwErrnoUnless(lstat(entry.path().c_str(), &status) == 0, "lstat");
    if (S_ISDIR(status.st_mode)) {
      continue;
    }
    Found& found = inodes[status.st_ino];
    found.links = status.st_nlink;
    found.bytes = static_cast<std::uint64_t>(status.st_blocks) * 512;
    found.bytes -= block_bytes == 0 ? 0 : found.bytes % block_bytes;
    ++found.names;
    const std::string path = entry.path().lexically_relative(root);
    for (const std::string& layer : layers) {
      if (path.starts_with(layer + "/")) {
        ++found.names_in_layers[layer];
      }
    }
  }
  RootCounts counts;
  std::map<std::string, std::uint64_t> exclusive;
  std::map<std::set<std::uint32_t>, std::uint64_t> of_layers;
  for (const auto& [number, inode] : inodes) {
    counts.allocated_bytes += inode.bytes;
    counts.referenced_bytes += inode.bytes * inode.names;
    std::uint64_t names = 0;
    std::set<std::uint32_t> holders;
    for (const auto& [layer, names_in_layer] : inode.names_in_layers) {
      exclusive[layer] += names_in_layer == inode.links ? inode.bytes : 0;
      names += names_in_layer;
      const auto at = std::lower_bound(layers.begin(), layers.end(), layer);
      holders.insert(static_cast<std::uint32_t>(at - layers.begin()));
    }
    if (names == inode.links && inode.bytes > 0) {
      of_layers[holders] += inode.bytes;
    }
  }
  for (const std::string& layer : layers) {
    counts.layers.emplace_back().name = layer;
    counts.layers.back().exclusive_bytes = exclusive[layer];
  }
  for (const auto& [holders, bytes] : of_layers) {
    counts.bytes_of_layers.push_back({{holders.begin(), holders.end()}, bytes});
  }
  return counts;
}

void checkBytes(const RootCounts& counts, const RootCounts& found) {
  CHECK(counts.allocated_bytes == found.allocated_bytes);
  CHECK(counts.referenced_bytes == found.referenced_bytes);
  CHECK(counts.bytes_of_layers == found.bytes_of_layers);
  REQUIRE(counts.layers.size() == found.layers.size());
  for (std::size_t i = 0; i < counts.layers.size(); ++i) {
    CAPTURE(counts.layers[i].name);
    CHECK(counts.layers[i].name == found.layers[i].name);
    CHECK(counts.layers[i].exclusive_bytes == found.layers[i].exclusive_bytes);
  }
}

}  // namespace hardlink
