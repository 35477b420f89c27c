#pragma once

/// What the name of a directory says about the age of the snapshot in it. Pure functions; any
/// thread.

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

/// A name, split into what tells snapshots of one series apart and what they have in common.
struct SnapshotName {
  NameScheme scheme = NameScheme::none;
  /// The rest of the name. Names with the same scheme and frame belong to one series: `daily.` of
  /// `daily.3`. Of a date, the digits that stand alone after it (`-123`) are not part of the frame.
  std::string frame;
  std::chrono::system_clock::time_point date;  ///< UTC is assumed where the name has no offset
  /// Of a number, how many digits and which, without leading zeros: compares like the number,
  /// whatever its size. Zero has no digits.
  std::pair<std::size_t, std::string> number;

  bool operator==(const SnapshotName&) const = default;
};

/// Knows these dates: 2024-01-15 (also with `_`, `.` or a space), 20240115, 2024-01, 2024-W03,
/// 2024-Jan-15, 15-Jan-2024, 15.01.2024; and after a date the times T03:00:00, -0300, _03-00,
/// 030000 and the like, with an offset (Z, +01:00) where there is one. 01-15-2024 is no date: it
/// could be the American or the European order.
[[nodiscard]] SnapshotName parseSnapshotName(std::string_view name);

/// Whether snapshots are called so, and other things seldom: a date, NAME.N, a number alone or
/// after a word like `snap` or `backup`. Not `web1` or `env2`.
[[nodiscard]] bool followsScheme(const SnapshotName& name);

/// Whether `name` has a digit wherever `form` has a `#`, and is the same elsewhere.
[[nodiscard]] bool hasForm(std::string_view name, std::string_view form);

/// Whether no finished snapshot has this name: a backup under way or left over by a failure
/// (rsnapshot's `.sync` and `_delete.123`, Back In Time's `new_snapshot`, `*.inprogress`,
/// `*.partial`, …), another hidden directory, or the filesystem's `lost+found`.
[[nodiscard]] bool isNoSnapshotName(std::string_view name);

}  // namespace hardlink
