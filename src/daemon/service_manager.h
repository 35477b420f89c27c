#pragma once

/// Messages to the service manager that started the daemon (sd_notify(3)). If there is none, or the
/// program was built without libsystemd, all functions do nothing.

#include <chrono>
#include <optional>
#include <string>

namespace hardlink::service_manager {

/// Says that the daemon answers requests.
void ready(const std::string& status);
/// Says that a reload has begun; ready() ends it.
void reloading();
void stopping();
/// Says that the caller still runs. To be called at least every watchdogInterval().
void alive();
/// Half of the time after which the service manager considers the process dead; unset if it has no
/// watchdog.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdogInterval();

}  // namespace hardlink::service_manager
