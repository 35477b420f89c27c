#include "http/client/url.h"

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

TEST_CASE("an IPv6 address is written in brackets") {
  CHECK(url("http://[::1]:10065/x") == Url{"::1", 10065, "/x"});
  CHECK(url("http://[2001:db8::1]") == Url{"2001:db8::1", 80, ""});
  CHECK(url("http://[::1]:10065").authority() == "[::1]:10065");
  CHECK(url("http://127.0.0.1").authority() == "127.0.0.1:80");
}

TEST_CASE("https has TLS and a port of its own") {
  CHECK(url("https://localhost") == Url{"localhost", 443, "", true});
  CHECK(url("HTTPS://localhost:10065/x") == Url{"localhost", 10065, "/x", true});
  CHECK(url("https://[::1]").origin() == "https://[::1]:443");
  CHECK(url("http://localhost").origin() == "http://localhost:80");
}

TEST_CASE("a login is written before the host, and is not shown") {
  const Url with_login = url("https://alice:s3cret@host:1/x");
  CHECK(with_login == Url{"host", 1, "/x", true, BasicCredentials{"alice", "s3cret"}});
  CHECK(with_login.origin() == "https://host:1");
  CHECK(url("http://a:@host").login == BasicCredentials{"a", ""});
  CHECK(url("http://a:b:c@host").login == BasicCredentials{"a", "b:c"});
  CHECK(url("http://%C3%a4:%40%2F%3a@host").login == BasicCredentials{"\xc3\xa4", "@/:"});
}

TEST_CASE("an invalid URL is refused") {
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
                                 "https://",
                                 "https://host:0",
                                 "http://user@host:1",
                                 "http://a:b@",
                                 "http://a:b@c@host",
                                 "http://a:b%@host",
                                 "http://a:b%4@host",
                                 "http://a:b%4g@host",
                                 "http://a:%+4@host",
                                 "http://a%3ab:c@host",
                                 "http://a:b c@host",
                                 "http://a:b\r\n@host",
                                 "http://host/a@b",
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
    CHECK(parsed.error().message() == "expected http[s]://[USER:PASSWORD@]HOST[:PORT][/PREFIX]");
  }
}

}  // namespace
}  // namespace hardlink
