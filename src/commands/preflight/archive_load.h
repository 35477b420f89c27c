#pragma once

/// `docker load` (or a pull) of a whole archive on paper: which layers of its images are made, in
/// which order, and whether each fits.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "commands/preflight/extraction.h"
#include "commands/preflight/preflight_report.h"
#include "image/archive.h"

namespace hardlink {

struct FilesystemInfo;

/// What the filesystem of an overlay directory has left, and what else Docker makes on it.
struct DockerRoom {
  ExtractionRoom extraction;
  bool unpacks = false;    ///< the archive is unpacked there
  bool registers = false;  ///< images are registered there
};

[[nodiscard]] DockerRoom roomFor(const std::string& overlay, const FilesystemInfo& filesystem,
                                 const ImageArchive& archive);

/// Loading one image. Its layers are, base first: those on disk, those that an earlier image of
/// the archive has made, and those that are made now.
struct LoadStep {
  const ArchivedImage* image = nullptr;
  std::size_t present = 0;      ///< layers on disk
  std::size_t shared = 0;       ///< layers made for an earlier image
  std::string present_layer{};  ///< directory of the topmost layer on disk
  bool is_last_on_base = true;  ///< no later image begins on the same shared layer

  [[nodiscard]] std::size_t firstNew() const { return present + shared; }
  /// Chain id of the shared layer that the new ones begin on; only where `shared` is not 0.
  [[nodiscard]] const std::string& base() const { return image->layers[firstNew() - 1].chain_id; }
};

struct LoadPlan {
  std::vector<LoadStep> steps;  ///< one for each image, in order
  std::set<std::string> bases;  ///< chain ids of the layers whose trees a later step begins on
};

[[nodiscard]] LoadPlan planLoad(const std::vector<ArchivedImage>& images,
                                const std::string& overlay);

/// Loads all images of an archive into one overlay directory, on paper.
class ArchiveLoad {
 public:
  /// `archive` must outlive the object. `limit`: links an inode can have.
  ArchiveLoad(ImageArchive& archive, std::string overlay, std::uint64_t limit,
              const DockerRoom& room);

  /// One entry per image up to the first that fails. An Error if the archive or the layers on disk
  /// cannot be read. To be called once.
  [[nodiscard]] Result<std::vector<ImagePreflight>> run();
  [[nodiscard]] const Extraction& extraction() const { return extraction_; }

 private:
  /// The files of all layers that are made.
  [[nodiscard]] std::set<std::string> newLayerFiles() const;
  [[nodiscard]] Result<Objects> unpackedSize() const;
  [[nodiscard]] std::optional<ExtractionFailure> registerImage(const ArchivedImage& image);
  [[nodiscard]] Result<void> startFrom(const LoadStep& step);
  [[nodiscard]] Result<ImagePreflight> load(const LoadStep& step);
  [[nodiscard]] Result<void> makeLayers(const LoadStep& step, ImagePreflight& preflight);
  [[nodiscard]] Result<std::optional<ExtractionFailure>> extract(const ArchivedImage& image,
                                                                 std::size_t index);

  ImageArchive& archive_;
  std::string overlay_;
  DockerRoom room_;
  Extraction extraction_;
  LoadPlan plan_;
  Objects unpacked_;  // what the archive takes until everything is loaded
  /// The trees of plan_.bases, by chain id, each from when it is made to the last step on it.
  std::map<std::string, CountedTree> base_trees_;
};

}  // namespace hardlink
