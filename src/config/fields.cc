#include "config/fields.h"

#include <algorithm>

#include "base/text.h"

namespace hardlink {
namespace {

std::string unknownKey(std::string_view key, const std::vector<std::string_view>& known) {
  if (key == "<<") {
    return "merge keys are not supported: repeat the values";
  }
  if (const std::optional<std::string_view> meant = suggestion(key, known)) {
    return "unknown key; did you mean \"" + std::string(*meant) + "\"?";
  }
  return "unknown key; expected one of " + joined(known);
}

std::string quotedStart(const std::string& text) {
  static constexpr std::size_t kShown = 60;
  return text.size() <= kShown ? "\"" + text + "\"" : "\"" + text.substr(0, kShown) + "...\"";
}

}  // namespace

Section::Section(const YamlNode& node, std::string name, const std::vector<std::string_view>& known,
                 ProblemCollector& problems)
    : name_(std::move(name)), line_(node.line), problems_(problems) {
  // A section all of whose keys are commented out is null.
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
                  "given twice, first on line " + std::to_string(first->second.line));
  }
}

const YamlNode* Section::find(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second.value;
}

std::string Section::nameOf(std::string_view key) const {
  return name_.empty() ? std::string(key) : name_ + "." + std::string(key);
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

std::string shown(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::scalar:
      return quotedStart(node.text);
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

Error expected(const std::string& expectation, const YamlNode& got) {
  return Error{0, "expected " + expectation + ", got " + shown(got)};
}

FieldParser<std::uint64_t> wholeNumber(std::uint64_t least, std::uint64_t most) {
  return [least, most](const YamlNode& node) -> Result<std::uint64_t> {
    const auto number = parseWhole<std::uint64_t>(node.text);
    if (node.kind == YamlNode::Kind::scalar && !node.quoted && number && *number >= least &&
        *number <= most) {
      return *number;
    }
    const std::string range = most == UINT64_MAX
                                  ? "of at least " + std::to_string(least)
                                  : "from " + std::to_string(least) + " to " + std::to_string(most);
    return expected("a whole number " + range, node);
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

FieldParser<std::string> textThat(std::function<Result<void>(std::string_view)> check) {
  return [check = std::move(check)](const YamlNode& node) -> Result<std::string> {
    if (node.kind != YamlNode::Kind::scalar) {
      return expected("text", node);
    }
    RETURN_IF_ERROR(check(node.text));
    return node.text;
  };
}

}  // namespace hardlink
