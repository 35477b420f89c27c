#pragma once

/// Internal to image/: opens the two forms of an image, a directory and a tar, and reads documents
/// and layers of both.

#include <memory>
#include <string>

#include "base/error.h"
#include "base/os/fd.h"
#include "image/files.h"
#include "image/tar/byte_stream.h"

namespace hardlink {

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
