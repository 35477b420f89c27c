#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/layer_entry.h"

namespace hardlink {

/// The files of an image in a directory, a tar, or a compressed tar, by their paths in it. Not
/// thread-safe.
class ImageFiles {
 public:
  virtual ~ImageFiles() = default;

  [[nodiscard]] virtual bool has(const std::string& name) const = 0;
  /// The text of a document. Fails if the file is missing, or too long for a document.
  [[nodiscard]] virtual Result<std::string> readDocument(const std::string& name) = 0;
  /// All entries of the image, which are what unpacking it makes: files with their sizes, links and
  /// directories. Fails if they cannot be read.
  [[nodiscard]] virtual Result<std::vector<LayerEntry>> files() const = 0;
  /// Prepares layers for readLayer(). In a compressed tar all are read in one pass.
  [[nodiscard]] virtual Result<void> prepareLayers(const std::vector<std::string>& names) = 0;
  /// Calls `visit` for each entry of a layer until it returns false. A layer is a tar with any
  /// compression. The content of its files is not read. The layer must have been prepared.
  [[nodiscard]] virtual Result<void> readLayer(const std::string& name,
                                               const EntryVisitor& visit) = 0;
};

/// Opens `path`, a directory or a tar, plain or compressed. Reads a tar once: only the headers if
/// it is plain. Fails if `path` is neither, or damaged.
[[nodiscard]] Result<std::unique_ptr<ImageFiles>> openImageFiles(const std::string& path);

}  // namespace hardlink
