#pragma once

/// The two forms of an image, a directory and a tar: opens them, and reads documents and layers.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/os/fd.h"
#include "image/tar/byte_stream.h"
#include "model/layer_entry.h"

namespace hardlink {

/// The path that means standard input. If that is a pipe, all of it is first copied into a file
/// without a name in $TMPDIR, by default /var/tmp: a manifest may come after the layers it names.
inline constexpr std::string_view kStandardInput = "-";

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

/// Opens `path`, a directory or a tar, plain or compressed; or kStandardInput, a tar. Reads a tar
/// once: only the headers if it is plain. Fails if `path` is neither, or damaged.
[[nodiscard]] Result<std::unique_ptr<ImageFiles>> openImageFiles(const std::string& path);

/// The files below the open directory `directory`. Symlinks are followed if they stay below it.
[[nodiscard]] std::unique_ptr<ImageFiles> openImageDirectory(Fd directory);

/// The files in the tar `file`. In a plain tar, files are read at their offsets. A compressed tar
/// can only be read from its start, so its documents are kept in memory, and prepareLayers() reads
/// the entries of all layers in a second pass.
[[nodiscard]] Result<std::unique_ptr<ImageFiles>> openImageTar(FileRange file);

/// Reads `range`, the document `name`.
[[nodiscard]] Result<std::string> readWholeDocument(FileRange range, const std::string& name);

/// Calls `visit` for each entry of the layer `name` until it returns false.
[[nodiscard]] Result<void> readLayerTar(std::unique_ptr<ByteStream> bytes, const std::string& name,
                                        const EntryVisitor& visit);

/// The error for a document that is too long.
[[nodiscard]] Error tooLong(const std::string& name);

}  // namespace hardlink
