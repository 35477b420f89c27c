#include "config/validate.h"

#include "model/routes.h"
#include "support/catch.h"

namespace hardlink {
namespace {

using namespace std::string_literals;

/// The message of a failed check; empty if it passed.
std::string problemOf(const Result<void>& checked) {
  return checked ? "" : checked.error().context;
}

TEST_CASE("a root's path is absolute and has no . or .. in it") {
  for (const std::string path : {"/", "/a", "/a/", "//a//b", "/.a/..b/c.", "/a b\nc\xff"}) {
    CAPTURE(path);
    CHECK(checkRootPath(path));
  }
  CHECK(problemOf(checkRootPath("a/b")) == "expected an absolute path, got \"a/b\"");
  CHECK(problemOf(checkRootPath("")) == "expected an absolute path, got \"\"");
  CHECK(problemOf(checkRootPath("/a/../b")) ==
        "expected a path without . and .. in it, got \"/a/../b\"");
  CHECK(problemOf(checkRootPath("/a/.")) == "expected a path without . and .. in it, got \"/a/.\"");
  CHECK(problemOf(checkRootPath("/a\0b"s)) == "expected a path without NUL");
  CHECK(problemOf(checkRootPath("/" + std::string(4095, 'a'))) ==
        "expected a path shorter than 4096 bytes");
  CHECK(checkRootPath("/" + std::string(4094, 'a')));
}

TEST_CASE("a root's name is printable") {
  CHECK(checkRootName("Docker é"));
  CHECK(problemOf(checkRootName("")) == "expected a name that is not empty");
  CHECK(problemOf(checkRootName("a\nb")) == "expected a name of printable UTF-8, got \"a\nb\"");
  CHECK(problemOf(checkRootName("\xff")) == "expected a name of printable UTF-8, got \"\xff\"");
}

TEST_CASE("a glob stays below the root and matches one component at a time") {
  for (const std::string glob : {"*", "*/root", "daily.*", "[a-c]?", ".hidden", "..."}) {
    CAPTURE(glob);
    CHECK(checkGlob(glob));
  }
  CHECK(problemOf(checkGlob("/a")) ==
        "expected a pattern below the root, without a leading slash, got \"/a\"");
  CHECK(problemOf(checkGlob("a/**")) ==
        "expected a pattern without **: * matches within one component, got \"a/**\"");
  for (const std::string glob : {"", "a/", "a//b", "../a", "a/..", ".", "a/./b"}) {
    CHECK(problemOf(checkGlob(glob)) ==
          "expected a pattern without empty, . and .. components, got \"" + glob + "\"");
  }
  CHECK(problemOf(checkGlob("a\0"s)) == "expected a pattern without NUL");
}

TEST_CASE("listen addresses have a port and a host in one of three forms") {
  for (const std::string address : {":10065", ":0", ":65535", "localhost:80", "127.0.0.1:9",
                                    "[::1]:10065", "[fe80::1]:1", "my-host_1.example:1"}) {
    CAPTURE(address);
    CHECK(checkListenAddress(address));
  }
  for (const std::string address :
       {"", "10065", ":", ":65536", ":-1", ":+1", ":1a", "host", "::1:80", "[::1]", "[]:80",
        "[::g]:80", "[127.0.0.1]:80", "a b:80", "http://x:80", "[::1:80", "x:99999999999999999"}) {
    CAPTURE(address);
    CHECK(problemOf(checkListenAddress(address)) ==
          "expected :PORT, HOST:PORT or [IPv6]:PORT with a port from 0 to 65535, got \"" + address +
              "\"");
  }
}

TEST_CASE("the telemetry path is a plain path") {
  for (const std::string path : {"/metrics", "/probe/metrics-v1_2.txt~", "/m/", "/.m", "/a.b/c"}) {
    CAPTURE(path);
    CHECK(checkTelemetryPath(path));
  }
  for (const std::string path :
       {"", "metrics", "/a?b", "/a#b", "/a b", "/a\n", "/*", "/a|b", "/a$", "/%2f", "/%6d"}) {
    CAPTURE(path);
    CHECK(problemOf(checkTelemetryPath(path)) ==
          "expected a path that starts with / and has only letters, digits and -._~/, got \"" +
              path + "\"");
  }
  for (const std::string path : {"//", "//m", "/a//b", "/m//", "/a/../b", "/./m", "/m.", "/a./b",
                                 "/.", "/..", "/m/...", "/api/v1/./report"}) {
    CAPTURE(path);
    CHECK(problemOf(checkTelemetryPath(path)) ==
          "expected a path without // and without a dot at the end of a component, got \"" + path +
              "\"");
  }
}

TEST_CASE("the telemetry path hides no other route") {
  std::vector<std::string> taken = {"/assets", "/assets/", "/assets/status.js", "/assets/1/x/y"};
  for (const RoutePath& route : kRoutes) {
    taken.emplace_back(route.path);
    if (route.path != "/") {
      taken.push_back(std::string(route.path) + "/");
    }
  }
  CHECK(taken.size() == 17);
  for (const std::string& path : taken) {
    CAPTURE(path);
    CHECK(problemOf(checkTelemetryPath(path)) ==
          "expected a path that serves nothing else, got \"" + path + "\"");
  }
  for (const std::string path : {"/assetsfolder", "/api", "/api/v1/explained", "/my/assets/x"}) {
    CAPTURE(path);
    CHECK(checkTelemetryPath(path));
  }
}

TEST_CASE("numbers outside of their bounds are refused") {
  CHECK(checkLinkLimit(1));
  CHECK(checkLinkLimit(UINT64_MAX));
  CHECK(problemOf(checkLinkLimit(0)) == "expected auto or a whole number of at least 1, got \"0\"");
  CHECK(checkThreads(1));
  CHECK(checkThreads(256));
  CHECK(problemOf(checkThreads(0)) == "expected a whole number from 1 to 256, got \"0\"");
  CHECK(problemOf(checkThreads(257)) == "expected a whole number from 1 to 256, got \"257\"");
  CHECK(checkMaxRequests(1000));
  CHECK(problemOf(checkMaxRequests(1001)) ==
        "expected a whole number from 1 to 1000, got \"1001\"");
}

TEST_CASE("a root without a name is named after its path, without superfluous slashes") {
  RootConfig root;
  root.path = "//srv///a//";
  CHECK(normalised(root).path == "/srv/a");
  CHECK(normalised(root).name == "/srv/a");
  root.name = "docker";
  CHECK(normalised(root).name == "docker");
  root.path = "//";
  CHECK(normalised(root).path == "/");
}

/// Checks a root of this tool.
Result<void> checkToolOf(Tool tool, LayoutChoice layout, bool named_layers = false) {
  RootConfig root;
  root.tool = tool;
  root.layout = layout;
  if (named_layers) {
    root.layers = {"*"};
  }
  return checkTool(root);
}

TEST_CASE("a tool fits its own layout, auto and none, and no other layout") {
  for (const auto& [tool, name] : kNames<Tool>) {
    CAPTURE(name);
    CHECK(checkToolOf(tool, LayoutChoice::automatic));
    CHECK(checkToolOf(tool, LayoutChoice::none));
    int fits = 0;
    for (const LayoutChoice layout :
         {LayoutChoice::docker_overlay, LayoutChoice::snapshots, LayoutChoice::store}) {
      fits += checkToolOf(tool, layout) ? 1 : 0;
    }
    CHECK(fits == (tool == Tool::none ? 2 : tool == Tool::git ? 0 : 1));
  }
  CHECK(checkToolOf(Tool::timeshift, LayoutChoice::snapshots));
  CHECK(checkToolOf(Tool::ostree, LayoutChoice::store));
  CHECK(checkToolOf(Tool::docker, LayoutChoice::docker_overlay));
  CHECK(problemOf(checkToolOf(Tool::none, LayoutChoice::docker_overlay)) ==
        "none, but layout docker-overlay is docker's; leave one of them out");
}

TEST_CASE("named layers contradict a tool that makes none, in every layout") {
  for (const Tool tool : {Tool::none, Tool::rsnapshot, Tool::rsync, Tool::backuppc, Tool::ostree}) {
    CHECK(checkToolOf(tool, LayoutChoice::snapshots, true));
    CHECK(checkToolOf(tool, LayoutChoice::store, true));
  }
  for (const Tool tool : {Tool::nix, Tool::glusterfs, Tool::git}) {
    CHECK_FALSE(checkToolOf(tool, LayoutChoice::automatic, true));
  }
}

TEST_CASE("a tool is auto, none or the name of a program") {
  for (const std::string_view name : toolChoices()) {
    CAPTURE(name);
    REQUIRE(parseTool(name));
    CHECK(*parseTool(name) == fromString<Tool>(name));
  }
  CHECK_FALSE(*parseTool("auto"));
  CHECK(*parseTool("none") == Tool::none);
  CHECK_FALSE(parseTool("unknown"));
  CHECK_FALSE(parseTool("Nix"));
  CHECK(parseTool("container-storage")
            .error()
            .message()
            .ends_with("; did you mean containers-storage?"));
  CHECK_FALSE(parseTool("btrfs").error().message().ends_with("?"));
}

TEST_CASE("each word has exactly one spelling") {
  CHECK(fromString<LayoutChoice>("auto") == LayoutChoice::automatic);
  CHECK(fromString<LayoutChoice>("docker-overlay") == LayoutChoice::docker_overlay);
  CHECK(fromString<LayoutChoice>("snapshots") == LayoutChoice::snapshots);
  CHECK(fromString<LayoutChoice>("store") == LayoutChoice::store);
  CHECK(fromString<LayoutChoice>("none") == LayoutChoice::none);
  CHECK_FALSE(fromString<LayoutChoice>("Auto"));
  CHECK(fromString<EngineChoice>("auto") == EngineChoice::automatic);
  CHECK(fromString<EngineChoice>("walk") == EngineChoice::walk);
  CHECK(fromString<EngineChoice>("ext4") == EngineChoice::ext4);
  CHECK_FALSE(fromString<EngineChoice>("ext3"));
  CHECK(fromString<IoPriority>("idle") == IoPriority::idle);
  CHECK(fromString<IoPriority>("best-effort") == IoPriority::best_effort);
  CHECK_FALSE(fromString<IoPriority>("best_effort"));
  CHECK(fromString<log::Level>("debug") == log::Level::debug);
  CHECK(fromString<log::Level>("info") == log::Level::info);
  CHECK(fromString<log::Level>("warn") == log::Level::warn);
  CHECK(fromString<log::Level>("error") == log::Level::error);
  CHECK_FALSE(fromString<log::Level>("warning"));
  CHECK(fromString<log::Format>("logfmt") == log::Format::logfmt);
  CHECK(fromString<log::Format>("json") == log::Format::json);
  CHECK_FALSE(fromString<log::Format>(""));
}

}  // namespace
}  // namespace hardlink
