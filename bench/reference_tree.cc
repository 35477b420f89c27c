// Makes the reference tree of docs/performance.md: layers in the shape of Docker's overlay storage,
// each a full hard-link copy of the same root filesystem, with one inode that has many names in
// every layer (yum's checksum_type).
//
//   reference_tree DIR [--layers=161] [--directories=2950] [--inodes=44198] [--hot-names=197]
//
// The defaults give 7.15 million names, 475,000 directories and 44,198 inodes. DIR must not exist.
// ext4 allows 65,000 links: after 300 layers the next ones are copies of another root filesystem.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

struct Shape {
  std::string directory;
  unsigned layers = 161;
  unsigned directories = 2950;  // per layer
  unsigned inodes = 44198;      // per layer, the hot one included
  unsigned hot_names = 197;     // names of the hot inode per layer
};

constexpr unsigned kMostCopies = 300;

void require(bool ok, const std::string& what) {
  if (!ok) {
    throw std::system_error(errno, std::generic_category(), what);
  }
}

/// Directory number i lies in directory number i / 12: a tree about four levels deep, like /usr.
std::vector<std::string> directoryPaths(unsigned count) {
  std::vector<std::string> paths = {""};
  for (unsigned i = 1; i < count; ++i) {
    paths.push_back(paths[(i - 1) / 12] + "/directory-" + std::to_string(i));
  }
  return paths;
}

std::string layerRoot(const Shape& shape, unsigned layer) {
  std::array<char, 65> id{};
  (void)std::snprintf(id.data(), id.size(), "%08x%056x", layer * 2654435761U, layer);
  return shape.directory + "/" + id.data() + "/root";
}

void makeDirectories(const std::string& root, const std::vector<std::string>& paths) {
  const std::string id = root.substr(0, root.rfind('/'));
  require(mkdir(id.c_str(), 0755) == 0, id);
  for (const std::string& path : paths) {
    require(mkdir((root + path).c_str(), 0755) == 0, root + path);
  }
}

/// The names of one layer, the same in each, hot ones first.
std::vector<std::string> filePaths(const Shape& shape,
                                   const std::vector<std::string>& directories) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < shape.hot_names; ++i) {
    names.push_back(directories[i * 7 % directories.size()] + "/checksum_type." +
                    std::to_string(i));
  }
  for (unsigned i = 1; i < shape.inodes; ++i) {
    names.push_back(directories[i % directories.size()] + "/file-" + std::to_string(i) + ".dat");
  }
  return names;
}

void makeFile(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  require(fd >= 0, path);
  close(fd);
}

void makeTree(const Shape& shape) {
  require(mkdir(shape.directory.c_str(), 0755) == 0, shape.directory);
  const auto directories = directoryPaths(shape.directories);
  const auto files = filePaths(shape, directories);
  for (unsigned layer = 0; layer < shape.layers; ++layer) {
    const std::string root = layerRoot(shape, layer);
    const std::string base = layerRoot(shape, layer - layer % kMostCopies);
    makeDirectories(root, directories);
    for (std::size_t i = 0; i < files.size(); ++i) {
      const bool new_inode = root == base && (i == 0 || i >= shape.hot_names);
      const std::string& original = i < shape.hot_names ? files[0] : files[i];
      if (new_inode) {
        makeFile(root + files[i]);
      } else {
        require(link((base + original).c_str(), (root + files[i]).c_str()) == 0, root + files[i]);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Shape shape;
  CLI::App app("Makes the reference tree of the benchmarks");
  app.add_option("DIR", shape.directory)->required();
  app.add_option("--layers", shape.layers);
  app.add_option("--directories", shape.directories)->check(CLI::PositiveNumber);
  app.add_option("--inodes", shape.inodes)->check(CLI::PositiveNumber);
  app.add_option("--hot-names", shape.hot_names)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    makeTree(shape);
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "reference_tree: %s\n", error.what());
    return 1;
  }
  return 0;
}
