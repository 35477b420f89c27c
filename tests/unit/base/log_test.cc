#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "support/catch.h"

namespace hardlink {
namespace {

/// The text that `action` writes to standard error.
template <class Action>
std::string capturedStderr(Action action) {
  char path[] = "/tmp/hardlink-log-XXXXXX";
  const int file = mkstemp(path);
  const int saved = dup(STDERR_FILENO);
  dup2(file, STDERR_FILENO);
  action();
  dup2(saved, STDERR_FILENO);
  close(saved);
  close(file);
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  unlink(path);
  return text;
}

TEST_CASE("a logfmt line quotes what needs quoting and never breaks into two") {
  log::configure(log::Level::info, log::Format::logfmt);
  const std::string line = capturedStderr([] {
    log::warn("census failed", {{"root", "a \"b\"\nc"}, {"count", 3}, {"plain", "x"}});
  });
  CHECK(line.substr(0, 5) == "ts=20");
  CHECK(
      line.find(" level=warn msg=\"census failed\" root=\"a \\\"b\\\"\\\\nc\" count=3 plain=x\n") !=
      std::string::npos);
}

TEST_CASE("a JSON line is one object with string values") {
  log::configure(log::Level::info, log::Format::json);
  const std::string line = capturedStderr([] { log::info("started", {{"path", "/a\\b"}}); });
  CHECK(line.find("\"level\":\"info\",\"msg\":\"started\",\"path\":\"/a\\\\b\"}\n") !=
        std::string::npos);
  CHECK(line.front() == '{');
}

TEST_CASE("lines below the level are not written") {
  log::configure(log::Level::error, log::Format::logfmt);
  CHECK(capturedStderr([] { log::warn("quiet"); }).empty());
  log::configure(log::Level::info, log::Format::logfmt);
}

}  // namespace
}  // namespace hardlink
