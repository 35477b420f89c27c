#pragma once

/// The censuses of one root: what its filesystem is and what is counted there. The front door of
/// census/; it picks the engine.

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "census/count/engine.h"
#include "census/count/hot_inodes.h"
#include "docker/metadata.h"
#include "filesystem/filesystem.h"
#include "model/counts.h"
#include "model/farm.h"
#include "model/image_store.h"
#include "model/layer_entry.h"

namespace hardlink {

class Ext4Engine;

struct Census {
  RootCounts counts;
  FilesystemInfo filesystem;
  std::string engine_reason;  ///< why this engine, for people
  Farm farm{};                ///< what kind of tree it is, and which of its layers may go
  ImageStore images{};        ///< what Docker's files say of the layers, if they are Docker's
  DockerFingerprint images_fingerprint{};  ///< of those files, from just before they were read
};

/// Takes censuses of one root, one at a time, and remembers between them which engine serves it
/// best: the block device is opened once and stays open. Not thread-safe, save that `progress` may
/// be read by others.
///
/// With `EngineWish::automatic`, ext4's metadata is read where its device can be opened, unless
/// that is out of proportion to the root: the walk begins, and only if it has not finished in the
/// time that a pass over the inode tables alone would take, the metadata is read instead, then and
/// from then on. A small tree on a large filesystem is thus walked, and no choice costs more than
/// twice the better one.
class CensusTaker {
 public:
  CensusTaker();
  ~CensusTaker();
  CensusTaker(const CensusTaker&) = delete;
  CensusTaker& operator=(const CensusTaker&) = delete;

  /// Recognises the root's farm, whatever `request.farm` says, and counts. Fails like
  /// CensusEngine::count(), if the filesystem is not known, on a network filesystem that is not
  /// allowed, and if configured globs for layers match no directory. If reading the metadata fails,
  /// the root is walked. Blocks for as long as the census takes. Reads Docker's own files
  /// afterwards, unless the census was stopped; problems with those are in Census::images and fail
  /// nothing.
  [[nodiscard]] Result<Census> take(const CensusRequest& request, CensusProgress& progress,
                                    const std::stop_token& stop);

  /// Link counts since the last census, by its engine: from ext4's inode tables those of the
  /// hottest inodes, and of all where `max_duty` and a bound on bytes allow it
  /// (Ext4Watch::readLinks()); else those of `hot_inodes` by their paths. Fails if neither can be
  /// read.
  [[nodiscard]] Result<LinksNow> rereadLinks(const CensusRequest& request,
                                             const std::vector<HotInode>& hot_inodes,
                                             double max_duty, const std::stop_token& stop);

 private:
  /// take() without the images.
  [[nodiscard]] Result<Census> recogniseAndCount(const CensusRequest& wanted,
                                                 CensusProgress& progress,
                                                 const std::stop_token& stop);
  /// Counts what `request.farm` says, by the engine that suits the root.
  [[nodiscard]] Result<Census> count(const CensusRequest& request, const FilesystemInfo& filesystem,
                                     CensusProgress& progress, const std::stop_token& stop);
  /// Opens ext4_ on `filesystem`, unless it is open. Returns why it could not.
  [[nodiscard]] std::optional<std::string> openExt4(const FilesystemInfo& filesystem);
  /// Closes the device.
  void closeExt4();
  [[nodiscard]] Result<Census> walk(const CensusRequest& request, const FilesystemInfo& filesystem,
                                    CensusProgress& progress, const std::stop_token& stop,
                                    std::string reason);
  [[nodiscard]] Result<Census> readMetadata(const CensusRequest& request,
                                            const FilesystemInfo& filesystem,
                                            CensusProgress& progress, const std::stop_token& stop,
                                            const std::string& reason);
  /// A walk; nothing if it has not finished within `budget`.
  [[nodiscard]] std::optional<Result<Census>> tryWalk(const CensusRequest& request,
                                                      const FilesystemInfo& filesystem,
                                                      CensusProgress& progress,
                                                      const std::stop_token& stop,
                                                      std::chrono::nanoseconds budget);

  std::unique_ptr<CensusEngine> walk_;
  std::unique_ptr<Ext4Engine> ext4_;
  bool prefers_ext4_ = false;  // the walk has once been too slow
  bool last_was_ext4_ = false;
  std::string said_problem_;  // why the last census could not read the metadata, if it could not
};

/// Reads Docker's files again if they have changed since `census.images` was read; returns whether
/// they had. The counts stay those of the census. Costs a few stats if nothing has changed, else as
/// much as readDockerMetadata(); blocks on a filesystem that hangs.
[[nodiscard]] bool rereadImages(const std::string& root, Census& census);

/// Reads what the filesystem has left into `census.filesystem`; returns whether that has changed.
/// Each directory in which the next layers appear can have an owner and a quota of its own; the
/// least of all counts. Costs some microseconds for each; blocks on a filesystem that hangs.
[[nodiscard]] bool rereadRoom(const std::string& root, Census& census);

/// The directory in which the layers of `root` appear and vanish, if `globs` name them.
[[nodiscard]] std::string layersDirectory(const std::string& root,
                                          const std::vector<std::string>& globs);

/// A directory to search for the other names of a file.
struct FoundRoot {
  std::string path;
  Layout layout = Layout::none;  ///< what its children are, as far as they were looked at
};

/// The root that `file`, an absolute path without symlinks but perhaps the last component, belongs
/// to: the nearest directory above it that is the storage of Docker's overlay driver; else the
/// outermost one that has layers and where the file has the same path below another child (within
/// one snapshot, too, a file may have names that look alike); else the top of the mount that it is
/// on. Looks at the children of the directories above the file, and further only below those where
/// the file has such a name.
[[nodiscard]] Result<FoundRoot> findRoot(const std::string& file);

/// Passes every name below `directory` to `visit`, directories before what is in them. Does
/// not enter mounts. Leaves out a name that vanishes meanwhile; fails if anything else cannot be
/// read, since a tree with names missing would promise too much. May throw what `visit` throws.
[[nodiscard]] Result<void> listLayer(const std::string& directory, const NameVisitor& visit);

/// Whether a directory is the overlay driver's storage.
enum class StorageKind : std::uint8_t { empty, docker_overlay, other };

/// Looks at a sample of what is in `directory`, as a census with the layout `auto` does.
[[nodiscard]] Result<StorageKind> storageKindOf(const std::string& directory);

}  // namespace hardlink
