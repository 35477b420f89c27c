#pragma once

/// Which of the superuser's rights the process keeps (capabilities(7)). They belong to threads: a
/// new thread has those of the thread that starts it, and no other thread can take them away.

#include <cstdint>
#include <string>

#include "base/error.h"

namespace hardlink {

/// A set of capabilities, a bit for each by its number in linux/capability.h.
using Capabilities = std::uint64_t;

/// The capability to listen on a port below 1024.
[[nodiscard]] Capabilities bindingRight();

/// The capability that the calling thread would use to read other users' files:
/// CAP_DAC_READ_SEARCH, or CAP_DAC_OVERRIDE if it has only that, as in a container by default. 0 if
/// it has neither.
[[nodiscard]] Capabilities readingRight();

/// Takes all capabilities except `kept` from the calling thread, and every way to pass them on or
/// to get them back: the inheritable and ambient sets, and the bounding set if CAP_SETPCAP allows
/// it. Gives the thread nothing that it does not have. Succeeds if there is nothing to take, even
/// where taking is forbidden.
[[nodiscard]] Result<void> keepCapabilities(Capabilities kept);

/// The capabilities that the calling thread may use, such as "dac_read_search"; "none" if there are
/// none.
[[nodiscard]] std::string capabilityNames();

}  // namespace hardlink
