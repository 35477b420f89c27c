#include "daemon/sandbox/sandbox.h"

#include <sys/prctl.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"

namespace hardlink {
namespace {

constexpr std::uint16_t kFirstFreePort = 1024;

bool needsPrivilege(std::uint16_t port) { return port != 0 && port < kFirstFreePort; }

std::string refusal(const Error& error) { return "refused: " + error.message(); }

}  // namespace

void Sandbox::enter(const std::vector<std::uint16_t>& ports) {
  if (!choice_.capabilities && !choice_.seccomp && !choice_.landlock) {
    return;
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
    no_new_privs_ = "on";
  } else {
    no_new_privs_ = refusal(errnoError("prctl"));
    refused_ = true;
  }
  if (choice_.capabilities) {
    keeps_binding_ = std::any_of(ports.begin(), ports.end(), needsPrivilege);
    reading_ = readingRight();
    const auto kept = keepCapabilities(reading_ | (keeps_binding_ ? bindingRight() : 0));
    capabilities_ = kept ? "" : refusal(kept.error());
    refused_ = refused_ || !kept;
  }
  if (choice_.landlock) {
    enterLandlock(ports);
  }
  filters_each_thread_ = choice_.seccomp && !canFilterAllThreads();
}

void Sandbox::enterLandlock(const std::vector<std::uint16_t>& ports) {
  const auto version = restrictToReading(ports);
  if (version) {
    landlock_version_ = *version;
    landlock_ = "abi " + std::to_string(*version);
  } else {
    // An older kernel has no Landlock; that is no refusal.
    const int code = version.error().code;
    const bool unknown = code == ENOSYS || code == EOPNOTSUPP;
    landlock_ = unknown ? "not in this kernel" : refusal(version.error());
    refused_ = refused_ || !unknown;
  }
}

void Sandbox::dropBinding() const {
  if (keeps_binding_) {
    // It succeeded in enter(), where it dropped more.
    (void)keepCapabilities(reading_);
  }
}

Result<void> Sandbox::filterSyscalls() const {
  return hardlink::filterSyscalls({.allow_openat2 = landlock_version_ >= kLandlockTruncate,
                                   .all_threads = !filters_each_thread_,
                                   .log_refusals = log_refusals_});
}

void Sandbox::enterThread() const {
  dropBinding();
  if (filters_each_thread_) {
    // If it fails here it fails in seal() too, which logs it.
    (void)filterSyscalls();
  }
}

void Sandbox::seal() {
  dropBinding();
  if (choice_.seccomp) {
    const auto filtered = filterSyscalls();
    seccomp_ = filtered ? "on" : refusal(filtered.error());
    refused_ = refused_ || !filtered;
  }
  if (capabilities_.empty()) {
    capabilities_ = capabilityNames();
  }
  log();
}

void Sandbox::log() const {
  const auto level = refused_ ? log::Level::warn : log::Level::info;
  log::write(level, "sandbox",
             {{"capabilities", capabilities_},
              {"no_new_privs", no_new_privs_},
              {"seccomp", seccomp_},
              {"landlock", landlock_}});
}

}  // namespace hardlink
