#pragma once

/// A tree on a mounted filesystem with everything that a census can meet, for tests that count it
/// in two ways. Throws std::runtime_error or std::system_error if a program or a system call fails.

#include <list>
#include <string>
#include <vector>

#include "base/os/fd.h"
#include "support/loop_mount.h"

namespace hardlink {

struct RichTreeOptions {
  /// Names in each of two directories that are filled alternately, which scatters the blocks of
  /// both over the disk.
  unsigned big_names = 21000;
  /// Whether those names are of 255 bytes, so that the directories need all the blocks they can.
  bool longest_names = false;
};

/// Below its base:
///
///     snapshots/   twenty copies with 4,000 names of one inode, symlinks, devices, sockets
///     docker/      two layers, one being made, a container with a mount on `merged`
///     big_a|b/     thousands of long names each
///     shapes/      directories that shrank, tiny ones, deep ones, names of any bytes
///     mounts/      names that tmpfs, a bound directory and a bound file cover
///
/// Also open files and an open directory that have lost their names.
class RichTree {
 public:
  explicit RichTree(const std::string& base, const RichTreeOptions& options = {});

  /// The root of a subtree that can be counted by itself.
  [[nodiscard]] std::string operator/(const std::string& below) const {
    return base_ + "/" + below;
  }

 private:
  void plantSnapshots();
  void plantDocker();
  void plantBig(const RichTreeOptions& options);
  void plantShapes();
  void plantNameless();
  void plantMounts();

  std::string base_;
  std::vector<Fd> nameless_;
  std::list<Mount> mounts_;
};

}  // namespace hardlink
