#pragma once

/// What Docker's own files say of the layers in an overlay directory. Reads, never writes; needs no
/// running Docker. The files are those of moby 1.10 to 23.0, described in docs/design.md.

#include <cstdint>
#include <string>
#include <vector>

#include "model/image_store.h"

namespace hardlink {

/// When the files of a DockerFingerprint were last changed.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t changed_seconds = 0;
  std::int64_t changed_nanoseconds = 0;
  int error = 0;  ///< errno if stat failed; then the rest is 0

  bool operator==(const FileStamp&) const = default;
};

/// Changes when layers, images, their names or containers come or go; not when a container starts
/// or stops.
using DockerFingerprint = std::vector<FileStamp>;

/// The fingerprint of Docker's files on `overlay_directory`: a few stats. Any thread.
[[nodiscard]] DockerFingerprint dockerFingerprint(const std::string& overlay_directory);

/// The images and containers on the layers in `overlay_directory` (DATA_ROOT/overlay, or
/// DATA_ROOT/UID.GID/overlay with remapped users), from DATA_ROOT's other directories. Never fails:
/// `problems` lists what is missing, half-written or corrupt, and the rest is used. Without a
/// DATA_ROOT/image/overlay the result is not `known`, and that is no problem.
///
/// A layer whose directory is not known is called by its chain id (`sha256:…`), which is no name of
/// a layer in a census. So an image keeps all its layers, and its top layer stays the last.
///
/// Reads some small files per layer, image and container. If Docker changes them meanwhile, reads
/// them again, a few times at most. Any thread.
[[nodiscard]] ImageStore readDockerMetadata(const std::string& overlay_directory);

}  // namespace hardlink
