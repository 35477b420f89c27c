#include "http/sockets/listen.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "support/catch.h"

namespace hardlink {
namespace {

std::string errorOf(const std::string& address) {
  const Result<std::vector<Fd>> result = listenOn({address});
  REQUIRE_FALSE(result);
  return result.error().message();
}

/// Of the only socket, without its port.
std::string hostOf(const std::vector<Fd>& sockets) {
  REQUIRE(sockets.size() == 1);
  const std::string address = addressOf(sockets[0].get());
  CHECK(localPort(sockets[0].get()) > 0);
  CHECK(address.ends_with(":" + std::to_string(localPort(sockets[0].get()))));
  return address.substr(0, address.rfind(':'));
}

TEST_CASE("a host is listened on by its IPv4 address, and no host is every address") {
  CHECK(hostOf(*listenOn({"localhost:0"})) == "127.0.0.1");
  CHECK(hostOf(*listenOn({"127.0.0.2:0"})) == "127.0.0.2");
  CHECK(hostOf(*listenOn({":0"})).empty());
  CHECK(hostOf(*listenOn({"0.0.0.0:0"})).empty());
}

TEST_CASE("a socket that another process has opened must be of TCP and listen") {
  const auto refusal = [](int fd) {
    std::vector<Fd> sockets;
    sockets.emplace_back(fd);
    const auto adopted = adoptSockets(sockets);
    REQUIRE_FALSE(adopted);
    const std::string start = "listen on descriptor " + std::to_string(fd) + ": ";
    REQUIRE(adopted.error().message().starts_with(start));
    return adopted.error().message().substr(start.size());
  };
  const std::string expected = "expected a TCP socket that listens, got ";
  CHECK(adoptSockets(*listenOn({"127.0.0.1:0"})));
  CHECK(refusal(socket(AF_UNIX, SOCK_STREAM, 0)) == expected + "a Unix socket");
  CHECK(refusal(socket(AF_INET, SOCK_DGRAM, 0)) == expected + "a datagram socket");
  CHECK(refusal(socket(AF_NETLINK, SOCK_RAW, 0)) == expected + "a socket of another kind");
  CHECK(refusal(socket(AF_INET, SOCK_STREAM, 0)) == expected + "a TCP socket that does not listen");
  CHECK(refusal(open("/dev/null", O_RDONLY)) == expected + "no socket");
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
