#pragma once

#include <string>

namespace hardlink {

/// What an image is made for, in Go's names: linux, amd64, and for ARM a variant (v6, v7, v8).
struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;

  bool operator==(const Platform&) const = default;
};

/// That of this host, from uname(2).
[[nodiscard]] Platform hostPlatform();

/// The platform of a machine as uname(2) calls it.
[[nodiscard]] Platform platformOf(const std::string& machine);

/// How well an image for `image` suits `host`: 0 not at all, otherwise the higher the better.
[[nodiscard]] unsigned suitability(const Platform& image, const Platform& host);

/// os/architecture[/variant]
[[nodiscard]] std::string toString(const Platform& platform);

}  // namespace hardlink
