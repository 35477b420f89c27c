#include "config/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace hardlink {
namespace {

std::string unknownKey(std::string_view key, const std::vector<std::string_view>& known) {
  if (key == "<<") {
    return "merge keys are not supported: repeat the values";
  }
  if (const std::optional<std::string_view> meant = suggestion(key, known)) {
    return fmt::format("unknown key; did you mean \"{}\"?", *meant);
  }
  return "unknown key; expected one of " + joined(known);
}

/// What the file has, for messages.
std::string shown(const YamlNode& node) {
  constexpr std::size_t kShown = 60;
  switch (node.kind) {
    case YamlNode::Kind::scalar:
      return fmt::format("\"{}{}\"", std::string_view(node.text).substr(0, kShown),
                         node.text.size() > kShown ? "..." : "");
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
    case YamlNode::Kind::null:
    case YamlNode::Kind::refused:
      break;
  }
  return "nothing";
}

}  // namespace

Section::Section(const YamlNode& node, std::string name, const std::vector<std::string_view>& known,
                 ProblemCollector& problems)
    : name_(std::move(name)), line_(node.line), problems_(problems) {
  // A section is null if all its keys are commented out.
  if (node.kind == YamlNode::Kind::null || node.kind == YamlNode::Kind::refused) {
    return;
  }
  if (node.kind != YamlNode::Kind::mapping) {
    problems_.add(line_, name_, expected("a mapping with " + joined(known), node).context);
    return;
  }
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    takeEntry(node.children[i], node.children[i + 1], known);
  }
}

void Section::takeEntry(const YamlNode& key, const YamlNode& value,
                        const std::vector<std::string_view>& known) {
  if (key.kind == YamlNode::Kind::refused) {
    return;
  }
  if (key.kind != YamlNode::Kind::scalar) {
    problems_.add(key.line, name_, expected("a word for a key", key).context);
    return;
  }
  if (std::find(known.begin(), known.end(), key.text) == known.end()) {
    problems_.add(key.line, nameOf(key.text), unknownKey(key.text, known));
    return;
  }
  const auto [first, inserted] = entries_.try_emplace(key.text, Entry{key.line, &value});
  if (!inserted) {
    problems_.add(key.line, nameOf(key.text),
                  fmt::format("given twice, first on line {}", first->second.line));
  }
}

const YamlNode* Section::find(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second.value;
}

std::string Section::nameOf(std::string_view key) const {
  return name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
}

void Section::report(std::string_view key, std::string what) const {
  const YamlNode* const node = find(key);
  problems_.add(node == nullptr ? line_ : node->line, nameOf(key), std::move(what));
}

bool Section::requireList(const YamlNode& node, std::string_view key) const {
  if (node.kind == YamlNode::Kind::list) {
    return true;
  }
  if (node.kind != YamlNode::Kind::refused) {
    problems_.add(node.line, nameOf(key), expected("a list", node).context);
  }
  return false;
}

std::string indexed(std::string_view list, std::size_t index) {
  return fmt::format("{}[{}]", list, index);
}

Error expected(std::string_view expectation, const YamlNode& got) {
  return Error{0, fmt::format("expected {}, got {}", expectation, shown(got))};
}

FieldParser<std::uint64_t> wholeNumber(std::uint64_t least, std::uint64_t most) {
  return [least, most](const YamlNode& node) -> Result<std::uint64_t> {
    const auto number = parseWhole<std::uint64_t>(node.text);
    if (node.kind == YamlNode::Kind::scalar && !node.quoted && number && *number >= least &&
        *number <= most) {
      return *number;
    }
    return expected(most == UINT64_MAX ? fmt::format("a whole number of at least {}", least)
                                       : fmt::format("a whole number from {} to {}", least, most),
                    node);
  };
}

FieldParser<bool> trueOrFalse() {
  return [](const YamlNode& node) -> Result<bool> {
    if (node.kind == YamlNode::Kind::scalar && !node.quoted &&
        (node.text == "true" || node.text == "false")) {
      return node.text == "true";
    }
    return expected("true or false", node);
  };
}

FieldParser<std::string> checkedText(std::function<Result<void>(std::string_view)> check) {
  return [check = std::move(check)](const YamlNode& node) -> Result<std::string> {
    if (node.kind != YamlNode::Kind::scalar) {
      return expected("text", node);
    }
    RETURN_IF_ERROR(check(node.text));
    return node.text;
  };
}

}  // namespace hardlink
