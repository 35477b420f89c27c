#pragma once

#include <cstdint>

namespace hardlink::os {

/// Now, in nanoseconds since the epoch, by the clock that gives inodes their times: it advances by
/// ticks of some milliseconds, and a change that follows has this time or a later one.
[[nodiscard]] std::int64_t fileClockNs();

/// The real-time clock less the time since the machine was started, in nanoseconds: lower than
/// before where the clock has been set back. Exact to some microseconds.
[[nodiscard]] std::int64_t clockOffsetNs();

}  // namespace hardlink::os
