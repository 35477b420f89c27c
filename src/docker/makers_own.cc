#include "docker/makers_own.h"

#include <filesystem>

#include "docker/chains.h"

namespace hardlink {

MakersOwn makersOwnAt(const std::string& overlay) {
  // Made by the first pull or push: from then on every pulled layer is noted in two files there,
  // by its digest and by its id.
  std::error_code ignored;
  const bool pulls = std::filesystem::is_directory(
      std::filesystem::path(dockerImageDirectory(overlay)) / "distribution", ignored);
  constexpr std::uint64_t kPullNotes = 2;
  // Of a layer: its directory in overlay/, which holds root/, and in layerdb/sha256/ a directory
  // with diff, size, cache-id, parent and tar-split.json.gz.
  constexpr std::uint64_t kObjects = 1 + 6;
  // Names in two directories that grow, in blocks that may be half full, and lines in the image's
  // configuration, which a load has twice.
  constexpr std::uint64_t kName = entryBytes(64);
  constexpr std::uint64_t kLines = 600;
  // A load unpacks the archive first: of `docker save`, a directory with VERSION, json and
  // layer.tar for each layer. The last has three blocks, the end of a tar being padded to 10 KiB.
  constexpr std::uint64_t kUnpacked = 4;
  constexpr std::uint64_t kUnpackedBlocks = 6;
  constexpr std::uint64_t kMostLayersOfAnImage = 125;
  const std::uint64_t notes = pulls ? kPullNotes : 0;
  return {.inodes = kObjects + notes,
          .blocks = kObjects + notes,
          .bytes = 2 * 2 * kName + kLines,
          .temporary_inodes = kUnpacked - notes,
          .temporary_blocks = kUnpackedBlocks - notes,
          .at_once = kMostLayersOfAnImage};
}

}  // namespace hardlink
