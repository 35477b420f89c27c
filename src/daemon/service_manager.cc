#include "daemon/service_manager.h"

#include <cstdint>
#include <ctime>

#ifdef HARDLINK_HAVE_LIBSYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace hardlink::service_manager {
namespace {

// A service manager that does not listen is no reason to fail.
#ifdef HARDLINK_HAVE_LIBSYSTEMD
void notify(const std::string& state) { (void)sd_notify(0, state.c_str()); }
bool watched(std::uint64_t& microseconds) { return sd_watchdog_enabled(0, &microseconds) > 0; }
#else
void notify(const std::string& /*state*/) {}
bool watched(std::uint64_t& /*microseconds*/) { return false; }
#endif

std::string monotonicMicroseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

void ready(const std::string& status) { notify("READY=1\nSTATUS=" + status); }

void reloading() { notify("RELOADING=1\nMONOTONIC_USEC=" + monotonicMicroseconds()); }

void stopping() { notify("STOPPING=1"); }

void alive() { notify("WATCHDOG=1"); }

std::optional<std::chrono::microseconds> watchdogInterval() {
  std::uint64_t microseconds = 0;
  if (!watched(microseconds) || microseconds == 0) {
    return std::nullopt;
  }
  return std::chrono::microseconds(microseconds / 2);
}

}  // namespace hardlink::service_manager
