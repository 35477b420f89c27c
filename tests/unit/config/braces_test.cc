#include "config/braces.h"

#include "support/catch.h"

namespace hardlink {
namespace {

using Globs = std::vector<std::string>;

Globs expanded(const std::string& glob) {
  const auto globs = expandBraces(glob);
  INFO(glob);
  REQUIRE(globs);
  return *globs;
}

std::string complaint(const std::string& glob) {
  const auto globs = expandBraces(glob);
  INFO(glob);
  REQUIRE_FALSE(globs);
  return globs.error().message();
}

TEST_CASE("braces stand for a glob per alternative") {
  CHECK(expanded("daily.*") == Globs{"daily.*"});
  CHECK(expanded("{daily,hourly}.*") == Globs{"daily.*", "hourly.*"});
  CHECK(expanded("{a,b}/{c,d}") == Globs{"a/c", "a/d", "b/c", "b/d"});
  CHECK(expanded("{daily.*,hosts/*/*}") == Globs{"daily.*", "hosts/*/*"});
  CHECK(expanded("{daily}.*") == Globs{"daily.*"});
}

TEST_CASE("braces nest, an alternative may be empty, and no glob comes twice") {
  CHECK(expanded("x{a,b{c,d}e}") == Globs{"xa", "xbce", "xbde"});
  CHECK(expanded("daily{,.old}") == Globs{"daily", "daily.old"});
  CHECK(expanded("{a,a}{,}") == Globs{"a"});
  CHECK(expanded("{}") == Globs{""});
}

TEST_CASE("after a backslash and in brackets a brace means itself") {
  CHECK(expanded("\\{a,b\\}") == Globs{"\\{a,b\\}"});
  CHECK(expanded("{\\,,\\}}x") == Globs{"\\,x", "\\}x"});
  CHECK(expanded("[{,}]x") == Globs{"[{,}]x"});
  CHECK(expanded("{[,],[!]}]}") == Globs{"[,]", "[!]}]"});
  CHECK(expanded("[{a,b}") == Globs{"[a", "[b"});
  CHECK(expanded("[{a/]b,c}") == Globs{"[a/]b", "[c"});
}

TEST_CASE("braces that are not in pairs, and ranges, are refused") {
  const std::string pairs = "expected as many { as }, in pairs (\\{ means the brace itself)";
  for (const char* const glob : {"{", "}", "{a,b", "a}", "{a,{b}", "}{", "{a}}", "{a\\}", "[{]}"}) {
    CHECK(complaint(glob) == pairs);
  }
  CHECK(complaint("daily.{0..6}") == "expected a list in braces and no range: {0,1,2} or [0-2]");
}

TEST_CASE("too many globs are refused before all of them are made") {
  std::string glob;
  for (int i = 0; i < 1000; ++i) {
    glob += "{a,b}";
  }
  CHECK(complaint(glob) == "expected braces that stand for at most 1000 patterns");
  CHECK(complaint("{" + std::string(1000, ',') + "}") == complaint(glob));
  CHECK(expanded("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}").size() == 512);
  CHECK(complaint("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}") == complaint(glob));
  CHECK(expanded(std::string(900, '{') + std::string(900, '}')) == Globs{""});
}

}  // namespace
}  // namespace hardlink
