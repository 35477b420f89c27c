#pragma once

/// The service manager that started the daemon: messages to it (sd_notify(3)), and sockets from it
/// (sd_listen_fds(3)). If there is none, or the program was built without libsystemd, the messages
/// go nowhere and there are no sockets.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/os/fd.h"

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

/// The sockets that it has passed; fails if there are none. To be called at most once, while there
/// is only one thread.
[[nodiscard]] Result<std::vector<Fd>> takeSockets();

}  // namespace hardlink::service_manager
