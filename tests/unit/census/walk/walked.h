#pragma once

/// Counting with the walk engine, as if on an ext4 with a limit of 65,000 links. All of it makes
/// assertions.

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "census/count/engine.h"
#include "support/temp_tree.h"

namespace hardlink {

/// The FilesystemInfo of an ext4.
[[nodiscard]] FilesystemInfo ext4Info();

/// A request for all of `path`, which is `farm`.
[[nodiscard]] CensusRequest walkRequest(const std::string& path, Farm farm = {});

[[nodiscard]] RootCounts walked(const CensusRequest& request);
[[nodiscard]] RootCounts walkedUnderLimit(const CensusRequest& request,
                                          std::optional<std::uint64_t> limit);

/// Stops a census when it has counted some names.
class StopAfter {
 public:
  /// `progress` is that of the census, and must outlive this.
  StopAfter(const CensusProgress& progress, std::uint64_t names);

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::jthread stopper_;
};

/// A directory `top` with `width` directories in each of `width` directories, and names of two
/// inodes in each.
[[nodiscard]] TreeEntry nestedDirectories(unsigned width);

/// Two Docker layers that share an inode with three names in each, a layer being made, and a
/// container.
void plantDocker(const TempDir& dir);

}  // namespace hardlink
