#pragma once

/// What the daemon gives up once it has what it needs: system calls (seccomp(2)), writing files
/// (landlock(7)), and the superuser's rights (capabilities(7)). Each part works without the others.
/// If the kernel or a container refuses a part, the log says so and the daemon goes on without it.

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace hardlink {

struct SyscallFilterOptions {
  /// A filter cannot see the flags of openat2, which are in memory: it may be allowed only if
  /// something else keeps files from being opened for writing. Without openat2 the walk uses
  /// openat.
  bool allow_openat2 = false;
  /// Filters all threads of the process, running ones included; otherwise the calling thread and
  /// those that it starts.
  bool all_threads = true;
  /// The kernel logs refused calls (audit), at its own pace.
  bool log_refusals = false;
};

/// From here on every other system call fails and kills nothing: with EPERM, or with ENOSYS if it
/// is newer than Linux 5.0, so that libraries act as on an older kernel. Cannot be undone. Needs
/// no_new_privs. On failure nothing has changed.
[[nodiscard]] Result<void> filterSyscalls(const SyscallFilterOptions& options);

/// Whether this kernel can filter running threads (seccomp(2), Linux 3.17). An older one can filter
/// only the calling thread (prctl(2)).
[[nodiscard]] bool canFilterAllThreads();

/// Forbids the calling thread, and those that it starts, to write, create, rename, remove or
/// execute files. From version 4 on it also forbids TCP connects, and TCP listening except on
/// `ports`. Reading stays free, and open files stay as they are. Cannot be undone. Needs
/// no_new_privs. Returns the version of Landlock's interface in the kernel; fails if there is none
/// (Linux before 5.13, or not enabled).
[[nodiscard]] Result<int> restrictToReading(const std::vector<std::uint16_t>& ports);

/// The first version that also forbids truncating files.
inline constexpr int kLandlockTruncate = 3;

/// A set of capabilities, a bit for each by its number in linux/capability.h. They belong to
/// threads: a new thread has those of the thread that starts it.
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
