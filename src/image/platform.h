#pragma once

#include <string>

namespace hardlink {

/// The platform of an image in Go's names: linux, amd64, and for ARM a variant (v6, v7, v8).
struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;

  bool operator==(const Platform&) const = default;
};

/// The platform of this host, from uname(2).
[[nodiscard]] Platform hostPlatform();

/// The platform of `machine`, a name from uname(2).
[[nodiscard]] Platform platformOf(const std::string& machine);

/// How well an image for `image` suits `host`. 0: it does not run there. A higher number is better.
[[nodiscard]] unsigned suitability(const Platform& image, const Platform& host);

/// os/architecture[/variant]
[[nodiscard]] std::string toString(const Platform& platform);

}  // namespace hardlink
