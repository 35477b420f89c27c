#pragma once

/// The queries of URLs.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hardlink {

/// What GET /api/v1/explain is asked about: a layer or an inode of a root.
struct Explained {
  std::string root;
  std::string layer;  ///< empty where an inode is asked about
  std::optional<std::uint64_t> inode;

  bool operator==(const Explained&) const = default;
};

/// Of a query as sent, without its question mark: `root=NAME&layer=NAME` or `root=NAME&inode=N`, in
/// any order, `%NN` and `+` decoded. The error says what was expected.
[[nodiscard]] Result<Explained> parseExplained(std::string_view query);

}  // namespace hardlink
