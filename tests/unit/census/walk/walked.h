#pragma once

/// Counting with the walk engine, as if on an ext4 with a limit of 65,000 links. All of it makes
/// assertions.

#include <cstdint>
#include <optional>
#include <string>

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

/// Two Docker layers that share an inode with three names in each, a layer being made, and a
/// container.
void plantDocker(const TempDir& dir);

}  // namespace hardlink
