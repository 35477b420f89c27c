#pragma once

/// The currency of a simulated extraction: what image/ reads from an image's layers and census/
/// from a layer on disk, and what report/ makes of both. Plain values; strings are bytes as in the
/// archive or on disk.

#include <cstdint>
#include <functional>
#include <string>

namespace hardlink {

/// What a name in a layer's tree is. Only regular files are hard-linked into the next layer.
enum class NameKind : std::uint8_t { directory, regular, symlink, other };

/// One entry of a layer's tar.
struct LayerEntry {
  enum class Kind : std::uint8_t {
    directory,
    regular,
    symlink,
    other,  ///< a device or a FIFO
    hard_link,
    comment,  ///< a pax global header, which has a path but makes nothing
    unknown,  ///< of a type that Docker does not unpack
  };

  Kind kind = Kind::regular;
  std::string path;    ///< as in the archive, not cleaned
  std::string target;  ///< of a symlink or a hard link
  /// Bytes of a regular file as it is written: holes are, too.
  std::uint64_t size = 0;
};

/// Takes a layer's entries in order; returns false to be given no more.
using EntryVisitor = std::function<bool(const LayerEntry&)>;

/// One name of a layer that exists.
struct LayerName {
  NameKind kind = NameKind::regular;
  std::string path;    ///< below the layer's tree
  std::string target;  ///< of a symlink
  std::uint64_t inode = 0;
  std::uint64_t links = 0;  ///< of a regular file: n(i)
};

using NameVisitor = std::function<void(const LayerName&)>;

}  // namespace hardlink
