#include "config/web/web_file.h"

#include <fstream>

#include "config/web/web_rules.h"
#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHash = "$2y$04$LLOSChUt7uJYhVzCWKvp3.4DldZL.Q6kZjj0tPfIZ8LR6e.S7CpYe";
constexpr const char* kTls = "tls_server_config:\n  cert: C\n  key: K\n";

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

WebFile load(const std::string& text) {
  const TempDir directory;
  write(directory / "web.yml", text);
  return loadWebFile(directory / "web.yml");
}

WebAccess accessOf(const std::string& text) {
  const WebFile file = load(text);
  if (!file.problems.empty()) {
    FAIL(file.problems.front().message());
  }
  return file.access;
}

/// Line, key and text of each problem.
std::vector<std::string> problemsOf(const std::string& text) {
  std::vector<std::string> problems;
  for (const Problem& problem : load(text).problems) {
    problems.push_back(std::to_string(problem.line) + " " + problem.key + ": " + problem.what);
  }
  return problems;
}

std::string problemOf(const std::string& text) {
  const std::vector<std::string> problems = problemsOf(text);
  REQUIRE(problems.size() == 1);
  return problems[0];
}

bool begins(const std::string& text, const std::string& start) {
  CAPTURE(text);
  CHECK(text.substr(0, start.size()) == start);
  return text.starts_with(start);
}

TEST_CASE("an empty web config file gives plain HTTP, open to every client") {
  for (const std::string text : {"", "{}", "# nothing\n", "basic_auth_users:\n",
                                 "tls_server_config:\nhttp_server_config: {headers: }\n"}) {
    CAPTURE(text);
    const WebAccess access = accessOf(text);
    CHECK_FALSE(access.tls);
    CHECK(access.users.empty());
    CHECK(access.headers.empty());
    CHECK_FALSE(access.request_rate);
  }
}

TEST_CASE("every key of the web config file is read") {
  const WebAccess access = accessOf(
      "tls_server_config:\n"
      "  cert: C\n"
      "  key: K\n"
      "  client_ca: A\n"
      "  client_auth_type: RequireAndVerifyClientCert\n"
      "  client_allowed_sans: [a, b]\n"
      "  min_version: TLS13\n"
      "  max_version: TLS13\n"
      "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n"
      "  prefer_server_cipher_suites: false\n"
      "  curve_preferences: [CurveP256, X25519]\n"
      "http_server_config:\n"
      "  http2: false\n"
      "  headers: {X-Frame-Options: deny, Strict-Transport-Security: max-age=5}\n"
      "basic_auth_users: {alice: " +
      std::string(kHash) +
      "}\n"
      "rate_limit: {interval: 500ms, burst: 7}\n");
  REQUIRE(access.tls);
  CHECK(access.tls->certificate.text == "C");
  CHECK(access.tls->certificate.key == "tls_server_config.cert");
  CHECK(access.tls->certificate.line == 2);
  CHECK(access.tls->private_key.text == "K");
  REQUIRE(access.tls->client_ca);
  CHECK(access.tls->client_ca->text == "A");
  CHECK(access.tls->client_auth == ClientAuth::require_and_verify);
  CHECK(access.tls->client_allowed_sans == std::vector<std::string>{"a", "b"});
  CHECK(access.tls->min_version == TlsVersion::tls13);
  CHECK(access.tls->max_version == TlsVersion::tls13);
  CHECK(access.tls->cipher_suites == std::vector<std::string>{"TLS_AES_128_GCM_SHA256"});
  CHECK_FALSE(access.tls->prefer_server_cipher_suites);
  CHECK(access.tls->curves == std::vector<std::string>{"P-256", "X25519"});
  CHECK(access.headers ==
        std::vector<std::pair<std::string, std::string>>{
            {"X-Frame-Options", "deny"}, {"Strict-Transport-Security", "max-age=5"}});
  CHECK(access.users == std::map<std::string, std::string>{{"alice", kHash}});
  CHECK((access.request_rate == RequestRate{500ms, 7}));
}

TEST_CASE("files are found beside the web config file and listed, also missing files") {
  const TempDir directory;
  write(directory / "web.yml",
        "tls_server_config: {cert_file: c.pem, key_file: " + (directory / "gone.pem") + "}\n");
  write(directory / "c.pem", "CERT");
  const WebFile file = loadWebFile(directory / "web.yml");
  CHECK(file.files == std::vector<std::string>{directory / "web.yml", directory / "c.pem",
                                               directory / "gone.pem"});
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].message() ==
        (directory / "web.yml") + ":1: tls_server_config.key_file: " + (directory / "gone.pem") +
            " cannot be read: No such file or directory");
}

TEST_CASE("TLS settings that cannot work are refused with line and key") {
  const std::string tls = kTls;
  begins(problemOf(tls + "  min_version: TLS11\n"),
         "4 tls_server_config.min_version: TLS 1.0 and 1.1 are broken");
  begins(problemOf(tls + "  min_version: TLS14\n"),
         "4 tls_server_config.min_version: expected TLS12 or TLS13, got \"TLS14\"");
  begins(problemOf(tls + "  min_version: TLS13\n  max_version: TLS12\n"),
         "5 tls_server_config.max_version: expected a version that is not below");
  begins(problemOf(tls + "  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n"),
         "4 tls_server_config.cipher_suites[0]: expected a cipher suite");
  begins(problemOf(tls + "  curve_preferences: [P-256]\n"),
         "4 tls_server_config.curve_preferences[0]: expected X25519, CurveP256");
  begins(problemOf(tls + "  cert_file: x\n"), "2 tls_server_config.cert: given beside cert_file");
  begins(problemOf(tls + "  client_auth_type: Verify\n"),
         "4 tls_server_config.client_auth_type: expected NoClientCert,");
  begins(problemOf(tls + "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n"),
         "4 tls_server_config.cipher_suites: expected TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or ");
  begins(problemOf(tls + "  client_ca: A\n"),
         "4 tls_server_config.client_ca: has no effect without client_auth_type");
  begins(problemOf(tls + "  client_auth_type: RequestClientCert\n  client_allowed_sans: [a]\n"),
         "5 tls_server_config.client_allowed_sans: needs client_auth_type");
  begins(problemOf(tls + "  client_auth_type: RequireAnyClientCert\n  client_allowed_sans: []\n"),
         "5 tls_server_config.client_allowed_sans: expected at least one name");
  begins(problemOf("tls_server_config: {min_version: TLS12, key: K}\n"),
         "1 tls_server_config.cert_file: missing");
}

TEST_CASE("other settings that cannot work are refused with line and key") {
  begins(problemOf("http_server_config: {http2: true}\n"),
         "1 http_server_config.http2: HTTP/2 is not served");
  begins(problemOf("http_server_config:\n  headers: {Server: x}\n"),
         "2 http_server_config.headers.Server: unknown key");
  begins(problemOf("http_server_config:\n  headers: {X-Frame-Options: allow}\n"),
         "2 http_server_config.headers.X-Frame-Options: expected deny or sameorigin");
  begins(problemOf("http_server_config:\n  headers: {X-XSS-Protection: \"0\\r\\nX: y\"}\n"),
         "2 http_server_config.headers.X-XSS-Protection: expected a value of printable ASCII");
  begins(problemOf("basic_auth_users: [alice]\n"), "1 basic_auth_users: expected a mapping");
  begins(problemOf("basic_auth_users: {'a:b': x}\n"), "1 basic_auth_users: expected a user name");
  begins(problemOf("basic_auth_users:\n  a: " + std::string(kHash) + "\n  a: " + kHash + "\n"),
         "3 basic_auth_users.a: given twice");
  begins(problemOf("rate_limit: {interval: 1s, burst: -1}\n"),
         "1 rate_limit.burst: expected a whole number from 0");
  begins(problemOf("tls_server_configs: {}\n"),
         "1 tls_server_configs: unknown key; did you mean \"tls_server_config\"?");
}

TEST_CASE("all problems of a web config file are reported at once") {
  CHECK(problemsOf("tls_server_config:\n  min_version: TLS10\nbasic_auth_users:\n  a: b\n  c: d\n")
            .size() == 5);
}

TEST_CASE("suites that HTTP/2 does not have are fine where it is off or TLS 1.3 alone is spoken") {
  const std::string tls = kTls + std::string("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n");
  CHECK(accessOf(tls + "http_server_config: {http2: false}\n").tls->cipher_suites.size() == 1);
  CHECK(accessOf(tls + "  min_version: TLS13\n").tls->cipher_suites.size() == 1);
}

TEST_CASE("what is seldom meant is allowed with one warning") {
  const auto warning_of = [](const std::string& text) {
    const Problems warnings = accessOf(text).warnings;
    REQUIRE(warnings.size() == 1);
    return std::to_string(warnings[0].line) + " " + warnings[0].key + ": " + warnings[0].what;
  };
  const std::string tls = kTls;
  for (const std::string type : {"VerifyClientCertIfGiven", "RequireAndVerifyClientCert"}) {
    begins(warning_of(tls + "  client_auth_type: " + type + "\n"),
           "4 tls_server_config.client_auth_type: without client_ca_file, any certificate is good");
    CHECK(accessOf(tls + "  client_auth_type: " + type + "\n  client_ca: A\n").warnings.empty());
  }
  begins(warning_of(tls + "  client_auth_type: RequireAnyClientCert\n"),
         "4 tls_server_config.client_auth_type: any certificate is good");
  begins(warning_of("rate_limit: {interval: 0, burst: 5}\n"), "1 rate_limit: an interval of 0");
  begins(warning_of("rate_limit: {interval: 1s}\n"), "1 rate_limit: a burst of 0 refuses every");
  CHECK(accessOf("rate_limit: {interval: 1s, burst: 1}\n").warnings.empty());
  std::string slow = kHash;
  slow.replace(4, 2, "31");
  CHECK(warning_of("basic_auth_users: {a: " + std::string(kHash) + ", b: " + slow + "}\n")
            .ends_with("the answer is 503: b (31)"));
}

TEST_CASE("a rate limit with interval zero is off, and one without a burst lets nothing in") {
  CHECK_FALSE(accessOf("rate_limit: {interval: 0, burst: 5}\n").request_rate);
  CHECK(accessOf("rate_limit: {interval: 1s}\n").request_rate->burst == 0);
}

TEST_CASE("costs from 4 to 31 are accepted") {
  std::string hash = kHash;
  for (const auto& [cost, good] :
       {std::pair("03", false), {"04", true}, {"31", true}, {"32", false}}) {
    CHECK(static_cast<bool>(checkBcryptHash(hash.replace(4, 2, cost))) == good);
  }
}

TEST_CASE("a hash that no password has is refused, and not repeated in the error") {
  std::string hash = kHash;
  CHECK(checkBcryptHash(hash));
  const auto with = [&](std::size_t at, char c) {
    std::string other = hash;
    other[at] = c;
    return other;
  };
  for (const std::string& bad :
       {std::string(), std::string("secret"), hash.substr(1), hash + "x", with(2, 'x'),
        with(5, 'x'), with(20, '!'), with(28, 'A'), with(59, 'A'), with(4, '3'), with(5, '3')}) {
    CAPTURE(bad);
    const Result<void> checked = checkBcryptHash(bad);
    REQUIRE_FALSE(checked);
    CHECK((bad.empty() || checked.error().context.find(bad) == std::string::npos));
  }
}

}  // namespace
}  // namespace hardlink
