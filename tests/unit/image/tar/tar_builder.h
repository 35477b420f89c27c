#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/layer_entry.h"

namespace hardlink {

/// The bytes of a tar with these entries in this order. `content` is that of each regular file.
struct TarEntry {
  LayerEntry entry;
  std::string content{};
};

enum class Compression { none, gzip, zstd, xz };

[[nodiscard]] std::string makeTar(const std::vector<TarEntry>& entries,
                                  Compression compression = Compression::none);

/// These bytes, compressed, without a tar around them.
[[nodiscard]] std::string compress(const std::string& bytes, Compression compression);

/// A tar of the files, given as name and content.
[[nodiscard]] std::string makeTarOf(const std::vector<std::pair<std::string, std::string>>& files,
                                    Compression compression = Compression::none);

}  // namespace hardlink
