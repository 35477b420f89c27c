#include "two_engines.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "support/catch.h"
#include "support/temp_tree.h"
#include "unit/census/walk/literal_farm.h"

namespace hardlink {
namespace {

void checkSameLayer(const LayerCounts& walked, const LayerCounts& read) {
  CAPTURE(walked.name);
  CHECK(read.name == walked.name);
  CHECK(read.names == walked.names);
  CHECK(read.inodes == walked.inodes);
  CHECK(read.max_links == walked.max_links);
  CHECK(read.max_names_per_inode == walked.max_names_per_inode);
  CHECK(read.directories == walked.directories);
  CHECK(read.directory_bytes == walked.directory_bytes);
  CHECK(read.remade_names == walked.remade_names);
  CHECK(read.long_symlinks == walked.long_symlinks);
  CHECK(read.exclusive_bytes == walked.exclusive_bytes);
  CHECK(read.inode_links.cumulative() == walked.inode_links.cumulative());
  CHECK(read.pressure == walked.pressure);
  CHECK(read == walked);
}

void checkSameHotInode(const HotInode& walked, const HotInode& read) {
  CAPTURE(walked.inode);
  CHECK(read.inode == walked.inode);
  CHECK(read.links == walked.links);
  CHECK(read.names_in_root == walked.names_in_root);
  CHECK(read.layers == walked.layers);
  CHECK(read.size_bytes == walked.size_bytes);
  CHECK(read.regular_file == walked.regular_file);
  REQUIRE_FALSE(walked.paths.empty());
  REQUIRE_FALSE(read.paths.empty());
  CHECK(read.paths[0] == walked.paths[0]);
}

void checkSameTracked(const TrackedInode& walked, const TrackedInode& read) {
  CAPTURE(walked.inode);
  CHECK(read.inode == walked.inode);
  CHECK(read.links == walked.links);
  CHECK(read.linked == walked.linked);
  CHECK(read.names_in_root == walked.names_in_root);
  CHECK(read.layers == walked.layers);
  CHECK(read.names_unfinished == walked.names_unfinished);
  CHECK(read.paths == walked.paths);
  CHECK(read == walked);
}

void checkSameErrors(const CensusErrors& walked, const CensusErrors& read) {
  CAPTURE(walked.example, read.example);
  CHECK(read.by_reason == walked.by_reason);
  CHECK(read.unread_directories == walked.unread_directories);
}

}  // namespace

CensusRequest requestFor(const std::string& path, Farm farm) {
  CensusRequest request;
  request.path = path;
  request.farm = std::move(farm);
  request.buckets = {1, 2, 10, 100, 200, 500, 1000, 5000, 10000, 65000};
  return request;
}

FilesystemInfo filesystemOf(const std::string& path) {
  Result<FilesystemInfo> info = inspectFilesystem(path, std::nullopt);
  REQUIRE(info);
  // The sizes of directories are known only for the ext family, to which these filesystems belong.
  struct statvfs status {};
  REQUIRE(statvfs(path.c_str(), &status) == 0);
  const auto block_bytes = static_cast<std::uint32_t>(status.f_bsize);
  if (info->costs.block_bytes == 0) {
    info->costs = {.block_bytes = block_bytes, .cluster_bytes = block_bytes};
  }
  if (!info->subdirectory_limit) {
    info->unindexed_subdirectory_limit = 64998;
  }
  return *info;
}

std::unique_ptr<Ext4Engine> ext4EngineFor(const std::string& path) {
  Result<std::unique_ptr<Ext4Engine>> engine = Ext4Engine::open(filesystemOf(path));
  INFO((engine ? "" : engine.error().message()));
  REQUIRE(engine);
  return std::move(*engine);
}

RootCounts countedBy(CensusEngine& engine, const CensusRequest& request) {
  return countedBy(engine, request, filesystemOf(request.path));
}

RootCounts countedBy(CensusEngine& engine, const CensusRequest& request,
                     const FilesystemInfo& filesystem) {
  CensusProgress progress;
  Result<RootCounts> counts = engine.count(request, filesystem, progress, {});
  INFO(engine.name() << (counts ? "" : ": " + counts.error().message()));
  REQUIRE(counts);
  CHECK(counts->engine == engine.name());
  return std::move(*counts);
}

void checkSame(const RootCounts& walked, const RootCounts& read) {
  CHECK(read.layout == walked.layout);
  CHECK(read.inodes == walked.inodes);
  CHECK(read.multilink_inodes == walked.multilink_inodes);
  CHECK(read.names == walked.names);
  CHECK(read.directories == walked.directories);
  CHECK(read.max_links == walked.max_links);
  CHECK(read.allocated_bytes == walked.allocated_bytes);
  CHECK(read.referenced_bytes == walked.referenced_bytes);
  CHECK(read.bytes_of_layers == walked.bytes_of_layers);
  CHECK(read.fullest_directories == walked.fullest_directories);
  CHECK(read.holders == walked.holders);
  CHECK(read.saturated == walked.saturated);
  CHECK(read.binding_path == walked.binding_path);
  CHECK(read.inode_links.cumulative() == walked.inode_links.cumulative());
  CHECK(read.inode_links == walked.inode_links);
  CHECK(read.layers.size() == walked.layers.size());
  for (std::size_t i = 0; i < std::min(walked.layers.size(), read.layers.size()); ++i) {
    checkSameLayer(walked.layers[i], read.layers[i]);
  }
  CHECK(read.hot_inodes.size() == walked.hot_inodes.size());
  for (std::size_t i = 0; i < std::min(walked.hot_inodes.size(), read.hot_inodes.size()); ++i) {
    checkSameHotInode(walked.hot_inodes[i], read.hot_inodes[i]);
  }
  CHECK(read.tracked.size() == walked.tracked.size());
  for (std::size_t i = 0; i < std::min(walked.tracked.size(), read.tracked.size()); ++i) {
    checkSameTracked(walked.tracked[i], read.tracked[i]);
  }
  CHECK(read.tight_inodes == walked.tight_inodes);
  CHECK(read.unfinished_layers == walked.unfinished_layers);
  CHECK(read.round_pressure == walked.round_pressure);
  CHECK(read.links_per_user == walked.links_per_user);
  CHECK(read.located == walked.located);
  CHECK(read.child_links == walked.child_links);
  checkSameErrors(walked.errors, read.errors);
}

RootCounts checkBothAgree(CensusEngine& ext4, const CensusRequest& request) {
  return checkBothAgree(ext4, request, filesystemOf(request.path));
}

RootCounts checkBothAgree(CensusEngine& ext4, const CensusRequest& request,
                          const FilesystemInfo& filesystem) {
  CensusRequest tracking = request;
  tracking.tight_margin = 400;
  tracking.tracked_paths = 7;
  const RootCounts first = countedBy(*makeWalkEngine(), request);
  for (const HotInode& hot : first.hot_inodes) {
    tracking.tracked_inodes.push_back(hot.inode);
  }
  std::vector<std::string> layers;
  for (std::size_t i = 0; i < first.layers.size(); ++i) {
    if (i % 5 != 4) {  // some stay
      layers.push_back(first.layers[i].name);
    }
  }
  letGo(tracking, layers);
  // Blocks that are not written yet are known to the kernel alone.
  const Fd root(::open(request.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::syncfs(root.get()) == 0);
  RootCounts walked = countedBy(*makeWalkEngine(), tracking, filesystem);
  const RootCounts read = countedBy(ext4, tracking, filesystem);
  CHECK(walked.tracked.size() >= tracking.tracked_inodes.size());
  CAPTURE(request.path);
  checkSame(walked, read);
  return walked;
}

void plantTenThousand(const std::string& path) {
  for (unsigned d = 0; d < 100; ++d) {
    std::vector<TreeEntry> files;
    for (unsigned f = 0; f < 100; ++f) {
      files.push_back(makeFile("f" + std::to_string(f)));
    }
    plant(path, {makeDir("d" + std::to_string(d), std::move(files))});
  }
}

}  // namespace hardlink
