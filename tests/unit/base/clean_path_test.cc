#include "base/clean_path.h"

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("a clean path leads nowhere out of the directory it begins in") {
  CHECK(cleanPath("a/./b//c/") == "a/b/c");
  CHECK(cleanPath("/../a/../b") == "b");
  CHECK(cleanPath("a/../..").empty());
}

TEST_CASE("the shortest way to write a path is Go's") {
  // What the documentation and the tests of Go's filepath.Clean say.
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "."},
      {"abc", "abc"},
      {"abc/", "abc"},
      {"./abc", "abc"},
      {".", "."},
      {"/", "/"},
      {"//abc//def", "/abc/def"},
      {"..", ".."},
      {"../..", "../.."},
      {"../../abc", "../../abc"},
      {"/..", "/"},
      {"/../abc", "/abc"},
      {"abc/def/..", "abc"},
      {"abc/..", "."},
      {"abc/../..", ".."},
      {"abc/../../def", "../def"},
      {"/abc/../..", "/"},
      {"abc/def/../../..", ".."},
      {"../abc/../..", "../.."},
      {"abc/../../././../def", "../../def"}};
  for (const auto& [path, shortest] : cases) {
    CAPTURE(path);
    CHECK(shortestPath(path) == shortest);
  }
}

}  // namespace
}  // namespace hardlink
