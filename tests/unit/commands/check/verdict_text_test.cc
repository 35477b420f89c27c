#include "commands/check/verdict.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

RootVerdict rootVerdict(std::string name, VerdictState state, std::uint64_t layers = 3,
                        std::int64_t links = 591) {
  return {.root = std::move(name),
          .layout = "docker-overlay",
          .state = state,
          .extractions_remaining = layers,
          .rounds_remaining = {},
          .headroom_links = links,
          .link_limit = 65000,
          .remark = {},
          .note = {},
          .layers = {fewerThan(20), fewerThan(5)},
          .links = {std::nullopt, fewerThan(200)}};
}

RootVerdict unknownRoot(std::string name, std::string remark) {
  return {.root = std::move(name),
          .layout = {},
          .state = VerdictState::unknown,
          .extractions_remaining = {},
          .rounds_remaining = {},
          .headroom_links = {},
          .link_limit = {},
          .remark = std::move(remark),
          .note = {}};
}

Verdict of(std::vector<RootVerdict> roots) {
  Verdict verdict;
  verdict.state = roots.front().state;
  verdict.roots = std::move(roots);
  return verdict;
}

TEST_CASE("Nagios gets the state, the figures and performance data with ranges") {
  CHECK(renderNagios(of({rootVerdict("docker", VerdictState::critical)})) ==
        "HARDLINK CRITICAL - docker: 3 layers left, 591 of 65000 links left"
        " | 'docker layers'=3;20:;5:;0; 'docker links'=591;;200:;;65000\n");
  CHECK(renderNagios(of({rootVerdict("docker", VerdictState::warning, 1, -2)})) ==
        "HARDLINK WARNING - docker: 1 layer left, -2 of 65000 links left"
        " | 'docker layers'=1;20:;5:;0; 'docker links'=-2;;200:;;65000\n");
}

TEST_CASE("a verdict uses the words of the layout and has the rounds of several series") {
  RootVerdict hosts = rootVerdict("hosts", VerdictState::critical, 2);
  hosts.layout = "snapshots";
  CHECK(renderNagios(of({hosts})) ==
        "HARDLINK CRITICAL - hosts: 2 snapshots left, 591 of 65000 links left"
        " | 'hosts layers'=2;20:;5:;0; 'hosts links'=591;;200:;;65000\n");
  hosts.series = 3;
  hosts.rounds_remaining = 0;
  const std::string line = renderNagios(of({hosts}));
  CHECK(line.substr(0, line.find(" |")) ==
        "HARDLINK CRITICAL - hosts: 2 snapshots left, 591 of 65000 links left, "
        "0 rounds of all 3 series left");
  CHECK(renderNpd(of({hosts})) == "2 snapshots left, 591 of 65000 links left: hosts\n");
  RootVerdict ostree = rootVerdict("ostree", VerdictState::critical, 1);
  ostree.layout = "store";
  CHECK(renderNpd(of({ostree})) == "1 copy left, 591 of 65000 links left: ostree\n");
}

TEST_CASE("an unknown figure is U in performance data") {
  CHECK(renderNagios(of({unknownRoot("nfs", "the link limit is unknown")})) ==
        "HARDLINK UNKNOWN - nfs: the link limit is unknown"
        " | 'nfs layers'=U;;;0; 'nfs links'=U;;;;\n");
}

TEST_CASE(
    "node-problem-detector's line has as much of a reason as the root's name leaves room for") {
  const std::string reason =
      "the link limit is unknown; --link-limit=N (link_limit in the configuration)";
  CHECK(renderNpd(of({unknownRoot("nfs", reason)})) ==
        "unknown: the link limit is unknown; --link-limit=N (link_limit in the co...: nfs\n");
  CHECK(renderNpd(of({unknownRoot(std::string(40, 'r'), reason)})) ==
        "unknown: the link limit is unknown; --link-li...: rrrrrrrrrrrrrrrrrrrrrrrrrrr...\n");
}

TEST_CASE("thresholds in any form are ranges in performance data") {
  RootVerdict store = rootVerdict("store", VerdictState::ok);
  store.extractions_remaining.reset();
  store.layers = {};
  store.links = {AlertRange{.low = 10, .high = 20, .inside = true}, AlertRange{.high = 9}};
  CHECK(renderNagios(of({store})) ==
        "HARDLINK OK - store: 591 of 65000 links left"
        " | 'store layers'=U;;;0; 'store links'=591;@10:20;~:9;;65000\n");
}

TEST_CASE("a verdict by layers says which limit ends first") {
  RootVerdict docker = rootVerdict("docker", VerdictState::ok, 67, 64979);
  docker.first_limit = Limit::inodes;
  const std::string line = renderNagios(of({docker}));
  CHECK(line.substr(0, line.find(" |")) ==
        "HARDLINK OK - docker: 67 layers left, 64979 of 65000 links left, inodes end first");
  CHECK(renderNpd(of({docker})) == "67 layers left, inodes end first: docker\n");
  docker.first_limit = Limit::links;
  CHECK(renderNpd(of({docker})) == "67 layers left, 64979 of 65000 links left: docker\n");
}

TEST_CASE("full inodes are in the line, and those that hold bytes in performance data") {
  RootVerdict store = rootVerdict("store", VerdictState::critical, 0, 0);
  store.extractions_remaining.reset();
  store.layers = {};
  store.links = {};
  store.saturated = {4, 1, 12288};
  store.full_inodes = AlertRange{0, 2};
  CHECK(renderNagios(of({store})) ==
        "HARDLINK CRITICAL - store: 4 inodes full, 1 empty, 0 of 65000 links left"
        " | 'store layers'=U;;;0; 'store links'=0;;;;65000 'store full inodes'=3;;0:2;0;\n");
  CHECK(renderNpd(of({store})) == "4 inodes full, 1 empty, 0 of 65000 links left: store\n");
  store.saturated = {1, 1, 0};
  CHECK(contains(renderNagios(of({store})), "store: 1 inode full but empty, 0 of"));
  store.saturated = {0, 0, 0};
  CHECK(contains(renderNagios(of({store})), "store: 0 of 65000 links left"));
}

TEST_CASE("no name of a directory breaks a line") {
  RootVerdict full = rootVerdict("r", VerdictState::critical);
  full.fullness = "no more names of one file fit in a|\n\xff";
  const std::string line = renderNagios(of({full}));
  CHECK(line.substr(0, line.find(" | ")) ==
        "HARDLINK CRITICAL - r: no more names of one file fit in a\\x7c\\n\\xff, 3 layers left, "
        "591 of 65000 links left");
  full.fullness = "no more names of one file fit in " + std::string(100, '\n');
  const std::string npd = renderNpd(of({full}));
  CHECK(npd.size() <= kNpdBytes + 1);
  CHECK(std::count(npd.begin(), npd.end(), '\n') == 1);
  full.fullness = "\u4e2d";
  CHECK(contains(renderNagios(inAscii(of({full}))), "\\xe4\\xb8\\xad"));
}

TEST_CASE("a note follows the figures") {
  RootVerdict noted = rootVerdict("docker", VerdictState::ok);
  noted.note = "the link limit does | not hold";
  const std::string line = renderNagios(of({noted}));
  CHECK(
      line.substr(0, line.find(" | ")) ==
      "HARDLINK OK - docker: 3 layers left, 591 of 65000 links left (the link limit does \\x7c not "
      "hold)");
}

TEST_CASE("a remark and the known figures are shown together") {
  RootVerdict incomplete = rootVerdict("docker", VerdictState::critical);
  incomplete.remark = "some directories could not be read";
  const std::string line = renderNagios(of({incomplete}));
  CHECK(line.substr(0, line.find(" |")) ==
        "HARDLINK CRITICAL - docker: some directories could not be read, 3 layers left, "
        "591 of 65000 links left");
}

TEST_CASE("several roots share one line, each after the first with its own state") {
  const std::string line =
      renderNagios(of({rootVerdict("a", VerdictState::critical), unknownRoot("b", "no layers"),
                       rootVerdict("c", VerdictState::ok, 99, 9000)}));
  CHECK(line.substr(0, line.find(" |")) ==
        "HARDLINK CRITICAL - a: 3 layers left, 591 of 65000 links left; UNKNOWN b: no layers; "
        "OK c: 99 layers left, 9000 of 65000 links left");
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
}

TEST_CASE("no name of a root breaks Nagios' line") {
  const std::string name = "it's | a=b\n\xff";
  CHECK(renderNagios(of({rootVerdict(name, VerdictState::ok)})) ==
        "HARDLINK OK - it's \\x7c a=b\\n\\xff: 3 layers left, 591 of 65000 links left"
        " | 'it''s \\x7c a\\x3db\\n\\xff layers'=3;20:;5:;0;"
        " 'it''s \\x7c a\\x3db\\n\\xff links'=591;;200:;;65000\n");
}

TEST_CASE("without roots Nagios gets the reason") {
  CHECK(renderNagios(unknownVerdict("no | daemon\n")) == "HARDLINK UNKNOWN - no \\x7c daemon\\n\n");
}

TEST_CASE("node-problem-detector gets the figures of the worst root") {
  CHECK(renderNpd(of({rootVerdict("docker", VerdictState::critical)})) ==
        "3 layers left, 591 of 65000 links left: docker\n");
  CHECK(renderNpd(of({rootVerdict("docker", VerdictState::warning),
                      rootVerdict("other", VerdictState::ok)})) ==
        "3 layers left, 591 of 65000 links left (worst of 2): docker\n");
  CHECK(renderNpd(of({unknownRoot("nfs", "no layers")})) == "unknown: no layers: nfs\n");
  CHECK(renderNpd(unknownVerdict("no roots")) == "unknown: no roots\n");
}

TEST_CASE("node-problem-detector never gets more than 80 bytes, nor half a character") {
  const auto length = GENERATE(20, 30, 31, 32, 33, 34, 35, 36, 200);
  std::string name(static_cast<std::size_t>(length) % 4, 'x');
  for (int i = 0; i < length; ++i) {
    name += "\xf0\x9f\x92\xa9";
  }
  CAPTURE(length);
  for (const Verdict& verdict :
       {of({rootVerdict(name, VerdictState::critical, 123456, 64999)}),
        of({unknownRoot(name, name)}), unknownVerdict(name),
        of({rootVerdict(name, VerdictState::warning), rootVerdict(name, VerdictState::ok)})}) {
    const std::string line = renderNpd(verdict);
    CHECK(line.size() <= kNpdBytes + 1);
    CHECK(line.size() > kNpdBytes - 4);
    CHECK(line.find("...\n") != std::string::npos);
    CHECK(sanitizeUtf8(line) == line);
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  }
}

TEST_CASE("a message of 80 bytes is not cut") {
  const std::string fits(kNpdBytes - std::string("unknown: ").size(), 'x');
  CHECK(renderNpd(unknownVerdict(fits)) == "unknown: " + fits + "\n");
  CHECK(renderNpd(unknownVerdict(fits + "x")).find("x...\n") != std::string::npos);
}

TEST_CASE("where the locale is not UTF-8 a verdict is ASCII, and escapes count in its length") {
  const std::string name = "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d";
  const Verdict verdict =
      inAscii(of({rootVerdict(name, VerdictState::warning), unknownRoot(name, name)}));
  for (const std::string& text :
       {renderNagios(verdict), renderNpd(verdict), renderNpd(inAscii(unknownVerdict(name)))}) {
    CAPTURE(text);
    CHECK(std::all_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    CHECK(text.find("\\xe4\\xb8\\xad") != std::string::npos);
  }
  CHECK(renderNpd(verdict).size() <= kNpdBytes + 1);
}

}  // namespace
}  // namespace hardlink
