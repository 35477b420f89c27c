#pragma once

/// A YAML document as a tree of plain values with their lines, and its problems. The only user of
/// yaml-cpp.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace hardlink {

struct YamlNode {
  enum class Kind : std::uint8_t {
    null,
    scalar,
    list,
    mapping,
    refused,  ///< an alias, which is already reported
  };

  Kind kind = Kind::null;
  int line = 0;         ///< from 1
  std::string text;     ///< of a scalar, without escapes
  bool quoted = false;  ///< a scalar in quotes or a block, which is always text
  /// The items of a list, or the keys and values of a mapping in turn; in the order of the file,
  /// with duplicate keys.
  std::vector<YamlNode> children;
};

/// Collects the problems of one file.
class ProblemCollector {
 public:
  explicit ProblemCollector(std::string file) : file_(std::move(file)) {}

  void add(int line, std::string key, std::string what);
  /// In the order of their lines; on one line, in the order in which they were added.
  [[nodiscard]] Problems sorted() const;
  [[nodiscard]] bool empty() const { return problems_.empty(); }

 private:
  std::string file_;
  Problems problems_;
};

/// The largest text that parseYaml() accepts, and the most levels of nesting.
inline constexpr std::size_t kMaxYamlBytes = 1U << 20U;
inline constexpr std::size_t kMaxYamlDepth = 32;

/// Parses one document of UTF-8 text; an empty text is null. Adds every mistake to `problems`.
/// Returns nullopt if the bytes are no UTF-8 text, or if the text is no YAML, too long, too deeply
/// nested, or more than one document. Never throws.
[[nodiscard]] std::optional<YamlNode> parseYaml(const std::string& text,
                                                ProblemCollector& problems);

}  // namespace hardlink
