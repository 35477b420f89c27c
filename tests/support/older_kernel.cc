// Runs a command as if on an older kernel, or in a container whose filter refuses unknown calls:
//
//   older_kernel RULE... -- COMMAND [ARGUMENT...]
//
// A rule is CALL=ERROR, for example `statx=ENOSYS` or `clone3=EPERM`. The call `newer` stands for
// all calls that are newer than Linux 3.10. If two rules name the same call, the first one holds.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
constexpr unsigned kLastOf310 = SYS_finit_module;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
constexpr unsigned kLastOf310 = SYS_finit_module;
#else
#error "which system calls Linux 3.10 had is not known here"
#endif

// Greater numbers belong to another ABI (x32), or the kernel itself refuses them.
constexpr unsigned kLastNumber = 1023;
// The last operation of prctl(2) that Linux 3.10 had.
constexpr unsigned kLastControlOf310 = PR_GET_TID_ADDRESS;

struct Call {
  std::string_view name;
  unsigned number;
};

constexpr std::array kCalls = {
    Call{"clone3", SYS_clone3},
    Call{"close_range", SYS_close_range},
    Call{"epoll_pwait2", SYS_epoll_pwait2},
    Call{"faccessat2", SYS_faccessat2},
    Call{"getrandom", SYS_getrandom},
    Call{"landlock_create_ruleset", SYS_landlock_create_ruleset},
    Call{"membarrier", SYS_membarrier},
    Call{"memfd_create", SYS_memfd_create},
    Call{"name_to_handle_at", SYS_name_to_handle_at},
    Call{"openat2", SYS_openat2},
    Call{"preadv2", SYS_preadv2},
    Call{"rseq", SYS_rseq},
    Call{"seccomp", SYS_seccomp},
    Call{"statx", SYS_statx},
};

using Program = std::vector<sock_filter>;

void add(Program& program, unsigned code, unsigned operand, unsigned on_true = 0,
         unsigned on_false = 0) {
  program.push_back(
      {static_cast<__u16>(code), static_cast<__u8>(on_true), static_cast<__u8>(on_false), operand});
}

void fail(Program& program, int error) {
  add(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error));
}

int errorNamed(std::string_view name) {
  for (const int error : {ENOSYS, EPERM}) {
    if (name == strerrorname_np(error)) {
      return error;
    }
  }
  return 0;
}

/// Adds `rule` to a program that has loaded the number of the system call.
bool addRule(Program& program, std::string_view rule) {
  const std::size_t sign = rule.find('=');
  const int error = sign == std::string_view::npos ? 0 : errorNamed(rule.substr(sign + 1));
  if (error == 0) {
    return false;
  }
  const std::string_view name = rule.substr(0, sign);
  if (name == "newer") {
    add(program, BPF_JMP | BPF_JGT | BPF_K, kLastNumber, 2, 0);
    add(program, BPF_JMP | BPF_JGT | BPF_K, kLastOf310, 0, 1);
    fail(program, error);
    add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 4);
    add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args));
    add(program, BPF_JMP | BPF_JGT | BPF_K, kLastControlOf310, 0, 1);
    fail(program, EINVAL);
    add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    return true;
  }
  for (const Call& call : kCalls) {
    if (call.name == name) {
      add(program, BPF_JMP | BPF_JEQ | BPF_K, call.number, 0, 1);
      fail(program, error);
      return true;
    }
  }
  return false;
}

/// Without no_new_privs if the caller has the right, because Docker does not set that either.
bool putIntoForce(Program& program) {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 ||
         (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
          prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kMisused = 125;
  Program program;
  add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
  add(program, BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
  add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  int at = 1;
  for (; at < argc && std::string_view(argv[at]) != "--"; ++at) {
    if (!addRule(program, argv[at])) {
      (void)std::fprintf(stderr, "older_kernel: %s: not CALL=ERROR with a call known here\n",
                         argv[at]);
      return kMisused;
    }
  }
  add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  if (at + 1 >= argc) {
    (void)std::fputs("usage: older_kernel RULE... -- COMMAND [ARGUMENT...]\n", stderr);
    return kMisused;
  }
  if (!putIntoForce(program)) {
    std::perror("older_kernel: seccomp");
    return kMisused;
  }
  execv(argv[at + 1], argv + at + 1);
  std::perror(argv[at + 1]);
  return kMisused;
}
