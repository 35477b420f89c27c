#pragma once

/// The types of filesystems by the magic number that statfs(2) gives. A pure table; any thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace hardlink {

/// The one magic number of ext2, ext3 and ext4, whose drivers have different limits.
inline constexpr std::string_view kSomeExt = "ext2/ext3/ext4";

/// The type with the magic number `magic` as /proc/self/mountinfo would name it; of types that
/// share a number and their limits the commonest, kSomeExt for those of ext, and the number itself
/// where it is not in the table.
[[nodiscard]] std::string typeOfMagic(std::int64_t magic);

}  // namespace hardlink
