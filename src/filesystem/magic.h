#pragma once

/// The types of filesystems by the magic number of statfs(2). A pure table; any thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace hardlink {

/// The type for the magic number that ext2, ext3 and ext4 share. Their drivers have different
/// limits.
inline constexpr std::string_view kSomeExt = "ext2/ext3/ext4";

/// The name in /proc/self/mountinfo of the type with the magic number `magic`. If several types
/// share the number and the limits, the most common one; kSomeExt for ext2, ext3 and ext4. The
/// number itself, as text, if the table does not have it.
[[nodiscard]] std::string typeOfMagic(std::int64_t magic);

}  // namespace hardlink
