#pragma once

#include <memory>

#include "base/error.h"
#include "image/files.h"
#include "image/tar/byte_stream.h"

namespace hardlink {

/// Internal to image/: the files in the tar `file`. Of a plain tar it is remembered where each
/// file begins, and they are read in place. A compressed one can only be read from its start: the
/// documents in it are kept, and the entries of all layers that are asked for come from one more
/// pass.
[[nodiscard]] Result<std::unique_ptr<ImageFiles>> openImageTar(FileRange file);

}  // namespace hardlink
