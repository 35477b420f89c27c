// The messages about mistakes in a configuration file.

#include "config/load.h"
#include "support/catch.h"

namespace hardlink {
namespace {

/// The messages about `text`, in their order.
std::vector<std::string> messagesOf(const std::string& text) {
  const Result<Config, Problems> loaded = parseConfig(text, "t.yml");
  REQUIRE_FALSE(loaded);
  std::vector<std::string> messages;
  for (const Problem& problem : loaded.error()) {
    messages.push_back(problem.message());
  }
  return messages;
}

/// The one message about `text`.
std::string messageOf(const std::string& text) {
  const std::vector<std::string> messages = messagesOf(text);
  REQUIRE(messages.size() == 1);
  return messages[0];
}

constexpr const char* kDuration =
    "expected a duration of at most 10y with its unit, such as 500ms, 15s or 1h30m, got ";

TEST_CASE("the error about an unknown key suggests a similar one") {
  CHECK(messageOf("scan:\n  intervall: 5m\n") ==
        "t.yml:2: scan.intervall: unknown key; did you mean \"interval\"?");
  CHECK(messageOf("root: []\n") == "t.yml:1: root: unknown key; did you mean \"roots\"?");
  CHECK(messageOf("roots:\n- path: /a\n  link-limit: 5\n") ==
        "t.yml:3: roots[0].link-limit: unknown key; did you mean \"link_limit\"?");
  CHECK(messageOf("web: {certificate: x}") ==
        "t.yml:1: web.certificate: unknown key; expected one of listen_address, systemd_socket, "
        "telemetry_path, config_file, enable_lifecycle, disable_exporter_metrics, max_requests");
  CHECK(messageOf("web: {config_file: web.yml}") ==
        "t.yml:1: web.config_file: expected an absolute path, got \"web.yml\"");
  CHECK(messageOf("log: {<<: {level: info}}") ==
        "t.yml:1: log.<<: merge keys are not supported: repeat the values");
}

TEST_CASE("a key that is given twice is reported with both lines") {
  CHECK(messageOf("scan:\n  threads: 1\n\n  threads: 1\n") ==
        "t.yml:4: scan.threads: given twice, first on line 2");
  CHECK(messageOf("log:\n  level: info\nlog: {level: info}\n") ==
        "t.yml:3: log: given twice, first on line 1");
  CHECK(messageOf("roots:\n- path: /a\n  \"path\": /b\n") ==
        "t.yml:3: roots[0].path: given twice, first on line 2");
}

TEST_CASE("durations need units") {
  CHECK(messageOf("scan: {interval: 5}") ==
        "t.yml:1: scan.interval: " + std::string(kDuration) + "\"5\"");
  CHECK(messageOf("scan:\n  watch_interval: 0s") ==
        "t.yml:2: scan.watch_interval: " + std::string(kDuration) + "\"0s\"");
  CHECK(messageOf("scan: {timeout: [5m]}") ==
        "t.yml:1: scan.timeout: " + std::string(kDuration) + "a list");
  CHECK(messageOf("scan:\n  timeout:\n\n\n  threads: 1\n") ==
        "t.yml:2: scan.timeout: " + std::string(kDuration) + "nothing");
  CHECK(messageOf("scan: {timeout: }") ==
        "t.yml:1: scan.timeout: " + std::string(kDuration) + "nothing");
  CHECK(messageOf("scan: {timeout: {a: b}}") ==
        "t.yml:1: scan.timeout: " + std::string(kDuration) + "a mapping");
}

TEST_CASE("numbers are whole, plain and within their bounds") {
  const std::string threads = "t.yml:1: scan.threads: expected a whole number from 1 to 256, got ";
  CHECK(messageOf("scan: {threads: 0}") == threads + "\"0\"");
  CHECK(messageOf("scan: {threads: 257}") == threads + "\"257\"");
  CHECK(messageOf("scan: {threads: -1}") == threads + "\"-1\"");
  CHECK(messageOf("scan: {threads: 2.0}") == threads + "\"2.0\"");
  CHECK(messageOf("scan: {threads: '2'}") == threads + "\"2\"");
  CHECK(messageOf("scan: {threads: 0x2}") == threads + "\"0x2\"");
  CHECK(messageOf("scan: {threads: 99999999999999999999}") == threads + "\"99999999999999999999\"");
  CHECK(messageOf("scan: {threads: }") == threads + "nothing");
  CHECK(messageOf("metrics: {layers: 1001}") ==
        "t.yml:1: metrics.layers: expected a whole number from 0 to 1000, got \"1001\"");
  CHECK(messageOf("metrics: {images: many}") ==
        "t.yml:1: metrics.images: expected a whole number from 0 to 1000, got \"many\"");
  CHECK(messageOf("metrics: {histograms: natif}") ==
        "t.yml:1: metrics.histograms: expected classic, both or native, got \"natif\"");
  CHECK(messageOf("metrics: {hot_directories: 1001}") ==
        "t.yml:1: metrics.hot_directories: expected a whole number from 0 to 1000, got \"1001\"");
  CHECK(messageOf("metrics: {hot_inodes: -1}") ==
        "t.yml:1: metrics.hot_inodes: expected a whole number from 0 to 1000, got \"-1\"");
  CHECK(messageOf("web: {max_requests: 0}") ==
        "t.yml:1: web.max_requests: expected a whole number from 1 to 1000, got \"0\"");
  for (const std::string limit : {"0", "lots", "-5", "'65000'", "6.5e4"}) {
    const std::string shown = limit == "'65000'" ? "65000" : limit;
    CHECK(messageOf("roots: [{path: /a, link_limit: " + limit + "}]") ==
          "t.yml:1: roots[0].link_limit: expected auto or a whole number of at least 1, got \"" +
              shown + "\"");
  }
}

TEST_CASE("a percentage has its sign and its bounds") {
  for (const std::string duty : {"25", "0%", "101%", "0.25"}) {
    CHECK(messageOf("scan: {max_duty: " + duty + "}") ==
          "t.yml:1: scan.max_duty: expected a percentage above 0% and up to 100%, got \"" + duty +
              "\"");
  }
}

TEST_CASE("the error about an unknown word lists the known ones") {
  CHECK(messageOf("scan: {io_priority: realtime}") ==
        "t.yml:1: scan.io_priority: expected idle or best-effort, got \"realtime\"");
  CHECK(messageOf("roots: [{path: /a, layout: overlay2}]") ==
        "t.yml:1: roots[0].layout: expected auto, docker-overlay, snapshots, store or none, got "
        "\"overlay2\"");
  CHECK(messageOf("roots: [{path: /a, order: age}]") ==
        "t.yml:1: roots[0].order: expected auto, name or time, got \"age\"");
  CHECK(messageOf("roots: [{path: /a, engine: ~}]") ==
        "t.yml:1: roots[0].engine: expected auto, walk or ext4, got nothing");
  CHECK(messageOf("log: {level: trace}") ==
        "t.yml:1: log.level: expected debug, info, warn or error, got \"trace\"");
  CHECK(messageOf("log: {format: text}") ==
        "t.yml:1: log.format: expected logfmt or json, got \"text\"");
  CHECK(messageOf("web: {enable_lifecycle: yes}") ==
        "t.yml:1: web.enable_lifecycle: expected true or false, got \"yes\"");
  CHECK(messageOf("web: {enable_lifecycle: 'true'}") ==
        "t.yml:1: web.enable_lifecycle: expected true or false, got \"true\"");
}

TEST_CASE("the error about an unknown tool lists the known ones and suggests a similar one") {
  const std::string expected =
      "expected one of auto, none, docker, rsnapshot, backintime, timeshift, dirvish, storebackup, "
      "rsync, backuppc, ostree, flatpak, nix, pnpm, containers-storage, glusterfs, git, got ";
  CHECK(messageOf("roots:\n- path: /a\n  tool: rsnapshoot\n") ==
        "t.yml:3: roots[0].tool: " + expected + "\"rsnapshoot\"; did you mean rsnapshot?");
  CHECK(messageOf("roots: [{path: /a, tool: unknown}]") ==
        "t.yml:1: roots[0].tool: " + expected + "\"unknown\"");
  CHECK(messageOf("roots: [{path: /a, tool: ~}]") ==
        "t.yml:1: roots[0].tool: " + expected + "nothing");
  CHECK(parseConfig("roots: [{path: /a, tool: none}]", "")->roots.at(0).tool == Tool::none);
}

TEST_CASE("a tool that contradicts the layout or the layers is refused on its line") {
  CHECK(messageOf("roots:\n- path: /a\n  tool: nix\n  layout: snapshots\n") ==
        "t.yml:3: roots[0].tool: nix makes trees of layout store, but the layout is snapshots; "
        "leave one of them out");
  CHECK(messageOf("roots:\n- path: /a\n  layers: x*\n  tool: pnpm\n") ==
        "t.yml:4: roots[0].tool: pnpm makes no layers, but layers are named; leave one of them "
        "out");
}

TEST_CASE("every root has an absolute path") {
  CHECK(messageOf("roots:\n- path: srv/a\n") ==
        "t.yml:2: roots[0].path: expected an absolute path, got \"srv/a\"");
  CHECK(messageOf("roots:\n- path: /a\n- name: b\n") ==
        "t.yml:3: roots[1].path: missing; every root needs a path");
  CHECK(messageOf("roots:\n- path: /a\n- ~\n") ==
        "t.yml:3: roots[1].path: missing; every root needs a path");
  CHECK(messageOf("roots: [{path: }]") == "t.yml:1: roots[0].path: expected text, got nothing");
  CHECK(messageOf("roots:\n- /srv/a\n") ==
        "t.yml:2: roots[0]: expected a mapping with path, name, layout, tool, order, layers, "
        "engine, link_limit, exclude, labels, got \"/srv/a\"");
  CHECK(messageOf("roots: {path: /a}") == "t.yml:1: roots: expected a list, got a mapping");
}

TEST_CASE("two roots with the same name or the same path are refused") {
  CHECK(messageOf("roots:\n- path: /a\n  name: x\n- path: /b\n  name: x\n") ==
        "t.yml:5: roots[1].name: \"x\" is the name of roots[0] already");
  CHECK(messageOf("roots:\n- path: /a\n- path: /b\n  name: /a\n") ==
        "t.yml:4: roots[1].name: \"/a\" is the name of roots[0] already");
  CHECK(messageOf("roots:\n- path: /b\n  name: /a\n- path: /a\n") ==
        "t.yml:4: roots[1].name: \"/a\" is the name of roots[0] already");
  CHECK(messageOf("roots:\n- path: /a\n- path: /b\n- path: //a/\n  name: y\n") ==
        "t.yml:4: roots[2].path: \"/a\" is the path of roots[0] already");
}

TEST_CASE("a wrong glob for layers is reported with its line and key") {
  CHECK(messagesOf("roots:\n"
                   "  - path: /a\n"
                   "    layers: '{daily'\n"
                   "  - path: /b\n"
                   "    layers:\n"
                   "      - daily.*\n"
                   "      - 'a/{,b}/c'\n"
                   "  - path: /c\n"
                   "    layers: []\n"
                   "  - path: /d\n"
                   "    layers: {daily: x}\n") ==
        std::vector<std::string>{
            "t.yml:3: roots[0].layers: expected as many { as }, in pairs (\\{ means the brace "
            "itself), got \"{daily\"",
            "t.yml:7: roots[1].layers[1]: expected a pattern without empty, . and .. "
            "components, got \"a//c\"",
            "t.yml:9: roots[2].layers: expected at least one pattern",
            "t.yml:11: roots[3].layers: expected text, got a mapping"});
}

TEST_CASE("wrong names and globs are reported, each item of a list by itself") {
  CHECK(messageOf("roots: [{path: /a, name: ''}]") ==
        "t.yml:1: roots[0].name: expected a name that is not empty");
  CHECK(messageOf("roots: [{path: /a, layers: /b}]") ==
        "t.yml:1: roots[0].layers: expected a pattern below the root, without a leading slash, "
        "got \"/b\"");
  CHECK(messageOf("roots: [{path: /a, layers: [[b]]}]") ==
        "t.yml:1: roots[0].layers[0]: expected text, got a list");
  CHECK(messageOf("roots: [{path: /a, labels: [a]}]") ==
        "t.yml:1: roots[0].labels: expected a mapping of names to values, got a list");
  CHECK(messagesOf("roots:\n- path: /a\n  labels:\n    team: storage\n    1a: b\n    __a: b\n"
                   "    engine: d\n    le: e\n    empty: ''\n    list: [f]\n"
                   "    team: again\n    [x]: y\n    bell: \"a\\a\"\n") ==
        std::vector<std::string>{
            "t.yml:5: roots[0].labels.1a: expected a name of letters, digits and _, without a "
            "digit or __ in front, got \"1a\"",
            "t.yml:6: roots[0].labels.__a: expected a name of letters, digits and _, without a "
            "digit or __ in front, got \"__a\"",
            "t.yml:7: roots[0].labels.engine: this label has a meaning already; expected "
            "another name",
            "t.yml:8: roots[0].labels.le: this label has a meaning already; expected another "
            "name",
            "t.yml:9: roots[0].labels.empty: expected 1 to 128 bytes of printable UTF-8, got "
            "\"\"",
            "t.yml:10: roots[0].labels.list: expected text, got a list",
            "t.yml:11: roots[0].labels.team: given twice, first on line 4",
            "t.yml:12: roots[0].labels: expected a word for a key, got a list",
            "t.yml:13: roots[0].labels.bell: expected 1 to 128 bytes of printable UTF-8, got "
            "\"a\\x07\""});
  CHECK(messageOf("roots: [{path: /a, labels: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: "
                  "1}}]") == "t.yml:1: roots[0].labels: expected at most 8 labels, got 9");
  CHECK(messageOf("roots: [{path: /a, exclude: tmp}]") ==
        "t.yml:1: roots[0].exclude: expected a list, got \"tmp\"");
  CHECK(messagesOf("roots:\n- path: /a\n  exclude:\n  - ok\n  - ../b\n  - [c]\n") ==
        std::vector<std::string>{
            "t.yml:5: roots[0].exclude[1]: expected a pattern without empty, . and .. components, "
            "got \"../b\"",
            "t.yml:6: roots[0].exclude[2]: expected text, got a list"});
}

TEST_CASE("buckets are whole numbers in ascending order, at most 100") {
  CHECK(messageOf("metrics:\n  buckets:\n  - 1\n  - 10\n  - 10\n") ==
        "t.yml:5: metrics.buckets[2]: expected a bound above the one before it, 10, got 10");
  CHECK(messageOf("metrics: {buckets: [5, 2]}") ==
        "t.yml:1: metrics.buckets[1]: expected a bound above the one before it, 5, got 2");
  CHECK(messageOf("metrics: {buckets: [0, 1]}") ==
        "t.yml:1: metrics.buckets[0]: expected a whole number of at least 1, got \"0\"");
  CHECK(messageOf("metrics: {buckets: [1, 2.5]}") ==
        "t.yml:1: metrics.buckets[1]: expected a whole number of at least 1, got \"2.5\"");
  CHECK(messageOf("metrics: {buckets: []}") ==
        "t.yml:1: metrics.buckets: expected 1 to 100 bounds, got 0");
  CHECK(messageOf("metrics: {buckets: 5}") ==
        "t.yml:1: metrics.buckets: expected a list, got \"5\"");
  std::string list = "1";
  for (int i = 2; i <= 100; ++i) {
    list += ", " + std::to_string(i);
  }
  CHECK(parseConfig("metrics: {buckets: [" + list + "]}", "")->metrics.buckets.size() == 100);
  CHECK(messageOf("metrics: {buckets: [" + list + ", 101]}") ==
        "t.yml:1: metrics.buckets: expected 1 to 100 bounds, got 101");
}

TEST_CASE("addresses and paths in the web section are checked like the flags") {
  CHECK(messageOf("web: {listen_address: '10065'}") ==
        "t.yml:1: web.listen_address: expected :PORT, HOST:PORT or [IPv6]:PORT with a port from 0 "
        "to 65535, got \"10065\"");
  CHECK(messageOf("web:\n  listen_address:\n  - :1\n  - :x\n") ==
        "t.yml:4: web.listen_address[1]: expected :PORT, HOST:PORT or [IPv6]:PORT with a port "
        "from 0 to 65535, got \":x\"");
  CHECK(messageOf("web:\n  listen_address:\n  - :1\n  - :1\n") ==
        "t.yml:4: web.listen_address[1]: \":1\" stands in the list already");
  CHECK(messageOf("web: {listen_address: []}") ==
        "t.yml:1: web.listen_address: expected at least one address");
  CHECK(messageOf("web: {telemetry_path: /-/ready}") ==
        "t.yml:1: web.telemetry_path: expected a path that serves nothing else, got \"/-/ready\"");
  CHECK(messageOf("web:\n  telemetry_path: /api/v1/explain\n") ==
        "t.yml:2: web.telemetry_path: expected a path that serves nothing else, got "
        "\"/api/v1/explain\"");
}

TEST_CASE("a section that is no mapping is reported with the keys that it should have") {
  CHECK(messageOf("log: info\n") ==
        "t.yml:1: log: expected a mapping with level, format, got \"info\"");
  CHECK(messageOf("- a\n") ==
        "t.yml:1: expected a mapping with roots, scan, metrics, web, log, got a list");
  CHECK(messageOf("log: {[a]: b}") == "t.yml:1: log: expected a word for a key, got a list");
}

TEST_CASE("all problems are reported at once, in the order of the lines") {
  CHECK(messagesOf("log:\n  level: loud\nscan:\n  interval: 5\n  thread: 2\nroots:\n- path: a\n"
                   "  engine: *x\n- name: &x b\n")[0]
            .find("is not YAML") != std::string::npos);
  CHECK(messagesOf("log:\n  level: loud\nscan:\n  interval: 5\n  thread: 2\nroots:\n"
                   "- name: &x b\n- path: a\n  engine: *x\n") ==
        std::vector<std::string>{
            "t.yml:2: log.level: expected debug, info, warn or error, got \"loud\"",
            "t.yml:4: scan.interval: " + std::string(kDuration) + "\"5\"",
            "t.yml:5: scan.thread: unknown key; did you mean \"threads\"?",
            "t.yml:7: roots[0].path: missing; every root needs a path",
            "t.yml:8: roots[1].path: expected an absolute path, got \"a\"",
            "t.yml:9: aliases (*name) are not supported: repeat the value"});
}

TEST_CASE("a message is one printable line, whatever is in the file") {
  CHECK(messageOf("log: {level: \"a\\nb\\e[2J\"}") ==
        "t.yml:1: log.level: expected debug, info, warn or error, got \"a\\nb\\x1b[2J\"");
  const std::string message = messageOf("log: {level: " + std::string(1000, 'x') + "}");
  CHECK(message.size() < 200);
  CHECK(Problem{"", 0, "--web.max-requests", "no"}.message() == "--web.max-requests: no");
  CHECK(Problem{"", 3, "", "no"}.message() == "line 3: no");
}

TEST_CASE("a megabyte of mistakes is reported in the time it takes to read it") {
  std::string roots = "roots:\n";
  for (int i = 0; i < 50000; ++i) {
    roots += "- path: /a\n";
  }
  CHECK(messagesOf(roots).size() == 49999);
}

struct Mistake {
  std::string text;
  int line;
  std::string key;
  std::string says;  ///< in the message
};

const std::string kRoot = "roots:\n  - path: /srv/a\n";

const std::vector<Mistake> kMistakes = {
    {"rooots: []\n", 1, "rooots", "unknown"},
    {kRoot + "    nam: a\n", 3, "roots[0].nam", "unknown"},
    {"scan:\n  intervall: 5m\n", 2, "scan.intervall", "unknown"},
    {"metrics:\n  hot: 5\n", 2, "metrics.hot", "unknown"},
    {"web:\n  port: 80\n", 2, "web.port", "unknown"},
    {"log:\n  file: x\n", 2, "log.file", "unknown"},
    {"scan:\n  threads: 1\n  threads: 2\n", 3, "scan.threads", "twice"},
    {"scan: {}\nlog: {}\nscan: {}\n", 3, "scan", "twice"},
    {kRoot + "    path: /srv/b\n", 3, "roots[0].path", "twice"},
    {"roots:\n  - name: a\n", 2, "roots[0].path", ""},
    {"roots: /srv\n", 1, "roots", "list"},
    {"roots:\n  - /srv\n", 2, "roots[0]", ""},
    {"scan: 5m\n", 1, "scan", ""},
    {"metrics:\n  buckets: 5\n", 2, "metrics.buckets", "list"},
    {kRoot + "    exclude: a\n", 3, "roots[0].exclude", "list"},
    {kRoot + "    name: [a]\n", 3, "roots[0].name", ""},
    {"- a\n- b\n", 1, "", ""},
    {"roots:\n  - path: /a\n   name: b\n", 3, "", ""},
    {"scan: {interval: 5m\n", 2, "", ""},
    {"roots:\n  - path: srv/a\n", 2, "roots[0].path", "absolute"},
    {"roots:\n  - path: ''\n", 2, "roots[0].path", "absolute"},
    {"roots:\n  - path: /srv/../a\n", 2, "roots[0].path", ""},
    {kRoot + "    name: ''\n", 3, "roots[0].name", "empty"},
    {kRoot + "    name: x\n  - path: /b\n    name: x\n", 5, "roots[1].name", ""},
    {kRoot + "  - path: /srv/a/\n", 3, "roots[1]", ""},
    {kRoot + "    layout: btrfs\n", 3, "roots[0].layout", "docker-overlay"},
    {kRoot + "    engine: fast\n", 3, "roots[0].engine", "walk"},
    {kRoot + "    link_limit: 0\n", 3, "roots[0].link_limit", ""},
    {kRoot + "    link_limit: -5\n", 3, "roots[0].link_limit", "auto"},
    {kRoot + "    link_limit: 65k\n", 3, "roots[0].link_limit", "auto"},
    {kRoot + "    layers: /srv/*\n", 3, "roots[0].layers", "slash"},
    {kRoot + "    layers: ../*\n", 3, "roots[0].layers", ".."},
    {kRoot + "    exclude: [a, /b]\n", 3, "roots[0].exclude[1]", "slash"},
    {"scan:\n  interval: 5 parsecs\n", 2, "scan.interval", ""},
    {"scan:\n  interval: 300\n", 2, "scan.interval", ""},
    {"scan:\n  interval: 0s\n", 2, "scan.interval", ""},
    {"scan:\n  interval: -5m\n", 2, "scan.interval", ""},
    {"scan:\n  watch_interval: soon\n", 2, "scan.watch_interval", ""},
    {"scan:\n  timeout: 1y1\n", 2, "scan.timeout", ""},
    {"scan:\n  threads: many\n", 2, "scan.threads", ""},
    {"scan:\n  threads: 0\n", 2, "scan.threads", ""},
    {"scan:\n  threads: 1.5\n", 2, "scan.threads", ""},
    {"scan:\n  io_priority: realtime\n", 2, "scan.io_priority", "idle"},
    {"scan:\n  max_duty: 0%\n", 2, "scan.max_duty", "%"},
    {"scan:\n  max_duty: 101%\n", 2, "scan.max_duty", "%"},
    {"scan:\n  max_duty: half\n", 2, "scan.max_duty", "%"},
    {"metrics:\n  layers: -1\n", 2, "metrics.layers", ""},
    {"metrics:\n  buckets: [1, ten]\n", 2, "metrics.buckets[1]", ""},
    {"metrics:\n  buckets: [1, 10, 5]\n", 2, "metrics.buckets", "above"},
    {"metrics:\n  buckets: [1, 1]\n", 2, "metrics.buckets", "above"},
    {"web:\n  telemetry_path: metrics\n", 2, "web.telemetry_path", "/"},
    {"web:\n  telemetry_path: /-/ready\n", 2, "web.telemetry_path", ""},
    {"web:\n  enable_lifecycle: perhaps\n", 2, "web.enable_lifecycle", "true"},
    {"web:\n  max_requests: 0\n", 2, "web.max_requests", ""},
    {"log:\n  level: loud\n", 2, "log.level", "debug"},
    {"log:\n  format: xml\n", 2, "log.format", "logfmt"},
};

TEST_CASE(
    "every kind of mistake is reported in one line with file, line, key and what was expected") {
  for (const Mistake& mistake : kMistakes) {
    CAPTURE(mistake.text);
    const std::string message = messageOf(mistake.text);
    CAPTURE(message);
    CHECK(message.starts_with("t.yml:" + std::to_string(mistake.line) + ": " + mistake.key));
    CHECK(message.find(mistake.says) != std::string::npos);
  }
}

TEST_CASE("every mistake is reported at once, in the order of the lines") {
  std::vector<std::string> where;
  for (const std::string& message :
       messagesOf("rooots: []\nroots:\n  - path: relative\n    layout: btrfs\nscan:\n"
                  "  interval: soon\n  threads: 0\nlog: {level: loud}\n")) {
    where.push_back(message.substr(0, message.find(": ")));
  }
  CHECK(where ==
        std::vector<std::string>{"t.yml:1", "t.yml:3", "t.yml:4", "t.yml:6", "t.yml:7", "t.yml:8"});
}

TEST_CASE("bytes that are no configuration at all are refused in one line") {
  for (const std::string& text :
       {std::string("\0\xff\xfe", 3), std::string("roots: &a [*a]\n"), std::string(10'000, '['),
        std::string("roots: [{path: '/\xff'")}) {
    CHECK(messageOf(text).find('\n') == std::string::npos);
  }
}

}  // namespace
}  // namespace hardlink
