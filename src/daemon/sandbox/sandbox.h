#pragma once

/// What the daemon gives up once it has what it needs. Each part works without the others. If the
/// kernel or a container refuses a part, the log says so and the daemon goes on without it.

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// The parts that the command line can switch off. With all of them off, nothing is given up.
struct SandboxChoice {
  bool capabilities = true;
  bool seccomp = true;
  bool landlock = true;
};

/// Called from one thread, in the order enter(), seal(); enterThread() from others in between.
class Sandbox {
 public:
  /// With `log_refusals`, the kernel logs what the filter of system calls refuses.
  Sandbox(SandboxChoice choice, bool log_refusals) : choice_(choice), log_refusals_(log_refusals) {}

  /// To be called before any other thread exists. Sets no_new_privs; gives up all capabilities
  /// except the one to read, and the one to listen if one of `ports` needs it (0: any that is
  /// free); and forbids all writing with Landlock.
  void enter(const std::vector<std::uint16_t>& ports);

  /// To be called first on every thread that was started before seal(). Gives up the capability to
  /// listen, which only the starting thread needs, and filters system calls if seal() cannot reach
  /// other threads, on an old kernel.
  void enterThread() const;

  /// To be called once the sockets listen, before anything else is done. Filters the system calls
  /// of all threads, and logs one line that says which parts are in force.
  void seal();

 private:
  void dropBinding() const;
  [[nodiscard]] Result<void> filterSyscalls() const;
  void enterLandlock(const std::vector<std::uint16_t>& ports);
  void log() const;

  SandboxChoice choice_;
  bool log_refusals_;
  bool keeps_binding_ = false;
  bool filters_each_thread_ = false;
  std::uint64_t reading_ = 0;  // capabilities
  int landlock_version_ = 0;   // 0: not in force
  // What log() writes.
  bool refused_ = false;
  std::string capabilities_ = "off";
  std::string no_new_privs_ = "off";
  std::string seccomp_ = "off";
  std::string landlock_ = "off";
};

}  // namespace hardlink
