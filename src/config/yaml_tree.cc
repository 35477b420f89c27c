#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "base/utf8.h"

namespace hardlink {
namespace {

int lineOf(const YAML::Mark& mark) { return mark.line + 1; }

/// Ends the parse: yaml-cpp recurses for every level, and a deep enough text would exhaust the
/// stack.
struct TooDeep : std::runtime_error {
  explicit TooDeep(int at) : std::runtime_error("too deep"), line(at) {}
  int line;
};

/// Builds the tree of one document from the parser's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(ProblemCollector& problems) : problems_(problems) {}

  [[nodiscard]] YamlNode takeRoot() { return std::move(root_); }
  [[nodiscard]] int firstLine() const { return first_line_; }

  void OnDocumentStart(const YAML::Mark& mark) override { first_line_ = lineOf(mark); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add({.kind = YamlNode::Kind::null, .line = lineOf(mark), .text = {}, .children = {}});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    problems_.add(lineOf(mark), "", "aliases (*name) are not supported: repeat the value");
    add({.kind = YamlNode::Kind::refused, .line = lineOf(mark), .text = {}, .children = {}});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    add({.kind = YamlNode::Kind::scalar,
         .line = lineOf(mark),
         .text = value,
         .quoted = tag != "?",
         .children = {}});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::list, mark);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::mapping, mark);
  }
  void OnMapEnd() override { close(); }

 private:
  void open(YamlNode::Kind kind, const YAML::Mark& mark) {
    if (open_.size() == kMaxYamlDepth) {
      throw TooDeep(lineOf(mark));
    }
    open_.push_back({.kind = kind, .line = lineOf(mark), .text = {}, .children = {}});
  }

  void close() {
    YamlNode done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    YamlNode& parent = open_.back();
    const bool is_value = parent.kind == YamlNode::Kind::mapping && parent.children.size() % 2 == 1;
    if (is_value && node.kind == YamlNode::Kind::null) {
      // For a missing value, yaml-cpp gives the line of the next token.
      node.line = parent.children.back().line;
    }
    parent.children.push_back(std::move(node));
  }

  ProblemCollector& problems_;
  std::vector<YamlNode> open_;
  YamlNode root_;
  int first_line_ = 0;
};

/// Returns whether `text` is UTF-8 and not too large, and adds a problem if not. yaml-cpp itself
/// accepts any bytes, UTF-16 and UTF-32 too.
bool isText(const std::string& text, ProblemCollector& problems) {
  if (text.size() > kMaxYamlBytes) {
    problems.add(0, "", "is larger than 1 MiB");
    return false;
  }
  const std::string valid = sanitizeUtf8(text);
  const auto invalid = std::mismatch(text.begin(), text.end(), valid.begin(), valid.end()).first;
  const auto bad = std::min(invalid, std::find(text.begin(), text.end(), '\0'));
  if (bad == text.end()) {
    return true;
  }
  const auto line = std::count(text.begin(), bad, '\n') + 1;
  problems.add(static_cast<int>(line), "", "is not UTF-8 text");
  return false;
}

std::optional<YamlNode> parseOneDocument(const std::string& text, ProblemCollector& problems) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  TreeBuilder document(problems);
  parser.HandleNextDocument(document);
  ProblemCollector unused("");
  TreeBuilder another(unused);
  if (parser.HandleNextDocument(another)) {
    problems.add(another.firstLine(), "", "a second document begins; expected only one");
    return std::nullopt;
  }
  return document.takeRoot();
}

}  // namespace

void ProblemCollector::add(int line, std::string key, std::string what) {
  problems_.push_back({file_, line, std::move(key), std::move(what)});
}

Problems ProblemCollector::sorted() const {
  Problems problems = problems_;
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  return problems;
}

std::optional<YamlNode> parseYaml(const std::string& text, ProblemCollector& problems) {
  if (!isText(text, problems)) {
    return std::nullopt;
  }
  try {
    return parseOneDocument(text, problems);
  } catch (const YAML::Exception& failure) {
    problems.add(lineOf(failure.mark), "", "is not YAML: " + failure.msg);
  } catch (const TooDeep& failure) {
    problems.add(failure.line, "", "is nested too deeply");
  } catch (const std::exception& failure) {
    problems.add(0, "", std::string("is not YAML: ") + failure.what());
  }
  return std::nullopt;
}

}  // namespace hardlink
