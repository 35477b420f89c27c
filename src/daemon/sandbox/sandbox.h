#pragma once

/// What the daemon gives up once it has what it needs. Each part holds without the others, and one
/// that the kernel or a container refuses is said in the log and done without.

#include <cstdint>
#include <optional>
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

  /// Before any other thread exists: sets no_new_privs, keeps of all capabilities the right to
  /// read, and to listen on `ports` if one of them takes that (0: any that is free), and with
  /// Landlock leaves nothing to be written.
  void enter(const std::vector<std::uint16_t>& ports);

  /// On every thread that was started before seal(), as the first thing it does: the right to
  /// listen was for the thread that starts it, and on an old kernel seal() cannot reach it.
  void enterThread() const;

  /// Once the sockets listen, and before anything else is done: filters the system calls of all
  /// threads, and writes one line that says what holds.
  void seal();

 private:
  void dropBinding() const;
  [[nodiscard]] std::optional<Error> filterSyscalls() const;
  void enterLandlock(const std::vector<std::uint16_t>& ports);
  void say() const;

  SandboxChoice choice_;
  bool log_refusals_;
  bool keeps_binding_ = false;
  bool filters_each_thread_ = false;
  std::uint64_t reading_ = 0;  // capabilities
  int landlock_version_ = 0;   // 0: not in force
  // What the line says.
  bool refused_ = false;
  std::string capabilities_ = "off";
  std::string no_new_privs_ = "off";
  std::string seccomp_ = "off";
  std::string landlock_ = "off";
};

}  // namespace hardlink
