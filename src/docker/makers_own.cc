#include "docker/makers_own.h"

#include <algorithm>
#include <filesystem>

#include "docker/chains.h"

namespace hardlink {
namespace {

/// overlay/ID, which holds root/.
constexpr std::uint64_t kLayerDirectory = 1;
/// The directory in layerdb/sha256/ with diff, size, cache-id, parent and tar-split.json.gz.
constexpr std::uint64_t kDatabaseEntry = 6;
/// A pull writes two notes for each layer, one by its digest and one by its id.
constexpr std::uint64_t kNotesOfPull = 2;
/// The smallest tar of GNU tar and of Python: all are padded to this.
constexpr std::uint64_t kSmallestTar = 10240;

/// What a pull makes is there once one has been made; a load makes none of it.
bool hasPulled(const std::string& overlay) {
  const std::filesystem::path notes =
      std::filesystem::path(dockerImageDirectory(overlay)) / "distribution";
  std::error_code ignored;
  return std::filesystem::is_directory(notes / "diffid-by-digest", ignored) ||
         std::filesystem::is_directory(notes / "v2metadata-by-diffid", ignored);
}

}  // namespace

MakersOwn makersOwnAt(const std::string& overlay, std::size_t deepest) {
  const std::uint64_t notes = hasPulled(overlay) ? kNotesOfPull : 0;
  // `docker rmi` removes these, and the notes stay.
  constexpr std::uint64_t kOfLayer = kLayerDirectory + kDatabaseEntry;
  // The image's configuration, if it is an image of one new layer.
  const std::uint64_t kept = kOfLayer + 1 + notes;
  // Names in overlay/ and layerdb/sha256/, in blocks that may be half full: 254 to 288 bytes
  // measured. And lines in the configuration, and in repositories.json.
  constexpr std::uint64_t kGrowth = 320 + 400;
  // `docker load` unpacks the archive first, layers that are there already too. `docker save` makes
  // a directory of each layer, with VERSION, json and layer.tar. A pull has one file of each.
  const MakersOwn::Objects unpacked = {.inodes = 4 - notes, .blocks = 3, .bytes = kSmallestTar};
  const std::uint64_t below = std::min<std::uint64_t>(deepest, kMostLayersOfAnImage);
  // The directory that it is unpacked into, its three documents, and one more of a document that is
  // replaced.
  constexpr std::uint64_t kDocuments = 5;
  return {.kept = {.inodes = kept, .blocks = kept, .bytes = kGrowth},
          .returned = {.inodes = kOfLayer, .blocks = kOfLayer, .bytes = 0},
          .temporary = unpacked,
          .at_once = kMostLayersOfAnImage,
          .once = {.inodes = kDocuments + below * unpacked.inodes,
                   .blocks = kDocuments + below * unpacked.blocks,
                   .bytes = (below + 1) * unpacked.bytes},
          .once_bytes_per_name = 512};  // the header of a name in a tar
}

LayerFiles layerFiles(bool has_database, bool pulled) {
  // A new name has 64 bytes, and its directory has blocks that are half full.
  const auto objects = [](std::uint64_t count, std::uint64_t new_names) {
    return MakersOwn::Objects{count, count, 2 * new_names * entryBytes(64)};
  };
  constexpr std::uint64_t kWhileMaking = 3;          // upper, work and lower-id
  constexpr std::uint64_t kDatabaseWhileMaking = 2;  // in layerdb/tmp, with tar-split.json.gz
  const std::uint64_t notes = pulled ? kNotesOfPull : 0;
  LayerFiles files;
  files.making =
      objects(kLayerDirectory + kWhileMaking + (has_database ? kDatabaseWhileMaking : 0), 1);
  files.unpacking = objects(1, 0);  // a directory for temporary files
  files.made = has_database ? objects(kLayerDirectory + kDatabaseEntry + notes, 1 + 1 + notes)
                            : objects(kLayerDirectory, 1);
  return files;
}

}  // namespace hardlink
