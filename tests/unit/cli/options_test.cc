// Command lines and their errors.

#include "cli/options.h"

#include <chrono>

#include "base/text.h"
#include "unit/cli/command_line.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

// Which command

TEST_CASE("without a command the daemon runs, with flags and paths in any order") {
  CHECK(as<DaemonOptions>({}).paths.empty());
  const auto options = as<DaemonOptions>({"/a", "--log.level=debug", "/b", "--log.format", "json"});
  CHECK(options.paths == Words{"/a", "/b"});
  CHECK(options.log_level == log::Level::debug);
  CHECK(options.log_format == log::Format::json);
}

TEST_CASE("a command comes first, and its flags may stand on both sides of it") {
  CHECK(as<ScanOptions>({"scan", "--top=3", "/a"}).top == 3);
  CHECK(as<ScanOptions>({"--top=3", "scan", "/a"}).top == 3);
  CHECK(as<ScanOptions>({"--top", "3", "scan", "/a"}).paths == Words{"/a"});
  CHECK(as<ScanOptions>({"scan", "/a", "--top", "3"}).top == 3);
  CHECK(as<PlanOptions>({"plan", "/a", "--target=3"}).path == "/a");
  CHECK(as<ExplainOptions>({"explain", "/a"}).file == "/a");
  CHECK(as<PreflightOptions>({"preflight", "a.tar", "/b"}).path == "/b");
  const auto unpack = as<PreflightOptions>({"preflight", "--unpack=/b", "-"});
  CHECK((unpack.image == "-" && unpack.unpack == "/b" && !unpack.path));
}

TEST_CASE("a later word with the name of a command is a path") {
  CHECK(as<ScanOptions>({"scan", "scan", "plan"}).paths == Words{"scan", "plan"});
  CHECK(as<DaemonOptions>({"/a", "scan"}).paths == Words{"/a", "scan"});
  CHECK(as<DaemonOptions>({"/a", "help"}).paths == Words{"/a", "help"});
  CHECK(as<DaemonOptions>({"./scan"}).paths == Words{"./scan"});
}

TEST_CASE("after -- every word is a path") {
  CHECK(as<DaemonOptions>({"--", "scan", "--top=3"}).paths == Words{"scan", "--top=3"});
  CHECK(as<ScanOptions>({"scan", "--", "-x", "--", "--help"}).paths == Words{"-x", "--", "--help"});
  CHECK(as<ExplainOptions>({"explain", "--", "--file"}).file == "--file");
}

TEST_CASE("a path keeps brackets, commas and equals signs") {
  const Words paths = {"[x]", "[a,b]", "a=b", "-", "a b", "\xff"};
  Words words = {"scan"};
  words.insert(words.end(), paths.begin(), paths.end());
  CHECK(as<ScanOptions>(words).paths == paths);
  CHECK(as<DaemonOptions>(paths).paths == paths);
  CHECK(as<ExplainOptions>({"explain", "[a,b]"}).file == "[a,b]");
}

TEST_CASE("help and version are both words and flags") {
  const std::string help = answerTo({"--help"}).text;
  CHECK(help.find("Subcommands:\n  scan ") != std::string::npos);
  for (const Words& words : {Words{"-h"},
                             {"help"},
                             {"help", "help"},
                             {"help", "--help"},
                             {"/a", "--help"},
                             {"--nonsense", "--help"},
                             {"version", "--help"}}) {
    CHECK(answerTo(words).text == help);
    CHECK(answerTo(words).exit_code == 0);
  }
  const std::string version = answerTo({"--version"}).text;
  CHECK(version.starts_with("hardlink_exporter, version "));
  CHECK(answerTo({"version"}).text == version);
  CHECK(answerTo({"version"}).exit_code == 0);
}

TEST_CASE("the help of a command has its flags and examples") {
  for (const std::string name : {"scan", "explain", "plan", "check", "preflight"}) {
    const std::string help = answerTo({name, "--help"}).text;
    CHECK(help.find("hardlink_exporter " + name + " [OPTIONS]") != std::string::npos);
    CHECK(help.find("\nExamples:\n") != std::string::npos);
    CHECK(help.rfind("hardlink_exporter " + name) > help.find("\nExamples:\n"));
    // CLI11 names the flags that exclude each other in the order of their addresses.
    const std::string what = help.substr(0, help.find('\n'));
    for (const Words& words :
         {Words{"help", name}, {name, "-h"}, {"--help", name}, {name, "--nonsense", "--help"}}) {
      CHECK(answerTo(words).text.starts_with(what));
      CHECK(answerTo(words).exit_code == 0);
    }
  }
}

TEST_CASE("no line of the help is wider than 100 columns") {
  for (const Words& words : {Words{"--help"},
                             {"scan", "-h"},
                             {"explain", "-h"},
                             {"plan", "-h"},
                             {"preflight", "-h"},
                             {"check", "-h"}}) {
    const std::string help = answerTo(words).text;
    for (const std::string_view text : linesOf(help)) {
      CAPTURE(text);
      CHECK(text.size() <= 100);
    }
  }
}

TEST_CASE("help and version take no other arguments") {
  CHECK(refusal({"help", "scan", "plan"}).starts_with("one argument too many: plan"));
  CHECK(refusal({"version", "/a"}).starts_with("one argument too many: /a"));
  CHECK(refusal({"help", "sacn"}) == "'sacn' is not a command; did you mean scan?");
  CHECK(refusal({"help", "me"}).starts_with("'me' is not a command; see "));
  CHECK(refusal({"--log.level=info", "help"})
            .starts_with("--log.level is a flag of the daemon, and not of help"));
  CHECK(refusal({"version", "--json"}).starts_with("unknown flag --json"));
}

TEST_CASE("a misspelt command is reported even if flags of that command follow") {
  CHECK(refusal({"scna", "--format=json"}) == "'scna' is not a command; did you mean scan?");
  CHECK(refusal({"paln", "--target", "3"}) == "'paln' is not a command; did you mean plan?");
}

// Wrong flags

TEST_CASE("the error about a misspelt flag suggests the right one") {
  const auto meant = [](const Words& words) {
    const std::string text = refusal(words);
    const std::size_t at = text.find("did you mean ");
    return at == std::string::npos ? "-" : text.substr(at + 13);
  };
  CHECK(meant({"scan", "--fromat=json"}) == "--format?");
  CHECK(meant({"scan", "--wacth"}) == "--watch?");
  CHECK(meant({"--config.flie=x"}) == "--config.file?");
  CHECK(meant({"plan", "--traget=3"}) == "--target?");
  CHECK(meant({"-config.file=x"}) == "--config.file?");
  CHECK(meant({"-help"}) == "--help?");
  CHECK(meant({"--config"}) == "--config.file?");
  CHECK(meant({"scan", "-engine", "walk"}) == "--engine?");
  CHECK(meant({"scan", "--frobnicate"}) == "-");
  CHECK(meant({"scan", "-x"}) == "-");
  CHECK(refusalOfCheck({"check", "--critcal=3"}) ==
        "unknown flag --critcal; did you mean --critical?");
  CHECK(refusalOfCheck({"check", "-warning=3"}) ==
        "unknown flag -warning; did you mean --warning?");
}

TEST_CASE("the error about a flag of another command names that command") {
  CHECK(refusal({"scan", "--warning=3"}) ==
        "--warning is a flag of check, and not of scan; see hardlink_exporter scan --help");
  CHECK(refusal({"scan", "-w", "3"}).starts_with("-w is a flag of check, and not of scan"));
  CHECK(refusal({"--log.level=info", "scan"})
            .starts_with("--log.level is a flag of the daemon, and not of scan"));
  CHECK(refusal({"--format=json", "/a"})
            .starts_with("--format is a flag of scan, explain, plan and preflight, and not of the "
                         "daemon"));
  CHECK(refusal({"scan", "--version"}).starts_with("--version is a flag of the daemon"));
}

TEST_CASE("a flag without its value, and one that is given twice, are refused") {
  CHECK(refusal({"scan", "/a", "--layers"}).starts_with("--layers: the value is missing; see "));
  CHECK(refusal({"scan", "--layers", "--top=3"}).starts_with("--layers: the value is missing"));
  CHECK(refusal({"scan", "--layers", "--", "/a"}).starts_with("--layers: the value is missing"));
  CHECK(refusal({"scan", "--layers=", "/a"}).starts_with("--layers: the value is empty"));
  CHECK(refusal({"scan", "--layers", "", "/a"}).starts_with("--layers: the value is empty"));
  CHECK(refusal({"--config.file=", "/a"}).starts_with("--config.file: the value is empty"));
  CHECK(refusal({"scan", "--top=3", "--top=3"}).starts_with("--top is given twice"));
  CHECK(refusal({"--log.level=info", "--log.level", "warn"})
            .starts_with("--log.level is given twice"));
  CHECK(
      refusalOfCheck({"check", "-w", "3", "--warning=4"}).starts_with("--warning is given twice"));
  CHECK(as<DaemonOptions>({"--web.listen-address=:1", "--web.listen-address", "[::1]:2", "/a"})
            .listen_addresses == Words{":1", "[::1]:2"});
}

TEST_CASE("an empty argument is refused as a path") {
  for (const Words& words : {Words{""},
                             {"scan", ""},
                             {"/a", ""},
                             {"explain", ""},
                             {"preflight", "a", ""},
                             {"plan", "--target=1", ""},
                             {"--", ""}}) {
    CHECK(refusal(words).starts_with("a path must not be empty"));
  }
}

TEST_CASE("too many arguments and too few are refused") {
  CHECK(refusal({"explain", "a", "b"}).starts_with("one argument too many: b"));
  CHECK(refusal({"plan", "--target=1", "a", "b"}).starts_with("one argument too many: b"));
  CHECK(refusal({"preflight", "a", "b", "c"}).starts_with("one argument too many: c"));
  CHECK(refusal({"explain"}).starts_with("FILE is required"));
  CHECK(refusal({"preflight"}).starts_with("IMAGE is required"));
  CHECK(refusal({"preflight", "--unpack=/c", "a", "b"}).starts_with("PATH excludes --unpack"));
  CHECK(refusal({"plan"}).starts_with("--target or --free is required"));
}

// Values

TEST_CASE("a number is whole, decimal and within its bounds") {
  CHECK(as<ScanOptions>({"scan", "--link-limit=010"}).census.link_limit == 10);
  CHECK(as<ScanOptions>({"scan", "--link-limit=18446744073709551615"}).census.link_limit ==
        UINT64_MAX);
  CHECK(as<ScanOptions>({"scan", "--top=0"}).top == 0);
  CHECK(as<DaemonOptions>({"--web.max-requests=1000"}).max_requests == 1000);
  for (const std::string text : {"0", "-5", "65k", "18446744073709551616", "+5", " 5", "5 ", "0x10",
                                 "1.5", "1e3", "1'000", "65,000", "many", "-"}) {
    CHECK(refusal({"scan", "--link-limit=" + text}).starts_with("--link-limit: "));
    CHECK(refusal({"scan", "--link-limit", text}).starts_with("--link-limit: "));
  }
  CHECK(refusal({"scan", "--top=1001"}) ==
        "--top: '1001': expected a whole number from 0 to 1000; see hardlink_exporter scan --help");
  CHECK(refusal({"scan", "--top=-1"}).starts_with("--top: '-1': "));
  CHECK(refusal({"--web.max-requests=0"}).starts_with("--web.max-requests: "));
  CHECK(refusal({"--web.max-requests=none"}).starts_with("--web.max-requests: "));
  CHECK(refusal({"explain", "--paths=-1", "a"}).starts_with("--paths: "));
  CHECK(refusal({"plan", "--target=0"}).starts_with("--target: "));
  CHECK(refusal({"plan", "--target=1000001"}).starts_with("--target: "));
}

TEST_CASE("the error about a wrong value lists the values that the flag takes") {
  const auto names = [](const Words& words, const std::string& flag, const std::string& expected) {
    const std::string text = refusal(words);
    CAPTURE(text);
    CHECK(text.starts_with(flag + ": "));
    CHECK(text.find(expected) != std::string::npos);
  };
  names({"--web.listen-address=nonsense"}, "--web.listen-address", "HOST:PORT");
  names({"--web.listen-address=:70000"}, "--web.listen-address", "65535");
  names({"--web.telemetry-path=metrics"}, "--web.telemetry-path", "starts with /");
  names({"--web.telemetry-path=/-/ready"}, "--web.telemetry-path", "nothing else");
  names({"--log.level=loud"}, "--log.level", "debug, info, warn, error");
  names({"--log.format=xml"}, "--log.format", "logfmt, json");
  names({"--sandbox.seccomp=maybe"}, "--sandbox.seccomp", "on, off");
  names({"scan", "--format=xml"}, "--format", "table, json, prometheus");
  names({"explain", "--format=prometheus", "a"}, "--format", "table, json");
  names({"preflight", "--format=yaml", "a"}, "--format", "table, json");
  names({"plan", "--target=7", "--format=yaml"}, "--format", "table, json, commands");
  names({"scan", "--engine=fast"}, "--engine", "auto, walk, ext4");
  names({"scan", "--layout=btrfs"}, "--layout", "docker-overlay");
  names({"scan", "--tool=rsnapshoot"}, "--tool", "did you mean rsnapshot?");
  names({"plan", "--target=7", "--tool=btrfs"}, "--tool", "auto, none, docker, rsnapshot,");
  names({"plan", "--target=7", "--order=age"}, "--order", "auto, name, time");
  names({"scan", "--layers=../x"}, "--layers", "..");
  names({"scan", "--layers=/x"}, "--layers", "slash");
}

TEST_CASE("every command that counts takes a layout and a tool") {
  const Words flags = {"--layout=store", "--tool=nix"};
  const auto with = [&](Words words) {
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
  };
  for (const CensusFlags& census :
       {as<ScanOptions>(with({"scan"})).census, as<CheckOptions>(with({"check"})).census,
        as<ExplainOptions>(with({"explain", "a"})).census,
        as<PlanOptions>(with({"plan", "--target=1"})).census}) {
    CHECK(census.layout == LayoutChoice::store);
    CHECK(census.tool == Tool::nix);
  }
  CHECK_FALSE(as<ScanOptions>({"scan", "--tool=auto"}).census.tool);
  CHECK(as<ScanOptions>({"scan", "--tool=none"}).census.tool == Tool::none);
}

TEST_CASE("a tool that contradicts the layout or the layers is refused") {
  CHECK(refusal({"scan", "--tool=nix", "--layout=snapshots"}) ==
        "--tool: nix makes trees of layout store, but the layout is snapshots; leave one of them "
        "out; see hardlink_exporter scan --help");
  CHECK(refusal({"explain", "--tool=git", "--layers=*", "a"}).starts_with("--tool: git makes no"));
  CHECK(refusal({"plan", "--target=1", "--layout=docker-overlay", "--tool=none"})
            .starts_with("--tool: none, but layout docker-overlay is docker's"));
  CHECK(refusalOfCheck({"check", "--tool=rsync", "--layout=store"})
            .starts_with("--tool: rsync makes"));
  CHECK(
      as<PlanOptions>({"plan", "--target=1", "--tool=rsnapshot", "--layers=daily.*"}).census.tool ==
      Tool::rsnapshot);
}

TEST_CASE("watch takes a duration of at least a second, and only tables") {
  CHECK_FALSE(as<ScanOptions>({"scan"}).watch);
  CHECK(as<ScanOptions>({"scan", "--watch"}).watch == 5s);
  CHECK(as<ScanOptions>({"scan", "--watch=1m30s"}).watch == 90s);
  for (const std::string value : {"0s", "soon", "10ms", "5"}) {
    CHECK(refusal({"scan", "--watch=" + value}).find("expected a duration from 1s on") !=
          std::string::npos);
  }
  CHECK(refusal({"scan", "--watch", "--output=x"}).find("--watch") != std::string::npos);
  CHECK(refusal({"scan", "--watch", "--format=json"}).find("--watch") != std::string::npos);
}

}  // namespace
}  // namespace hardlink
