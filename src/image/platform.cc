#include "image/documents.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <optional>

namespace hardlink {
namespace {

struct Machine {
  const char* name;
  const char* architecture;
  const char* variant;
};

// Go's GOARCH and the variants of the OCI image index. Other machines have the same name in Go.
constexpr std::array<Machine, 14> kMachines = {{{"x86_64", "amd64", ""},
                                                {"i386", "386", ""},
                                                {"i486", "386", ""},
                                                {"i586", "386", ""},
                                                {"i686", "386", ""},
                                                {"aarch64", "arm64", "v8"},
                                                {"armv8l", "arm", "v7"},
                                                {"armv7l", "arm", "v7"},
                                                {"armv6l", "arm", "v6"},
                                                {"armv5tel", "arm", "v5"},
                                                {"loongarch64", "loong64", ""},
                                                {"mips64", "mips64", ""},
                                                {"ppc64le", "ppc64le", ""},
                                                {"s390x", "s390x", ""}}};

/// The level of a variant such as `v7`; unset if it has another form.
std::optional<unsigned> levelOf(const std::string& variant) {
  if (variant.size() != 2 || variant[0] != 'v' || variant[1] < '1' || variant[1] > '9') {
    return std::nullopt;
  }
  return static_cast<unsigned>(variant[1] - '0');
}

/// The level that a platform without a variant means.
unsigned standardLevel(const std::string& architecture) {
  if (architecture == "arm64") {
    return 8;
  }
  return architecture == "arm" ? 7 : 1;
}

}  // namespace

Platform platformOf(const std::string& machine) {
  const auto* known = std::find_if(kMachines.begin(), kMachines.end(),
                                   [&](const Machine& entry) { return machine == entry.name; });
  return known == kMachines.end() ? Platform{"linux", machine, ""}
                                  : Platform{"linux", known->architecture, known->variant};
}

Platform hostPlatform() {
  utsname names{};
  return platformOf(uname(&names) == 0 ? names.machine : "");
}

unsigned suitability(const Platform& image, const Platform& host) {
  if (image.os != host.os || image.architecture != host.architecture) {
    return 0;
  }
  const unsigned standard = standardLevel(host.architecture);
  const auto wanted = image.variant.empty() ? std::optional(standard) : levelOf(image.variant);
  const unsigned has = levelOf(host.variant).value_or(standard);
  return wanted && *wanted <= has ? *wanted : 0;
}

std::string toString(const Platform& platform) {
  return fmt::format("{}/{}{}{}", platform.os, platform.architecture,
                     platform.variant.empty() ? "" : "/", platform.variant);
}

}  // namespace hardlink
