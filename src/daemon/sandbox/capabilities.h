#pragma once

/// What of the superuser's rights the process keeps (capabilities(7)). They belong to threads: a
/// new one has those of the thread that starts it, and no other thread can take them away.

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace hardlink {

/// A set of capabilities, a bit for each by its number in linux/capability.h.
using Capabilities = std::uint64_t;

/// To listen on a port below 1024.
[[nodiscard]] Capabilities bindingRight();

/// Of what the calling thread may use, what reading other people's trees takes:
/// CAP_DAC_READ_SEARCH, or CAP_DAC_OVERRIDE where only that is there (as containers have it by
/// default). Empty where it has neither.
[[nodiscard]] Capabilities readingRight();

/// Takes from the calling thread all capabilities but `kept`, and every way to pass them on or get
/// them back (inheritable, ambient; the bounding set where CAP_SETPCAP lets it). Of `kept`, what it
/// does not have it does not get. Succeeds where there is nothing to take, also where
/// taking is forbidden.
[[nodiscard]] std::optional<Error> keepCapabilities(Capabilities kept);

/// What the calling thread may use, as in "dac_read_search"; "none" for nothing.
[[nodiscard]] std::string capabilityNames();

}  // namespace hardlink
