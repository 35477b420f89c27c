#pragma once

/// The age of a snapshot by the name of its directory. Pure functions; any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace hardlink {

enum class NameScheme : std::uint8_t {
  none,
  date,     ///< a date, perhaps with a time of day, anywhere in the name
  counted,  ///< NAME.N
  number,   ///< one number elsewhere
};

/// A name, split into the part that differs between snapshots of one series and the part that they
/// share.
struct SnapshotName {
  NameScheme scheme = NameScheme::none;
  /// The rest of the name, such as `daily.` of `daily.3`. Names with the same scheme and frame
  /// belong to one series. Separate digits after a date (`-123`) are not part of the frame.
  std::string frame;
  std::chrono::system_clock::time_point date;  ///< UTC is assumed if the name has no offset
  /// The count of digits and the digits, without leading zeros. The pair compares like the number,
  /// whatever its size. Zero has no digits.
  std::pair<std::size_t, std::string> number;

  bool operator==(const SnapshotName&) const = default;
};

/// Parses a name. It accepts these dates: 2024-01-15 (also with `_`, `.` or a space), 20240115,
/// 2024-01, 2024-W03, 2024-Jan-15, 15-Jan-2024, 15.01.2024; and after a date the times T03:00:00,
/// -0300, _03-00, 030000 and the like, perhaps with an offset (Z, +01:00). It does not accept
/// 01-15-2024, since such a date may be in American or European order.
[[nodiscard]] SnapshotName parseSnapshotName(std::string_view name);

/// Whether the name is typical of snapshots and rare elsewhere: a date, NAME.N, a number alone or
/// after a word like `snap` or `backup`. `web1` and `env2` are not.
[[nodiscard]] bool followsScheme(const SnapshotName& name);

/// Whether `name` equals `form`, where a `#` in `form` stands for any digit.
[[nodiscard]] bool hasForm(std::string_view name, std::string_view form);

/// Whether no finished snapshot has this name. It may be a backup in the making or left over by a
/// failure (rsnapshot's `.sync` and `_delete.123`, Back In Time's `new_snapshot`, `*.inprogress`,
/// `*.partial`, …), another hidden directory, or the filesystem's `lost+found`.
[[nodiscard]] bool isNoSnapshotName(std::string_view name);

}  // namespace hardlink
