#include "config/yaml_tree.h"

#include <random>

#include "config/load.h"
#include "support/catch.h"

namespace hardlink {
namespace {

using namespace std::string_literals;

/// The problems that parseYaml() finds, one "LINE: WHAT" each; empty if there are none.
std::string problemsIn(const std::string& text) {
  ProblemCollector problems("");
  const std::optional<YamlNode> root = parseYaml(text, problems);
  std::string all;
  for (const Problem& problem : problems.sorted()) {
    all += std::to_string(problem.line) + ": " + problem.what + "\n";
  }
  CHECK((root.has_value() || !all.empty()));
  return all;
}

YamlNode rootOf(const std::string& text) {
  ProblemCollector problems("");
  std::optional<YamlNode> root = parseYaml(text, problems);
  REQUIRE(problems.empty());
  REQUIRE(root);
  return *root;
}

TEST_CASE("a tree keeps lines, quotes and duplicate keys") {
  const YamlNode root = rootOf("# first\na: 'x'\nb: [1, ~]\na: |\n  two\n");
  REQUIRE(root.kind == YamlNode::Kind::mapping);
  REQUIRE(root.children.size() == 6);
  CHECK(root.children[0].text == "a");
  CHECK(root.children[0].line == 2);
  CHECK_FALSE(root.children[0].quoted);
  CHECK(root.children[1].text == "x");
  CHECK(root.children[1].quoted);
  CHECK(root.children[3].kind == YamlNode::Kind::list);
  CHECK(root.children[3].children[0].text == "1");
  CHECK(root.children[3].children[1].kind == YamlNode::Kind::null);
  CHECK(root.children[4].text == "a");
  CHECK(root.children[4].line == 4);
  CHECK(root.children[5].text == "two\n");
}

TEST_CASE("a text without a document is null") {
  for (const std::string text : {"", "\n\n", "# only a comment\n", "---\n", "\xef\xbb\xbf"}) {
    CAPTURE(text);
    CHECK(rootOf(text).kind == YamlNode::Kind::null);
  }
}

TEST_CASE("a syntax error has its line") {
  CHECK(problemsIn("a: 1\nb: [1\n").substr(0, 16) == "3: is not YAML: ");
  CHECK(problemsIn("a:\n\t- b\n").substr(0, 16) == "2: is not YAML: ");
  CHECK(problemsIn("a: *nowhere\n").substr(0, 16) == "1: is not YAML: ");
}

TEST_CASE("a second document is refused with the line where it begins") {
  CHECK(problemsIn("a: 1\n---\nb: 2\n") == "2: a second document begins; expected only one\n");
}

TEST_CASE("an alias is refused with its line, and the rest of the file is read") {
  ProblemCollector problems("");
  const std::optional<YamlNode> root = parseYaml("a: &x [1]\nb: *x\nc: 3\n", problems);
  REQUIRE(root);
  REQUIRE(problems.sorted().size() == 1);
  CHECK(problems.sorted()[0].line == 2);
  CHECK(problems.sorted()[0].what == "aliases (*name) are not supported: repeat the value");
  CHECK(root->children[3].kind == YamlNode::Kind::refused);
  CHECK(root->children[5].text == "3");
}

TEST_CASE("bytes that are no text are refused with the line of the first bad one") {
  CHECK(problemsIn("a: 1\nb: \xff\n") == "2: is not UTF-8 text\n");
  CHECK(problemsIn("a: 1\n\nb: \0\n"s) == "3: is not UTF-8 text\n");
  CHECK(problemsIn("\xff\xfe"
                   "a\0"s) == "1: is not UTF-8 text\n");
  CHECK(problemsIn("\x7f"
                   "ELF\x02\x01\x01\0\0\0"s) == "1: is not UTF-8 text\n");
}

TEST_CASE("a text above the size limit is refused unread, a text at the limit is read") {
  CHECK(problemsIn(std::string(kMaxYamlBytes + 1, '#')) == "0: is larger than 1 MiB\n");
  CHECK(problemsIn(std::string(kMaxYamlBytes, '#')).empty());
}

TEST_CASE("nesting above the limit is refused with its line, nesting at the limit is read") {
  const auto nested = [](std::size_t depth) {
    return "\n" + std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(problemsIn(nested(kMaxYamlDepth)).empty());
  CHECK(problemsIn(nested(kMaxYamlDepth + 1)) == "2: is nested too deeply\n");
}

TEST_CASE("a megabyte of one repeated text is refused or read, and never a crash") {
  for (const std::string unit : {"[", "{", "- ", "? ", ": ", "a: ", "&a ", "!t ", "*a ", "\"", "|",
                                 "a:\n ", "[a, ", "{a: ", "%", "---\n", "]", "\n\t", "a: b\n"}) {
    CAPTURE(unit);
    std::string text;
    while (text.size() + unit.size() <= kMaxYamlBytes) {
      text += unit;
    }
    ProblemCollector problems("");
    const std::optional<YamlNode> root = parseYaml(text, problems);
    CHECK((root.has_value() || !problems.empty()));
  }
}

TEST_CASE("random mixtures of YAML's own characters never crash the loader") {
  static constexpr std::string_view kAlphabet = "abroots: -[]{},#&*!|>'\"%@`?~\n\n\n  \t0159.";
  std::mt19937 random(20261123);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto length = random() % 120; length > 0; --length) {
      text += kAlphabet[random() % kAlphabet.size()];
    }
    CAPTURE(text);
    const Result<Config, Problems> loaded = parseConfig(text, "junk");
    if (!loaded) {
      REQUIRE_FALSE(loaded.error().empty());
    }
  }
}

}  // namespace
}  // namespace hardlink
