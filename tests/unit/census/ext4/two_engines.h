#pragma once

/// Counting one tree with both engines. Everything here makes assertions.

#include <memory>
#include <string>

#include "census/count/engine.h"
#include "census/ext4/ext4_engine.h"

namespace hardlink {

/// A request for all of `path`, which is `farm`, with buckets like those of the default
/// configuration.
[[nodiscard]] CensusRequest requestFor(const std::string& path, Farm farm = {});

/// With the sizes of directories, and a limit of 64,998 subdirectories without an index.
[[nodiscard]] FilesystemInfo filesystemOf(const std::string& path);
/// The ext4 engine for the filesystem that holds `path`.
[[nodiscard]] std::unique_ptr<Ext4Engine> ext4EngineFor(const std::string& path);
[[nodiscard]] RootCounts countedBy(CensusEngine& engine, const CensusRequest& request);
[[nodiscard]] RootCounts countedBy(CensusEngine& engine, const CensusRequest& request,
                                   const FilesystemInfo& filesystem);

/// Checks field by field that both counts are equal. Only the engine's name, the further paths of a
/// hot inode and the example of an error may differ.
void checkSame(const RootCounts& walked, const RootCounts& read);

/// Counts with both engines, the hottest inodes layer by layer too, checks that they agree, and
/// returns what they found.
RootCounts checkBothAgree(CensusEngine& ext4, const CensusRequest& request);
RootCounts checkBothAgree(CensusEngine& ext4, const CensusRequest& request,
                          const FilesystemInfo& filesystem);

/// Makes 10,000 files in 100 directories, which the kernel spreads over the disk.
void plantTenThousand(const std::string& path);

}  // namespace hardlink
