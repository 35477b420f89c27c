#include "daemon/sandbox/sandbox.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace hardlink {
namespace {

struct ThreadCapabilities {
  Capabilities effective = 0;
  Capabilities permitted = 0;
  Capabilities inheritable = 0;

  bool operator==(const ThreadCapabilities&) const = default;
};

constexpr Capabilities bit(unsigned number) { return Capabilities{1} << number; }

constexpr unsigned kWordBits = 32;

// glibc has no functions for these two system calls, and libcap would do no more.
using Words = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

Capabilities fromWords(std::uint32_t low, std::uint32_t high) {
  return Capabilities{high} << kWordBits | low;
}

std::uint32_t low(Capabilities all) { return static_cast<std::uint32_t>(all); }
std::uint32_t high(Capabilities all) { return static_cast<std::uint32_t>(all >> kWordBits); }

ThreadCapabilities current() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Words words{};
  if (syscall(SYS_capget, &header, words.data()) != 0) {
    return {};  // only bad arguments make it fail
  }
  return {fromWords(words[0].effective, words[1].effective),
          fromWords(words[0].permitted, words[1].permitted),
          fromWords(words[0].inheritable, words[1].inheritable)};
}

bool set(const ThreadCapabilities& wanted) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const Words words{{{low(wanted.effective), low(wanted.permitted), low(wanted.inheritable)},
                     {high(wanted.effective), high(wanted.permitted), high(wanted.inheritable)}}};
  return syscall(SYS_capset, &header, words.data()) == 0;
}

/// Best effort: without CAP_SETPCAP the bounding set stays. That does no harm, because no_new_privs
/// is set and nothing is executed.
void emptyBoundingSet() {
  for (unsigned long number = 0; prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; ++number) {
    (void)prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
  }
}

std::string nameOf(unsigned number) {
  switch (number) {
    case CAP_DAC_OVERRIDE:
      return "dac_override";
    case CAP_DAC_READ_SEARCH:
      return "dac_read_search";
    case CAP_NET_BIND_SERVICE:
      return "net_bind_service";
    default:
      return std::to_string(number);
  }
}

}  // namespace

Capabilities bindingRight() { return bit(CAP_NET_BIND_SERVICE); }

Capabilities readingRight() {
  const Capabilities usable = current().effective;
  const Capabilities reading = usable & bit(CAP_DAC_READ_SEARCH);
  return reading != 0 ? reading : usable & bit(CAP_DAC_OVERRIDE);
}

Result<void> keepCapabilities(Capabilities kept) {
  emptyBoundingSet();
  // This fails before Linux 4.3, which has no ambient capabilities.
  (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  const ThreadCapabilities now = current();
  const ThreadCapabilities wanted{now.effective & kept, now.permitted & kept, 0};
  if (now == wanted || set(wanted)) {
    return {};
  }
  // Inheritable ones alone are of no use: they are for programs that the thread would execute.
  const bool has_more = now.effective != wanted.effective || now.permitted != wanted.permitted;
  return has_more ? errnoError("give up capabilities") : Result<void>();
}

std::string capabilityNames() {
  constexpr unsigned kMost = 64;
  const Capabilities usable = current().effective;
  std::string names;
  for (unsigned number = 0; number < kMost; ++number) {
    if ((usable & bit(number)) != 0) {
      names += (names.empty() ? "" : ",") + nameOf(number);
    }
  }
  return names.empty() ? "none" : names;
}

}  // namespace hardlink
