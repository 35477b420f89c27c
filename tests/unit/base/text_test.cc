#include "base/text.h"

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.h"

namespace hardlink {
namespace {

const std::vector<std::string_view> kCommands = {"scan", "check", "explain", "plan", "preflight"};

std::string_view meant(const std::string& word) {
  return suggestion(word, kCommands).value_or("-");
}

TEST_CASE("one wrong letter gets a suggestion") {
  CHECK(meant("scna") == "scan");
  CHECK(meant("sca") == "scan");
  CHECK(meant("scaan") == "scan");
  CHECK(meant("skan") == "scan");
  CHECK(meant("chekc") == "check");
  CHECK(meant("lan") == "plan");
}

TEST_CASE("in a longer word, two wrong letters get a suggestion") {
  CHECK(meant("expalni") == "explain");
  CHECK(meant("preflihgth") == "preflight");
  CHECK(meant("hceck") == "check");
  CHECK(meant("hcekc") == "-");
}

TEST_CASE("a command, and a word unlike all commands, get no suggestion") {
  for (const std::string word : {"scan", "plan", "", "x", "/srv", "srv", "--help", "docker"}) {
    CAPTURE(word);
    CHECK(meant(word) == "-");
  }
  CHECK(meant(std::string(100'000, 's')) == "-");
}

}  // namespace
}  // namespace hardlink
