#pragma once

/// Internal to image/: the two ways of storing an image's files, and what they share.

#include <memory>
#include <string>

#include "base/error.h"
#include "base/os/fd.h"
#include "image/files.h"
#include "image/tar/byte_stream.h"

namespace hardlink {

/// The files below the open directory `directory`. Symlinks are followed as long as they stay below
/// it.
[[nodiscard]] std::unique_ptr<ImageFiles> openImageDirectory(Fd directory);

/// The files in the tar `file`. For a plain tar, the offset of each file is remembered, and files
/// are read in place. A compressed tar can only be read from its start: its documents are kept, and
/// the entries of all layers that are asked for come from one more pass.
[[nodiscard]] Result<std::unique_ptr<ImageFiles>> openImageTar(FileRange file);

/// The whole of `range`, the document `name`.
[[nodiscard]] Result<std::string> readWholeDocument(FileRange range, const std::string& name);

/// Passes the entries of the layer `name` to `visit` until it has had enough.
[[nodiscard]] Result<void> readLayerTar(std::unique_ptr<ByteStream> bytes, const std::string& name,
                                        const EntryVisitor& visit);

/// What is said of a document too long to be one.
[[nodiscard]] Error tooLong(const std::string& name);

}  // namespace hardlink
