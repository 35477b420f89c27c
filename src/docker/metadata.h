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
  int error = 0;  ///< errno of a file that cannot be looked at; then the rest is 0

  bool operator==(const FileStamp&) const = default;
};

/// Changes when layers, images, their names or containers come or go. What happens inside a single
/// file of the database, or a container's starting and stopping, does not show in it.
using DockerFingerprint = std::vector<FileStamp>;

/// The fingerprint of what Docker knows of `overlay_directory`: a handful of stats. Any thread.
[[nodiscard]] DockerFingerprint dockerFingerprint(const std::string& overlay_directory);

/// The images and containers on the layers in `overlay_directory` (DATA_ROOT/overlay, or
/// DATA_ROOT/UID.GID/overlay with remapped users), from DATA_ROOT's other directories. Never fails:
/// what is missing, half-written or corrupt is said in `problems` and the rest is used. Without a
/// DATA_ROOT/image/overlay this is no storage of Docker's: unknown, and no problem.
///
/// A layer whose directory cannot be told goes by its chain id (`sha256:…`), which no layer of a
/// census is called; an image thus keeps all its layers, and its top layer stays the last.
///
/// Reads some small files per layer, image and container, at once: does not keep up with a Docker
/// that changes them meanwhile for ever, but reads again a few times. Any thread.
[[nodiscard]] ImageStore readDockerMetadata(const std::string& overlay_directory);

}  // namespace hardlink
