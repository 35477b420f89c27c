#include "http/access/basic_credentials.h"

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("the first colon separates name and password") {
  const auto credentials = parseBasicCredentials("Basic YWxpY2U6YTpi");
  REQUIRE(credentials);
  CHECK(credentials->user == "alice");
  CHECK(credentials->password == "a:b");
}

TEST_CASE("the scheme can be written in any case, with more than one space") {
  CHECK(parseBasicCredentials("bAsIc   YTpi"));
}

TEST_CASE("padding is not part of the password") {
  const auto one = parseBasicCredentials("Basic YTo=");
  const auto two = parseBasicCredentials("Basic YTpiYg==");
  REQUIRE(one);
  REQUIRE(two);
  CHECK(one->password.empty());
  CHECK(two->password == "bb");
}

TEST_CASE("a header made of credentials parses back into them") {
  const std::string password = GENERATE(as<std::string>{}, "", "a", "ab", "abc", "a:b\xc3\xa4\n");
  CAPTURE(password);
  const BasicCredentials credentials{"alice", password};
  CHECK(parseBasicCredentials(basicAuthorization(credentials)) == credentials);
  CHECK(basicAuthorization({"alice", "a:b"}) == "Basic YWxpY2U6YTpi");
}

TEST_CASE("a header without a name and password in base64 is rejected") {
  const std::string header =
      GENERATE(as<std::string>{}, "", "Basic", "Basic ", "Basic    ", "Bearer YTpi", "Basic YTp",
               "Basic YWJj", "Basic YTpi=", "Basic ====", "Basic Y===", "Basic YT pi", "Basic YT=i",
               "Basic YTpi\n", "YTpi");
  CAPTURE(header);
  CHECK_FALSE(parseBasicCredentials(header));
}

}  // namespace
}  // namespace hardlink
