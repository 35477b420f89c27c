#pragma once

/// What the daemon tells the service manager that started it (sd_notify(3)). Where there is none,
/// or the program was built without libsystemd, everything here does nothing.

#include <chrono>
#include <optional>
#include <string>

namespace hardlink::service_manager {

/// Requests are being answered.
void ready(const std::string& status);
/// A reload has begun; ready() ends it.
void reloading();
void stopping();
/// The caller still runs. To be said at least every watchdogInterval().
void alive();
/// Half of the time after which the service manager takes the process for dead; unset if it does
/// not watch.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdogInterval();

}  // namespace hardlink::service_manager
