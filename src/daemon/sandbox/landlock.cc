#include "daemon/sandbox/sandbox.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "base/os/fd.h"

namespace hardlink {
namespace {

// As in linux/landlock.h, of which Debian 12 has a version that ends with Linux 6.1.
struct RulesetAttributes {
  std::uint64_t filesystem;
  std::uint64_t network;
};

struct PortAttributes {
  std::uint64_t allowed;
  std::uint64_t port;
};

constexpr unsigned kCreateVersion = 1U << 0U;
constexpr int kRuleNetPort = 2;
constexpr int kNetworkVersion = 4;

constexpr std::uint64_t bit(unsigned number) { return std::uint64_t{1} << number; }

constexpr std::uint64_t kExecute = bit(0);
constexpr std::uint64_t kWriteFile = bit(1);
constexpr std::uint64_t kRemoveAndMake = bit(13) - bit(4);  // REMOVE_DIR to MAKE_SYM
constexpr std::uint64_t kRefer = bit(13);
constexpr std::uint64_t kTruncate = bit(14);
constexpr std::uint64_t kBindTcp = bit(0);
constexpr std::uint64_t kConnectTcp = bit(1);

/// What to forbid on a kernel with this version of the interface.
RulesetAttributes forbidden(int version) {
  RulesetAttributes attributes{kExecute | kWriteFile | kRemoveAndMake, 0};
  if (version >= 2) {
    attributes.filesystem |= kRefer;
  }
  if (version >= kLandlockTruncate) {
    attributes.filesystem |= kTruncate;
  }
  if (version >= kNetworkVersion) {
    attributes.network = kBindTcp | kConnectTcp;
  }
  return attributes;
}

long createRuleset(const RulesetAttributes* attributes, std::size_t size, unsigned flags) {
  return syscall(SYS_landlock_create_ruleset, attributes, size, flags);
}

bool allowPort(int ruleset, std::uint16_t port) {
  const PortAttributes attributes{kBindTcp, port};
  return syscall(SYS_landlock_add_rule, ruleset, kRuleNetPort, &attributes, 0) == 0;
}

}  // namespace

Result<int> restrictToReading(const std::vector<std::uint16_t>& ports) {
  const int version = static_cast<int>(createRuleset(nullptr, 0, kCreateVersion));
  if (version < 0) {
    return errnoError("ask for its version");
  }
  const RulesetAttributes attributes = forbidden(version);
  const Fd ruleset(static_cast<int>(createRuleset(&attributes, sizeof attributes, 0)));
  if (!ruleset.valid()) {
    return errnoError("make a ruleset");
  }
  for (const std::uint16_t port : ports) {
    if (attributes.network != 0 && !allowPort(ruleset.get(), port)) {
      return errnoError("allow port " + std::to_string(port));
    }
  }
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return errnoError("put the ruleset into force");
  }
  return version;
}

}  // namespace hardlink
