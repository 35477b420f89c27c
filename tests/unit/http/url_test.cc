#include "http/url.h"

#include <string>

#include "support/catch.h"

namespace hardlink {
namespace {

Url url(const std::string& text) {
  CAPTURE(text);
  const Result<Url> parsed = parseUrl(text);
  REQUIRE(parsed);
  return *parsed;
}

TEST_CASE("an address has a host, a port and a prefix") {
  CHECK(url("http://localhost:10065") == Url{"localhost", 10065, ""});
  CHECK(url("http://localhost:10065/") == Url{"localhost", 10065, ""});
  CHECK(url("http://node-1.example/a/b//") == Url{"node-1.example", 80, "/a/b"});
}

TEST_CASE("an IPv6 address stands in brackets") {
  CHECK(url("http://[::1]:10065/x") == Url{"::1", 10065, "/x"});
  CHECK(url("http://[2001:db8::1]") == Url{"2001:db8::1", 80, ""});
  CHECK(url("http://[::1]:10065").authority() == "[::1]:10065");
  CHECK(url("http://127.0.0.1").authority() == "127.0.0.1:80");
}

TEST_CASE("what is no address of a daemon is refused") {
  for (const std::string text : {"",
                                 "localhost:10065",
                                 "http://",
                                 "http:///x",
                                 "http://:10065",
                                 "http://a:",
                                 "http://a:0",
                                 "http://a:65536",
                                 "http://a:-1",
                                 "http://a:1x",
                                 "http://a:1:2",
                                 "http://::1",
                                 "http://[::1",
                                 "http://[]:1",
                                 "http://[a]:1",
                                 "http://[::1]x",
                                 "http://[[::1]]:1",
                                 "http://a b",
                                 "http://user@host:1",
                                 "http://host/?q",
                                 "http://host/#f",
                                 "http://host/\r\nX: y",
                                 "http://host/\xc3\xa4",
                                 "ftp://host",
                                 "http:/host",
                                 "unix:/run/x"}) {
    CAPTURE(text);
    const Result<Url> parsed = parseUrl(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message() == "expected http://HOST[:PORT][/PREFIX]");
  }
}

TEST_CASE("https is refused by its name") {
  const Result<Url> parsed = parseUrl("https://localhost:10065");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message().find("https is not supported") == 0);
}

}  // namespace
}  // namespace hardlink
