#pragma once

#include <vector>

namespace hardlink {

/// The numbers of this process's open descriptors. civetweb keeps its sockets to itself, so they
/// are looked for here. Another thread may open or close some meanwhile.
[[nodiscard]] std::vector<int> openDescriptors();

}  // namespace hardlink
