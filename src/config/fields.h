#pragma once

/// Reads typed values from a YAML tree. It does not stop at the first mistake, but collects all of
/// them, each with its line and its key.

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

/// Parses the value of a node. `Error::context` says what was expected: "expected a …".
template <class T>
using FieldParser = std::function<Result<T>(const YamlNode&)>;

/// The key of an item of a list: "LIST[INDEX]".
[[nodiscard]] std::string indexed(std::string_view list, std::size_t index);

/// A mapping with a fixed set of keys. The node and the problems must outlive it.
class Section {
 public:
  /// Reports a node that is no mapping, and every key that is not `known` or is given twice. `name`
  /// is the section's own dotted key; empty for the whole file.
  Section(const YamlNode& node, std::string name, const std::vector<std::string_view>& known,
          ProblemCollector& problems);

  /// The value of `key`, or nullptr if the key is missing.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  /// The dotted name of `key`.
  [[nodiscard]] std::string nameOf(std::string_view key) const;
  /// Reports a problem with `key`: on its line, or on the section's line if the key is missing.
  void report(std::string_view key, std::string what) const;

  /// Sets `target` to the parsed value of `key`, and returns whether it did. If the key is missing
  /// or its value is wrong, `target` stays as it is.
  template <class T, class Target>
  bool read(std::string_view key, Target& target, const FieldParser<T>& parse) const {
    const YamlNode* const node = find(key);
    return node != nullptr && readNode(*node, nameOf(key), target, parse);
  }

  /// read() for a list. Reports every wrong item.
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
      good &= readNode(node->children[i], nameOf(indexed(key, i)), item, parse);
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

/// "expected EXPECTATION, got …", with the text of the node in quotes, `a list`, `a mapping` or
/// `nothing`.
[[nodiscard]] Error expected(std::string_view expectation, const YamlNode& got);

/// A whole number without quotes from `least` to `most`.
[[nodiscard]] FieldParser<std::uint64_t> wholeNumber(std::uint64_t least, std::uint64_t most);
/// `true` or `false`, without quotes.
[[nodiscard]] FieldParser<bool> trueOrFalse();
/// A scalar that passes `check` (config/validate.h).
[[nodiscard]] FieldParser<std::string> checkedText(
    std::function<Result<void>(std::string_view)> check);

/// A scalar that `parse` converts; `expectation` says which texts it accepts.
template <class T>
[[nodiscard]] FieldParser<T> parsedText(std::function<std::optional<T>(std::string_view)> parse,
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
[[nodiscard]] FieldParser<Enum> oneOf() {
  return parsedText<Enum>(fromString<Enum>, alternatives(namesOf<Enum>()));
}

}  // namespace hardlink
