#include "http/sockets/listen.h"

#include "support/catch.h"

namespace hardlink {
namespace {

std::string errorOf(const std::string& address) {
  const Result<std::string> result = listeningPorts({address});
  REQUIRE_FALSE(result);
  return result.error().message();
}

TEST_CASE("a host is listened on by its IPv4 address") {
  CHECK(*listeningPorts({"localhost:0"}) == "127.0.0.1:0");
  CHECK(*listeningPorts({"127.0.0.1:0", "127.0.0.2:0"}) == "127.0.0.1:0,127.0.0.2:0");
}

TEST_CASE("the error names an invalid listen address and says what was expected") {
  for (const std::string address :
       {"", "9", "localhost", ":", ":http", ":65536", ":-1", "::1:80", "[::1]80", "[]x:1"}) {
    const std::string message = errorOf(address);
    CHECK(message.rfind("listen on " + address + ": ", 0) == 0);
    CHECK(message.find(": expected :PORT, HOST:PORT or [IPv6]:PORT") != std::string::npos);
  }
}

TEST_CASE("an unknown host and an address of another machine cannot be listened on") {
  CHECK(errorOf("does-not-exist.invalid:80").rfind("listen on does-not-exist.invalid:80: ", 0) ==
        0);
  CHECK(errorOf("192.0.2.1:0") == "listen on 192.0.2.1:0: Cannot assign requested address");
}

}  // namespace
}  // namespace hardlink
