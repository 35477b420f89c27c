#pragma once

/// The censuses of one root: what its filesystem is and what is counted there. The front door of
/// census/; it picks the engine.

#include <chrono>
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

  /// Counts `request.path`. Fails where CensusEngine::count() does, where the filesystem cannot be
  /// told, on a network filesystem unless those are allowed, and where configured globs for layers
  /// match no directory. Which farm the root is gets recognised first, whatever `request.farm`
  /// says. Where reading the metadata fails, the root is walked. Blocks for as long as the census
  /// takes. Layers of Docker's are looked up in its own files afterwards; what is wrong with those
  /// is in Census::images and fails nothing. After a census that was stopped they are not.
  [[nodiscard]] Result<Census> take(const CensusRequest& request, CensusProgress& progress,
                                    const std::stop_token& stop);

  /// Link counts since the last census, by its engine: every inode's from ext4's inode tables, or
  /// those of `hot_inodes` by their paths. Fails where neither can be read.
  [[nodiscard]] Result<LinksNow> rereadLinks(const CensusRequest& request,
                                             const std::vector<HotInode>& hot_inodes,
                                             const std::stop_token& stop) const;

 private:
  /// take() without the images.
  [[nodiscard]] Result<Census> recogniseAndCount(const CensusRequest& wanted,
                                                 CensusProgress& progress,
                                                 const std::stop_token& stop);
  /// Counts what `request.farm` says, by the engine that suits the root.
  [[nodiscard]] Result<Census> count(const CensusRequest& request, const FilesystemInfo& filesystem,
                                     CensusProgress& progress, const std::stop_token& stop);
  /// Makes sure that ext4_ is open on `filesystem`; the reason why not otherwise.
  [[nodiscard]] std::optional<std::string> openExt4(const FilesystemInfo& filesystem);
  /// Lets the device go, until it is opened again.
  void closeExt4();
  [[nodiscard]] Result<Census> walk(const CensusRequest& request, const FilesystemInfo& filesystem,
                                    CensusProgress& progress, const std::stop_token& stop,
                                    std::string reason);
  [[nodiscard]] Result<Census> readMetadata(const CensusRequest& request,
                                            const FilesystemInfo& filesystem,
                                            CensusProgress& progress, const std::stop_token& stop,
                                            const std::string& reason);
  /// A walk that is given up at the end of `budget`; then nothing.
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

/// Reads Docker's files again if they have changed since `census.images` was read, and nothing but
/// them; whether they had. The counts stay those of the census. Costs a handful of stats where
/// nothing has changed, and what readDockerMetadata() does where it has; blocks on a filesystem
/// that hangs.
[[nodiscard]] bool rereadImages(const std::string& root, Census& census);

/// Reads what the filesystem has left into `census.filesystem`; whether it was another. Of the
/// directories in which the next layers appear each can have an owner and a quota of its own: the
/// least of all is taken. Costs some microseconds for each; blocks on a filesystem that hangs.
[[nodiscard]] bool rereadRoom(const std::string& root, Census& census);

/// The directory in which the layers of `root` appear and vanish, if `globs` name them.
[[nodiscard]] std::string layersDirectory(const std::string& root,
                                          const std::vector<std::string>& globs);

}  // namespace hardlink
