#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/layer_entry.h"

namespace hardlink {

/// A tar of these entries in order, as bytes; `content` is of the regular files.
struct TarEntry {
  LayerEntry entry;
  std::string content{};
};

enum class Compression { none, gzip, zstd, xz };

[[nodiscard]] std::string makeTar(const std::vector<TarEntry>& entries,
                                  Compression compression = Compression::none);

/// These bytes alone, compressed.
[[nodiscard]] std::string compress(const std::string& bytes, Compression compression);

/// A tar of files, by name.
[[nodiscard]] std::string makeTarOf(const std::vector<std::pair<std::string, std::string>>& files,
                                    Compression compression = Compression::none);

}  // namespace hardlink
