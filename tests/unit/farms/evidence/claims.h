#pragma once

/// Helpers for tests of kinds: the claim of a kind, its layers, and the farm.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/os/os.h"
#include "farms/kinds.h"
#include "farms/recognise.h"
#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {

/// The claim of `kind` on the directory `path` below `top`.
inline std::optional<Claim> claimOf(const Kind& kind, const TempDir& top,
                                    const std::string& path = {}) {
  const auto root = os::openRoot(top.path());
  REQUIRE(root);
  return kind.claim(Directory(root->get(), path));
}

/// Layers of all series of a claim, complete or not, ascending; none if there is no claim.
inline std::vector<std::string> layersOf(const std::optional<Claim>& claim,
                                         bool unfinished = false) {
  std::vector<std::string> layers;
  for (const ClaimedSeries& series : claim ? claim->series : std::vector<ClaimedSeries>()) {
    for (const ClaimedLayer& layer : series.layers) {
      if (layer.unfinished == unfinished) {
        layers.push_back(layer.layer);
      }
    }
  }
  std::sort(layers.begin(), layers.end());
  return layers;
}

/// The farm that recognise() finds in `top`.
inline Farm farmOf(const TempDir& top, const FarmOptions& options = {}) {
  const auto root = os::openRoot(top.path());
  REQUIRE(root);
  return recognise(root->get(), top.path(), options, {});
}

}  // namespace hardlink
