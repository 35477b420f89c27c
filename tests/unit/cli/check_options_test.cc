// The command line of check, and its errors.

#include <chrono>

#include "unit/cli/command_line.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

TEST_CASE("check has the short flags of monitoring plugins") {
  for (const Words& words : {Words{"check", "-w", "50", "-c", "10", "-t", "30", "/a"},
                             {"check", "-w50", "-c10", "-t30", "/a"},
                             {"check", "-w=50", "-c=10", "-t=30", "/a"},
                             {"-w", "50", "check", "--critical=10", "--timeout", "30", "/a"}}) {
    const auto options = as<CheckOptions>(words);
    CHECK_FALSE(options.wrong_usage);
    CHECK(options.thresholds == Thresholds{.warning = fewerThan(50), .critical = fewerThan(10)});
    CHECK(options.timeout == 30s);
    CHECK(options.paths == Words{"/a"});
  }
}

TEST_CASE("thresholds are numbers and ranges, of layers and of links") {
  const auto options = as<CheckOptions>(
      {"check", "-w", "@10:20", "-c", "~:9", "--warning-links=5:", "--critical-links=3"});
  CHECK_FALSE(options.wrong_usage);
  CHECK(options.thresholds == Thresholds{.warning = AlertRange{10, 20, true},
                                         .critical = AlertRange{std::nullopt, 9},
                                         .warning_links = fewerThan(5),
                                         .critical_links = fewerThan(3)});
  CHECK(as<CheckOptions>({"check"}).thresholds == Thresholds{});
}

TEST_CASE("the allowed full inodes are a whole number and independent of thresholds") {
  const auto options = as<CheckOptions>({"check", "--allow-saturated=3", "/a"});
  CHECK_FALSE(options.wrong_usage);
  CHECK(options.thresholds == Thresholds{.allow_saturated = 3});
  CHECK(as<CheckOptions>({"check", "--allow-saturated=0"}).thresholds.allow_saturated == 0);
  CHECK(as<CheckOptions>({"check", "--url=http://a", "--allow-saturated", "1"})
            .thresholds.allow_saturated == 1);
  for (const std::string value : {"-1", "1.5", "10:", "@1", "all"}) {
    CHECK(
        refusalOfCheck({"check", "--allow-saturated=" + value}).starts_with("--allow-saturated: "));
  }
}

TEST_CASE("a timeout is in seconds, or a duration with its unit") {
  CHECK(as<CheckOptions>({"check"}).timeout == 55s);
  CHECK(as<CheckOptions>({"check", "--timeout=5"}).timeout == 5s);
  CHECK(as<CheckOptions>({"check", "-t", "1m30s"}).timeout == 90s);
  CHECK(as<CheckOptions>({"check", "-t", "500ms"}).timeout == 500ms);
  for (const std::string value : {"0", "-1", "1.5", "soon", "5 s", "99999999999999999999"}) {
    CHECK(refusalOfCheck({"check", "-t", value}).starts_with("--timeout: "));
  }
}

TEST_CASE("check reports a wrong command line in the format of its mode") {
  for (const Words& words : std::vector<Words>{{"--warning=x", "/a"},
                                               {"--warning=-1", "/a"},
                                               {"-w", "20:10"},
                                               {"--warning=3", "--critical=9", "/a"},
                                               {"--warning=3:", "--critical=9:", "/a"},
                                               {"--warning-links=3", "--critical-links=9", "/a"},
                                               {"--no-such-flag"},
                                               {"--url=https://localhost:0"},
                                               {"--url=https://user@localhost:1"},
                                               {"--url=localhost:1"},
                                               {"--url=http://127.0.0.1:1", "/a"},
                                               {"--url=http://127.0.0.1:1", "--engine=walk"},
                                               {"--url=http://127.0.0.1:1", "--tool=nix"},
                                               {"--root=x", "/a"},
                                               {"--max-age=1h", "/a"},
                                               {"--log.level=info"},
                                               {""}}) {
    Words nagios = {"check"};
    nagios.insert(nagios.end(), words.begin(), words.end());
    CHECK_FALSE(refusalOfCheck(nagios).empty());
    CHECK(as<CheckOptions>(nagios).mode == CheckMode::nagios);
    for (const Words& mode : {Words{"--mode=npd"}, {"--mode", "npd"}}) {
      Words npd = nagios;
      npd.insert(npd.begin() + 1, mode.begin(), mode.end());
      CHECK_FALSE(refusalOfCheck(npd).empty());
      CHECK(as<CheckOptions>(npd).mode == CheckMode::npd);
    }
  }
  CHECK(refusalOfCheck({"check", "--mode=loud"}).starts_with("--mode: 'loud' is not one of"));
  CHECK(refusalOfCheck({"check", "--warning=3", "--critical=9"}) ==
        "--critical: 9 must not be more than --warning, 3; see hardlink_exporter check --help");
}

TEST_CASE("a range that alerts on high figures may be critical before it warns") {
  CHECK_FALSE(as<CheckOptions>({"check", "-w", "~:10", "-c", "20"}).wrong_usage);
  CHECK_FALSE(as<CheckOptions>({"check", "-w", "10:20", "-c", "15:30"}).wrong_usage);
}

TEST_CASE("a password in a URL is not printed") {
  CHECK(refusalOfCheck({"check", "--url=http://user:secret@host:port"}).find("secret") ==
        std::string::npos);
}

}  // namespace
}  // namespace hardlink
