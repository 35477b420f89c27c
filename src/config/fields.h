#pragma once

/// Typed reading of a YAML tree that never stops at the first mistake: values arrive in place,
/// mistakes are collected, each with its line and its key.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/names.h"
#include "base/text.h"
#include "config/load.h"
#include "config/yaml_tree.h"

namespace hardlink {

/// The value of a node, or what was expected in its place (`Error::context`, "expected a …").
template <class T>
using FieldParser = std::function<Result<T>(const YamlNode&)>;

/// A mapping with a fixed set of keys. Refers to the node and the problems, which must outlive it.
class Section {
 public:
  /// Reports at once whatever is no mapping, and every key that is not `known` or stands there
  /// twice. `name` is the section's own dotted key; empty for the whole file.
  Section(const YamlNode& node, std::string name, const std::vector<std::string_view>& known,
          ProblemCollector& problems);

  /// The value of `key`, or nullptr where it is missing.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  /// The dotted name of `key`.
  [[nodiscard]] std::string nameOf(std::string_view key) const;
  [[nodiscard]] int line() const { return line_; }

  /// Sets `target` to what `parse` makes of `key`; where the key is missing or wrong it stays.
  /// Whether it was set.
  template <class T, class Target>
  bool read(std::string_view key, Target& target, const FieldParser<T>& parse) const {
    const YamlNode* const node = find(key);
    return node != nullptr && readNode(*node, nameOf(key), target, parse);
  }

  /// read() for a list, of which each wrong item is reported.
  template <class T>
  bool readList(std::string_view key, std::vector<T>& target, const FieldParser<T>& parse) const {
    const YamlNode* const node = find(key);
    if (node == nullptr || !requireList(*node, key)) {
      return false;
    }
    std::vector<T> items;
    bool good = true;
    for (std::size_t i = 0; i < node->children.size(); ++i) {
      T item{};
      good &= readNode(node->children[i], nameOf(key) + "[" + std::to_string(i) + "]", item, parse);
      items.push_back(std::move(item));
    }
    if (good) {
      target = std::move(items);
    }
    return good;
  }

  /// Whether `node`, the value of `key`, is a list; reports it if not.
  [[nodiscard]] bool requireList(const YamlNode& node, std::string_view key) const;

 private:
  template <class T, class Target>
  bool readNode(const YamlNode& node, const std::string& name, Target& target,
                const FieldParser<T>& parse) const {
    if (node.kind == YamlNode::Kind::refused) {
      return false;
    }
    Result<T> value = parse(node);
    if (!value) {
      problems_.add(node.line, name, value.error().context);
      return false;
    }
    target = std::move(*value);
    return true;
  }

  void takeEntry(const YamlNode& key, const YamlNode& value,
                 const std::vector<std::string_view>& known);

  std::string name_;
  int line_;
  struct Entry {
    int line;
    const YamlNode* value;
  };

  std::map<std::string, Entry, std::less<>> entries_;
  ProblemCollector& problems_;
};

/// What stands in the file, for messages: the quoted text, `a list`, `a mapping` or `nothing`.
[[nodiscard]] std::string shown(const YamlNode& node);

/// "expected EXPECTATION, got …".
[[nodiscard]] Error expected(const std::string& expectation, const YamlNode& got);

/// A whole number without quotes from `least` to `most`.
[[nodiscard]] FieldParser<std::uint64_t> wholeNumber(std::uint64_t least, std::uint64_t most);
/// `true` or `false`, without quotes.
[[nodiscard]] FieldParser<bool> trueOrFalse();
/// A scalar that passes `check` (config/validate.h).
[[nodiscard]] FieldParser<std::string> textThat(
    std::function<Result<void>(std::string_view)> check);

/// A scalar that `parse` turns into something; `expectation` says what that takes.
template <class T>
[[nodiscard]] FieldParser<T> wordFor(std::function<std::optional<T>(std::string_view)> parse,
                                     std::string expectation) {
  return [parse = std::move(parse),
          expectation = std::move(expectation)](const YamlNode& node) -> Result<T> {
    if (node.kind == YamlNode::Kind::scalar) {
      if (std::optional<T> value = parse(node.text)) {
        return std::move(*value);
      }
    }
    return expected(expectation, node);
  };
}

/// One of the names of an enum (base/names.h).
template <Named Enum>
[[nodiscard]] FieldParser<Enum> nameOf() {
  return wordFor<Enum>(fromString<Enum>, alternatives(namesOf<Enum>()));
}

}  // namespace hardlink
