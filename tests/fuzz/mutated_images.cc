#include "mutated_images.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "support/temp_tree.h"

namespace hardlink {
namespace {

/// Directories of one block, of many blocks, of none (inline data), and nested ones: everything
/// that a mutation can make point elsewhere.
void plantTree(const TempDir& dir) {
  plant(dir.path(),
        {makeDir("a", {makeFile("f"), makeLinks("a-name-of-some-length-", 199, "a/f")}),
         makeDir("b", {makeLinks("l", 30, "a/f"), makeSymlink("slow", std::string(100, 's')),
                       makeFifo("p"), makeDir("empty")}),
         makeDeep("d", 8, {makeLinks("m", 30, "a/f")}),
         makeDir("tiny", {makeDir("t0", {makeFile("1")}), makeDir("t1", {makeFile("1")}),
                          makeDir("t2", {makeFile("a-name-for-the-second-part"), makeFile("2"),
                                         makeFile("another-name-for-the-second-part")}),
                          makeDir("t3", {makeFile("3"), makeDir("u"), makeFile("4")})}),
         makeFile("top")});
}

}  // namespace

MutableImage::MutableImage(Ext4Image image) : image_(std::move(image)) {
  const auto bytes = image_.bytes();
  // A superblock with a checksum is refused after any change. That is slow, because the engine
  // reads it again in case the kernel was writing it.
  constexpr std::size_t kSuperblock = 1024;
  constexpr std::size_t kFeaturesRoCompat = kSuperblock + 0x64;
  constexpr std::byte kMetadataChecksums{0x04};
  const bool checked = (bytes[kFeaturesRoCompat + 1] & kMetadataChecksums) != std::byte{0};
  for (std::size_t at = checked ? kSuperblock + 1024 : 0; at + kPieceBytes <= bytes.size();
       at += kPieceBytes) {
    const auto piece = bytes.subspan(at, kPieceBytes);
    const bool used = std::any_of(piece.begin(), piece.end(),
                                  [](std::byte byte) { return byte != std::byte{0}; });
    if (used) {
      pieces_.push_back(at);
    }
  }
}

std::optional<ImageCounts> MutableImage::countMutated(std::span<const std::uint8_t> mutations) {
  while (mutations.size() >= kMutationBytes) {
    mutate(mutations.first(kMutationBytes));
    mutations = mutations.subspan(kMutationBytes);
  }
  auto counts = image_.count();
  image_.restore();
  return counts;
}

void MutableImage::mutate(std::span<const std::uint8_t> mutation) {
  const std::size_t piece = (mutation[0] | std::size_t{mutation[1]} << 8U) % pieces_.size();
  const bool four = (mutation[2] & 0x80U) != 0;
  const std::size_t within = mutation[2] & (four ? 0x7CU : 0x7FU);
  image_.overwrite(pieces_[piece] + within, std::as_bytes(mutation.subspan(3, four ? 4 : 1)));
}

std::vector<MutableImage> makeMutableImages() {
  const TempDir dir;
  plantTree(dir);
  // Without checksums most mutations get past the superblock and the group descriptors.
  const std::array<std::string, 4> features = {
      "extent,^metadata_csum,^uninit_bg,^has_journal,^resize_inode",
      "extent,metadata_csum,64bit,^has_journal,^resize_inode",
      "inline_data,^metadata_csum,uninit_bg,^has_journal,^resize_inode",
      "^extent,^64bit,^metadata_csum,^uninit_bg,^has_journal,^resize_inode,^flex_bg"};
  std::vector<MutableImage> images;
  images.reserve(features.size());
  for (const std::string& wanted : features) {
    images.emplace_back(
        Ext4Image(dir.path(),
                  {"-b", "1024", "-N", std::to_string(kInodesInImages), "-g", "512", "-O", wanted},
                  std::uint64_t{1} << 20U));
  }
  return images;
}

}  // namespace hardlink
