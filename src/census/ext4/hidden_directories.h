#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hardlink {

/// The mount points below a root. A mount hides the directory below it, and no census counts that.
class HiddenDirectories {
 public:
  HiddenDirectories() = default;
  /// Those below the root `path`, open as `root`.
  HiddenDirectories(const std::string& path, int root);

  [[nodiscard]] bool none() const { return names_.empty(); }
  bool operator==(const HiddenDirectories&) const = default;
  /// Whether the directory called `name` in the directory `parent` is one.
  [[nodiscard]] bool contains(std::uint32_t parent, std::string_view name) const;

 private:
  std::unordered_map<std::uint32_t, std::vector<std::string>> names_;  // by parent
};

}  // namespace hardlink
