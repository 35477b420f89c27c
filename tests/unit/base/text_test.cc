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

TEST_CASE("a slip of one letter is seen") {
  CHECK(meant("scna") == "scan");
  CHECK(meant("sca") == "scan");
  CHECK(meant("scaan") == "scan");
  CHECK(meant("skan") == "scan");
  CHECK(meant("chekc") == "check");
  CHECK(meant("lan") == "plan");
}

TEST_CASE("a longer word may have two") {
  CHECK(meant("expalni") == "explain");
  CHECK(meant("preflihgth") == "preflight");
  CHECK(meant("hceck") == "check");
  CHECK(meant("hcekc") == "-");
}

TEST_CASE("a command, and a word that is far from all, are left alone") {
  for (const std::string word : {"scan", "plan", "", "x", "/srv", "srv", "--help", "docker"}) {
    CAPTURE(word);
    CHECK(meant(word) == "-");
  }
  CHECK(meant(std::string(100'000, 's')) == "-");
}

}  // namespace
}  // namespace hardlink
