#include "ext4_image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>

#include "census/count/hot_names.h"
#include "census/count/shared_reading.h"
#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_reader.h"
#include "census/ext4/ext4_volume.h"
#include "support/loop_mount.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

constexpr std::uint32_t kRootInode = 2;
const std::vector<std::uint64_t> buckets = {1, 2, 10, 100, 65000};

std::vector<std::byte> makeImage(const std::string& directory,
                                 const std::vector<std::string>& options, std::uint64_t size) {
  const TempDir scratch;
  const std::string image = scratch / "image";
  // An absolute path, because /sbin is not in the PATH of other users than root.
  std::vector<std::string> mkfs = {"/sbin/mkfs.ext4", "-q", "-F", "-d", directory};
  mkfs.insert(mkfs.end(), options.begin(), options.end());
  mkfs.push_back(image);
  mkfs.push_back(std::to_string(size / 1024) + "k");
  runProgram(mkfs);
  std::vector<std::byte> bytes(size);
  std::ifstream file(image, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  throwErrnoUnless(file.gcount() == static_cast<std::streamsize>(size), "read " + image);
  return bytes;
}

void write(int memory, std::uint64_t offset, std::span<const std::byte> bytes) {
  const ssize_t written = pwrite(memory, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  throwErrnoUnless(written == static_cast<ssize_t>(bytes.size()), "write to memory");
}

}  // namespace

Ext4Image::Ext4Image(const std::string& directory, const std::vector<std::string>& options,
                     std::uint64_t size_bytes)
    : bytes_(makeImage(directory, options, size_bytes)),
      memory_(memfd_create("ext4-image", MFD_CLOEXEC)) {
  throwErrnoUnless(memory_.valid(), "memfd_create");
  write(memory_.get(), 0, bytes_);
}

void Ext4Image::overwrite(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (offset >= size()) {
    return;
  }
  const std::size_t length = std::min<std::uint64_t>(bytes.size(), size() - offset);
  write(memory_.get(), offset, bytes.first(length));
  changes_.push_back({offset, length});
}

void Ext4Image::restore() {
  for (const Change& change : changes_) {
    write(memory_.get(), change.offset, bytes().subspan(change.offset, change.length));
  }
  changes_.clear();
}

std::optional<ImageCounts> Ext4Image::count() const {
  const auto volume = Ext4Volume::open(memory_.get());
  if (!volume) {
    return std::nullopt;
  }
  const auto map = Ext4InodeMap::read(*volume, 1, {});
  if (!map) {
    return std::nullopt;
  }
  CensusRequest request;
  request.buckets = buckets;
  const FilesystemInfo filesystem;
  const Exclusions exclusions({});
  InodeTable inodes;
  InodeTracker tracker(request, std::nullopt);
  LayerSets layer_sets(request);
  HotNames hot_names(request.hot_inodes);
  PartPool parts;
  CensusProgress progress;
  const CensusContext context{request, filesystem, exclusions, -1,    inodes,
                              tracker, layer_sets, hot_names,  parts, progress};
  const HiddenDirectories hidden;
  Ext4Reader reader(context, *volume, *map, hidden, nullptr);
  const Unit all{.path = "", .is_layer = true, .layer_name = "all"};
  ImageCounts counts;
  counts.layer = reader.countFrom(kRootInode, all, 1, {});
  counts.totals = reader.totals();
  std::vector<std::uint64_t> wanted;
  for (InodeTable::Index i = 0; i < std::min<InodeTable::Index>(inodes.size(), 8); ++i) {
    wanted.push_back(inodes.record(i).inode);
  }
  counts.names = reader.collectFrom(kRootInode, all, wanted, {});
  return counts;
}

}  // namespace hardlink
