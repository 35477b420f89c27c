#pragma once

#include <optional>
#include <vector>

#include "commands/preflight/extraction.h"

namespace hardlink {

/// Makes one more layer of `extraction`, whose tar has these entries; why it cannot be made.
inline std::optional<ExtractionFailure> extract(Extraction& extraction,
                                                const std::vector<LayerEntry>& layer) {
  if (auto failure = extraction.beginLayer()) {
    return failure;
  }
  for (const LayerEntry& entry : layer) {
    if (auto failure = extraction.apply(entry)) {
      return failure;
    }
  }
  return extraction.endLayer();
}

}  // namespace hardlink
