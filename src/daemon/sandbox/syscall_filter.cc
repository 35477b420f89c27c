#include "daemon/sandbox/sandbox.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <type_traits>
#include <vector>

#include "filesystem/room.h"

namespace hardlink {
namespace {

using Number = scmp_datum_t;

/// Allowed with any arguments. Names that an architecture or libseccomp does not know are skipped.
// fsync is left out. libext2fs calls it when it closes a device that it has only read, and the
// device would then write back what others wrote.
constexpr const char* kAllowed[] = {
    // Reading files and directories.
    "read", "readv", "pread64", "preadv", "preadv2", "lseek", "_llseek", "close", "close_range",
    "dup", "dup3", "fcntl", "fcntl64", "stat", "stat64", "lstat", "lstat64", "fstat", "fstat64",
    "newfstatat", "fstatat64", "statx", "statfs", "statfs64", "fstatfs", "fstatfs64", "access",
    "faccessat", "faccessat2", "readlink", "readlinkat", "getdents", "getdents64", "getcwd",
    "name_to_handle_at", "fadvise64", "fadvise64_64", "arm_fadvise64_64", "readahead", "mincore",
    "ioprio_get", "ioprio_set",
    // Noticing what changes.
    "inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch",
    // Answering: sockets that are there are used, and none is made.
    "write", "writev", "accept", "accept4", "recv", "recvfrom", "recvmsg", "send", "shutdown",
    "getsockname", "getpeername", "getsockopt", "setsockopt",
    // Waiting.
    "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64",
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
    "eventfd", "eventfd2", "pipe", "pipe2", "nanosleep", "clock_nanosleep",
    "clock_nanosleep_time64", "pause", "restart_syscall",
    // Memory, threads, signals, time.
    "brk", "munmap", "mremap", "madvise", "membarrier", "futex", "futex_time64", "futex_waitv",
    "set_robust_list", "get_robust_list", "rseq", "exit", "exit_group", "sched_yield",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
    "sched_get_priority_min", "rt_sigaction", "rt_sigprocmask", "rt_sigpending", "rt_sigreturn",
    "sigreturn", "rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_sigsuspend", "sigaltstack",
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "gettimeofday",
    "time", "times", "getrandom",
    // What it is, and what it may.
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getuid32",
    "geteuid32", "getgid32", "getegid32", "getresuid", "getresgid", "getgroups", "uname", "sysinfo",
    "getrusage", "getrlimit", "ugetrlimit", "getpriority", "capget",
    // It can only give up what is left.
    "capset"};

constexpr int kIoctls[] = {FIONBIO,    FIONREAD, TCGETS,   BLKGETSIZE,      BLKSSZGET,
                           BLKPBSZGET, BLKROGET, BLKRAGET, BLKDISCARDZEROES};
constexpr std::array<Number, 5> kWideIoctls = {BLKGETSIZE64, FS_IOC_GETFLAGS, kAskXfsGeometry,
                                               BTRFS_IOC_GET_FEATURES, BTRFS_IOC_FS_INFO};

constexpr int kThreadControls[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_CAPBSET_READ};

/// From here on the numbers are the same on all architectures: the first came with Linux 5.1. Up to
/// where x86's own begin again.
constexpr int kFirstCommonNumber = 424;
constexpr int kLastCommonNumber = 511;

struct ContextCloser {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, ContextCloser>;
static_assert(std::is_same_v<scmp_filter_ctx, void*>);

/// Collects rules; after one has failed the others do nothing.
class Rules {
 public:
  explicit Rules(scmp_filter_ctx context) : context_(context) {}

  void allow(const char* name, const std::vector<scmp_arg_cmp>& conditions = {}) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) {
      return;
    }
    allowed_.push_back(number);
    add(SCMP_ACT_ALLOW, number, conditions);
  }

  void hideNewOnes() {
    for (int number = kFirstCommonNumber; number <= kLastCommonNumber; ++number) {
      if (std::find(allowed_.begin(), allowed_.end(), number) == allowed_.end()) {
        add(SCMP_ACT_ERRNO(ENOSYS), number, {});
      }
    }
  }

  /// 0, or the negative errno value of the first rule that failed.
  [[nodiscard]] int error() const { return error_; }

 private:
  void add(std::uint32_t action, int number, const std::vector<scmp_arg_cmp>& conditions) {
    if (error_ == 0) {
      error_ = seccomp_rule_add_array(context_, action, number,
                                      static_cast<unsigned>(conditions.size()), conditions.data());
    }
  }

  scmp_filter_ctx context_;
  std::vector<int> allowed_;
  int error_ = 0;
};

scmp_arg_cmp equals(unsigned argument, Number value) { return {argument, SCMP_CMP_EQ, value, 0}; }

/// None of `bits` is set.
scmp_arg_cmp without(unsigned argument, Number bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

/// All of `bits` are set.
scmp_arg_cmp with(unsigned argument, Number bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, bits};
}

void allowOpening(Rules& rules, bool allow_openat2) {
  constexpr Number kWriting = O_ACCMODE | O_CREAT | O_TRUNC;  // O_RDONLY is 0
  rules.allow("open", {without(1, kWriting)});
  rules.allow("openat", {without(2, kWriting)});
  if (allow_openat2) {
    rules.allow("openat2");
  }
}

/// Threads may be started, processes may not. Memory that could be written never becomes
/// executable.
void allowThreadsAndMemory(Rules& rules) {
  // A filter cannot see the flags of clone3, which are in memory; without clone3 glibc uses clone.
  rules.allow("clone", {with(0, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND)});
  for (const char* const map : {"mmap", "mmap2"}) {
    rules.allow(map, {without(2, PROT_WRITE)});
    rules.allow(map, {without(2, PROT_EXEC)});
  }
  rules.allow("mprotect", {without(2, PROT_EXEC)});
  for (const int control : kThreadControls) {
    rules.allow("prctl", {equals(0, static_cast<Number>(control))});
  }
  rules.allow("prlimit64", {equals(2, 0)});  // asking, not setting
  // The thread's own priority, which only CAP_SYS_NICE could raise.
  rules.allow("setpriority", {equals(0, PRIO_PROCESS), equals(1, 0)});
  rules.allow("tgkill", {equals(0, static_cast<Number>(getpid()))});  // abort()
}

void allowDevicesAndSockets(Rules& rules) {
  for (const int request : kIoctls) {
    rules.allow("ioctl", {equals(1, static_cast<Number>(request))});
  }
  for (const Number request : kWideIoctls) {
    rules.allow("ioctl", {equals(1, request)});
  }
  // sd_notify(3) opens a new socket each time.
  rules.allow("socket", {equals(0, AF_UNIX)});
  // Sending must not connect.
  rules.allow("sendto", {without(3, MSG_FASTOPEN)});
  rules.allow("sendmsg", {without(2, MSG_FASTOPEN)});
}

/// Of a function of libseccomp that returned `code`.
Result<void> resultOf(int code, const char* what) {
  return code == 0 ? Result<void>() : Error{-code, what};
}

}  // namespace

Result<void> filterSyscalls(const SyscallFilterOptions& options) {
  const Context context(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!context) {
    return Error{ENOMEM, "make a filter"};
  }
  Rules rules(context.get());
  for (const char* const name : kAllowed) {
    rules.allow(name);
  }
  allowOpening(rules, options.allow_openat2);
  allowThreadsAndMemory(rules);
  allowDevicesAndSockets(rules);
  rules.hideNewOnes();
  RETURN_IF_ERROR(resultOf(rules.error(), "make a filter"));
  if (options.all_threads) {
    RETURN_IF_ERROR(
        resultOf(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_TSYNC, 1), "filter all threads"));
  }
  // An old kernel or libseccomp may lack both: a tree instead of a list, and the log.
  (void)seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  (void)seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_LOG, options.log_refusals ? 1 : 0);
  return resultOf(seccomp_load(context.get()), "put the filter into force");
}

bool canFilterAllThreads() {
  constexpr unsigned kLevelOfTsync = 2;  // seccomp_api_get(3)
  return seccomp_api_get() >= kLevelOfTsync;
}

}  // namespace hardlink
