#pragma once

/// The kinds of stores. Each is in the file of its name.

#include <cstdint>
#include <optional>
#include <string>

#include "farms/evidence/directory.h"
#include "farms/evidence/kind.h"

namespace hardlink {

extern const Kind kBackupPc;
extern const Kind kOstree;
extern const Kind kFlatpak;
extern const Kind kNix;
extern const Kind kPnpm;
extern const Kind kContainersStorage;
extern const Kind kGlusterfs;
extern const Kind kGit;

/// How many links a file on a brick of GlusterFS can have: storage.max-hardlinks of its volume, and
/// one for the name in .glusterfs. The default is taken if no volume in `glusterd_volumes` has the
/// brick. Unset if the volume has no limit.
[[nodiscard]] std::optional<std::uint64_t> glusterLinkLimit(const Directory& brick,
                                                            const std::string& glusterd_volumes);

/// flatpak has a repository of ostree too. The mode of the ostree repository at `relative` in
/// `directory`, if its checkouts are hard links. Unset if there is no repository, or if it is empty
/// or has compressed objects.
[[nodiscard]] std::optional<std::string> linkedRepositoryMode(const Directory& directory,
                                                              const std::string& relative);

}  // namespace hardlink
