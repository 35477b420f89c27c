#pragma once

/// The entries of layers, for a simulated extraction (commands/preflight): image/ reads them from
/// an image, census/ from a layer on disk. Plain values; strings are bytes as in the archive or on
/// disk.

#include <cstdint>
#include <functional>
#include <string>

namespace hardlink {

/// The type of a name in a layer's tree. Only regular files are hard-linked into the next layer.
enum class NameKind : std::uint8_t { directory, regular, symlink, other };

/// One entry of a layer's tar.
struct LayerEntry {
  enum class Kind : std::uint8_t {
    directory,
    regular,
    symlink,
    other,  ///< a device or a FIFO
    hard_link,
    comment,  ///< a pax global header, which has a path but makes no file
    unknown,  ///< of a type that Docker does not unpack
  };

  Kind kind = Kind::regular;
  std::string path;    ///< as in the archive, not cleaned
  std::string target;  ///< of a symlink or a hard link
  /// Bytes of a regular file. Docker writes its holes too, so they count.
  std::uint64_t size = 0;
};

/// Called with each entry of a layer, in order. Returning false ends the calls.
using EntryVisitor = std::function<bool(const LayerEntry&)>;

/// One name of a layer on disk.
struct LayerName {
  NameKind kind = NameKind::regular;
  std::string path;    ///< below the layer's tree
  std::string target;  ///< of a symlink
  std::uint64_t inode = 0;
  std::uint64_t links = 0;  ///< of a regular file: n(i)
};

using NameVisitor = std::function<void(const LayerName&)>;

}  // namespace hardlink
