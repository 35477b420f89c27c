#pragma once

/// Names that are hashes. Many stores name their files so.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "farms/evidence/directory.h"

namespace hardlink {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";

/// Whether `text` has `length` characters, all from `alphabet`.
[[nodiscard]] bool isHash(std::string_view text, std::size_t length,
                          std::string_view alphabet = kHexDigits);

/// The directories in `relative` that are called `00` to `ff`, as paths below `directory`. Stores
/// split their files by the first byte of a hash. Most of the directories may be empty.
[[nodiscard]] std::vector<std::string> shards(const Directory& directory,
                                              const std::string& relative);

/// Whether a name in one of the shards of `relative` begins with exactly `digits` hexadecimal
/// digits.
[[nodiscard]] bool hasHashedNames(const Directory& directory, const std::string& relative,
                                  std::size_t digits);

}  // namespace hardlink
