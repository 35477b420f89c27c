#include <fstream>
#include <set>

#include "config/load.h"
#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("the example configuration has one root and otherwise the defaults") {
  const Result<Config, Problems> loaded = loadConfig(HARDLINK_EXAMPLE_CONFIG);
  REQUIRE(loaded);
  Config expected;
  expected.roots.push_back({.path = "/var/lib/docker/overlay",
                            .name = "/var/lib/docker/overlay",
                            .layers = {},
                            .link_limit = std::nullopt,
                            .exclude = {}});
  CHECK(*loaded == expected);
}

TEST_CASE("the example configuration has every key") {
  // The message about an unknown key lists the known keys. The example must have each of them.
  const Result<Config, Problems> probed = parseConfig(
      "roots: [{path: /a, q1q1: 1}]\nscan: {q1q1: 1}\nmetrics: {q1q1: 1}\nweb: {q1q1: 1}\n"
      "log: {q1q1: 1}\nq1q1: 1\n",
      "probe");
  REQUIRE_FALSE(probed);
  const auto& problems = probed.error();
  REQUIRE(problems.size() == 6);
  std::ifstream file(HARDLINK_EXAMPLE_CONFIG);
  const std::string example((std::istreambuf_iterator<char>(file)), {});
  for (const Problem& problem : problems) {
    static constexpr std::string_view kPrefix = "unknown key; expected one of ";
    CAPTURE(problem.what);
    REQUIRE(problem.what.substr(0, kPrefix.size()) == kPrefix);
    std::string keys = problem.what.substr(kPrefix.size()) + ", ";
    while (!keys.empty()) {
      const std::size_t comma = keys.find(", ");
      const std::string key = keys.substr(0, comma);
      CAPTURE(key);
      CHECK(example.find(key + ":") != std::string::npos);
      keys.erase(0, comma + 2);
    }
  }
}

}  // namespace
}  // namespace hardlink
