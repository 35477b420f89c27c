#pragma once

/// Internal to image/: what the ways of storing an image's files share.

#include <memory>
#include <string>

#include "base/error.h"
#include "image/files.h"
#include "image/tar/byte_stream.h"

namespace hardlink {

/// The whole of `range`, the document `name`.
[[nodiscard]] Result<std::string> readWholeDocument(FileRange range, const std::string& name);

/// Passes the entries of the layer `name` to `visit` until it has had enough.
[[nodiscard]] Result<void> readLayerTar(std::unique_ptr<ByteStream> bytes, const std::string& name,
                                        const EntryVisitor& visit);

/// What is said of a document too long to be one.
[[nodiscard]] Error tooLong(const std::string& name);

}  // namespace hardlink
