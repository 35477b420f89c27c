#include "base/clean_path.h"

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("a clean path never leaves the directory where it begins") {
  CHECK(cleanPath("a/./b//c/") == "a/b/c");
  CHECK(cleanPath("/../a/../b") == "b");
  CHECK(cleanPath("a/../..").empty());
}

TEST_CASE("the shortest path is the one that Go's filepath.Clean returns") {
  // From the documentation and the tests of Go's filepath.Clean.
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
