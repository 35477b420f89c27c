#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/layer_entry.h"

namespace hardlink {

/// The files of an image, by their names in it, wherever they are: in a directory, in a tar, or in
/// a compressed tar. Not thread-safe.
class ImageFiles {
 public:
  virtual ~ImageFiles() = default;

  [[nodiscard]] virtual bool has(const std::string& name) const = 0;
  /// The whole of a document. Fails if there is no such file, or if it is too long for one.
  [[nodiscard]] virtual Result<std::string> readDocument(const std::string& name) = 0;
  /// What the image has, and what unpacking it would make: files with their sizes, links and
  /// directories. Fails where that cannot be read.
  [[nodiscard]] virtual Result<std::vector<LayerEntry>> files() const = 0;
  /// Says which layers will be read: those in a compressed tar are all read in one pass.
  [[nodiscard]] virtual Result<void> prepareLayers(const std::vector<std::string>& names) = 0;
  /// Passes the entries of a layer, itself a tar of whatever compression, to `visit`: what is in
  /// its files is not looked at. The layer must have been prepared.
  [[nodiscard]] virtual Result<void> readLayer(const std::string& name,
                                               const EntryVisitor& visit) = 0;
};

/// Opens `path`, a directory or a tar, plain or compressed. A tar is read through once, by its
/// headers only if it is plain. Fails where it is neither, or damaged.
[[nodiscard]] Result<std::unique_ptr<ImageFiles>> openImageFiles(const std::string& path);

}  // namespace hardlink
