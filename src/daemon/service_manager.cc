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
constexpr int kFirstSocket = SD_LISTEN_FDS_START;
/// A negative errno value on failure.
int socketCount() { return sd_listen_fds(1); }
#else
void notify(const std::string& /*state*/) {}
bool watched(std::uint64_t& /*microseconds*/) { return false; }
constexpr int kFirstSocket = 3;
int socketCount() { return 0; }
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

Result<std::vector<Fd>> takeSockets() {
  static constexpr const char* kNone = "no sockets from the service manager";
  const int count = socketCount();
  if (count < 0) {
    return Error{-count, kNone};
  }
  if (count == 0) {
    return Error{0, std::string(kNone) +
                        ": start the daemon from a .socket unit, or without --web.systemd-socket"};
  }
  std::vector<Fd> sockets;
  sockets.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    sockets.emplace_back(kFirstSocket + i);
  }
  return sockets;
}

}  // namespace hardlink::service_manager
