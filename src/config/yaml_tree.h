#pragma once

/// A YAML document as a tree of plain values with their lines, and the list of its problems. The
/// only user of yaml-cpp.

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
    refused,  ///< an alias, about which there is a problem already
  };

  Kind kind = Kind::null;
  int line = 0;         ///< from 1
  std::string text;     ///< of a scalar, escapes undone
  bool quoted = false;  ///< a scalar in quotes or a block, which is text whatever it looks like
  /// The items of a list; of a mapping, the keys and values in turn, as they stand in the file:
  /// duplicates are kept.
  std::vector<YamlNode> children;
};

/// Collects what is wrong with one file.
class ProblemCollector {
 public:
  explicit ProblemCollector(std::string file) : file_(std::move(file)) {}

  void add(int line, std::string key, std::string what);
  /// In the order of their lines; those of one line in the order in which they were found.
  [[nodiscard]] Problems sorted() const;
  [[nodiscard]] bool empty() const { return problems_.empty(); }

 private:
  std::string file_;
  Problems problems_;
};

/// The largest text that parseYaml() takes, and the most levels of nesting.
inline constexpr std::size_t kMaxYamlBytes = 1U << 20U;
inline constexpr std::size_t kMaxYamlDepth = 32;

/// Parses one document of UTF-8 text; an empty one is null. Adds what is wrong to `problems`;
/// returns nothing where the text is no YAML, is none that a configuration needs (several
/// documents, too deep, too long), or is no text. Never throws.
[[nodiscard]] std::optional<YamlNode> parseYaml(const std::string& text,
                                                ProblemCollector& problems);

}  // namespace hardlink
