#include "config/web/web_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/os/read_file.h"
#include "base/text.h"
#include "config/duration.h"
#include "config/fields.h"
#include "config/web/web_rules.h"

namespace hardlink {
namespace {

constexpr unsigned kMaxBurst = 1'000'000;

/// The path of `name`, which is relative to the directory of the file at `path`.
std::string besideFile(const std::string& path, const std::string& name) {
  const std::size_t slash = path.rfind('/');
  return name.starts_with('/') || slash == std::string::npos ? name
                                                             : path.substr(0, slash + 1) + name;
}

/// Reads one web config file into `file`.
class WebFileReader {
 public:
  WebFileReader(WebFile& file, ProblemCollector& problems) : file_(file), problems_(problems) {}

  void read(const YamlNode& document);

 private:
  void readTls(const YamlNode& node);
  std::optional<PemText> readPem(const Section& tls, std::string_view file_key,
                                 std::string_view text_key);
  void readTlsVersions(const Section& tls, TlsSettings& settings);
  void readClientAuth(const Section& tls, TlsSettings& settings);
  void checkHttp2(const Section& tls, const TlsSettings& settings) const;
  void readHttp(const YamlNode& node);
  void readHeaders(const YamlNode& node);
  void readUsers(const YamlNode& node);
  void warnOfSlowHashes(int line);
  void warn(int line, std::string key, std::string what) {
    file_.access.warnings.push_back({file_.files.front(), line, std::move(key), std::move(what)});
  }
  void readRate(const YamlNode& node);

  WebFile& file_;
  ProblemCollector& problems_;
  bool http2_off_ = false;
};

void WebFileReader::read(const YamlNode& document) {
  const Section file(document, "",
                     {"tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"},
                     problems_);
  const auto within = [&](std::string_view key, void (WebFileReader::*reader)(const YamlNode&)) {
    if (const YamlNode* const node = file.find(key)) {
      (this->*reader)(*node);
    }
  };
  within("http_server_config", &WebFileReader::readHttp);
  within("tls_server_config", &WebFileReader::readTls);
  within("basic_auth_users", &WebFileReader::readUsers);
  within("rate_limit", &WebFileReader::readRate);
}

/// The text of the file that `file_key` names, or the text of `text_key`.
std::optional<PemText> WebFileReader::readPem(const Section& tls, std::string_view file_key,
                                              std::string_view text_key) {
  PemText pem;
  if (const YamlNode* const node = tls.find(text_key)) {
    pem = {tls.nameOf(text_key), node->line, "", ""};
    if (tls.find(file_key) != nullptr) {
      tls.report(text_key, fmt::format("given beside {}; expected one of the two", file_key));
    }
    const auto any = [](std::string_view) { return Result<void>(); };
    return tls.read(text_key, pem.text, checkedText(any)) ? std::optional(pem) : std::nullopt;
  }
  std::string name;
  if (!tls.read(file_key, name, checkedText(checkFileName))) {
    return std::nullopt;
  }
  pem = {tls.nameOf(file_key), tls.find(file_key)->line, besideFile(file_.files.front(), name), ""};
  file_.files.push_back(pem.source);
  Result<std::string> text =
      readFile(pem.source, {.most_bytes = kMaxPemBytes + 1, .cut = true, .any_kind = true});
  if (!text) {
    tls.report(file_key, fmt::format("{} {}", pem.source,
                                     Error{text.error().code, "cannot be read"}.message()));
    return std::nullopt;
  }
  if (text->size() > kMaxPemBytes) {
    tls.report(file_key, pem.source + " is larger than 4 MiB");
    return std::nullopt;
  }
  pem.text = std::move(*text);
  return pem;
}

void WebFileReader::readTlsVersions(const Section& tls, TlsSettings& settings) {
  const auto version = [](const YamlNode& node) -> Result<TlsVersion> {
    if (node.text == "TLS10" || node.text == "TLS11") {
      return Error{0, "TLS 1.0 and 1.1 are broken and not served; expected TLS12 or TLS13"};
    }
    return oneOf<TlsVersion>()(node);
  };
  tls.read("min_version", settings.min_version, FieldParser<TlsVersion>(version));
  const bool has_max =
      tls.read("max_version", settings.max_version, FieldParser<TlsVersion>(version));
  if (has_max && settings.max_version < settings.min_version) {
    tls.report("max_version", "expected a version that is not below min_version");
  }
}

void WebFileReader::readClientAuth(const Section& tls, TlsSettings& settings) {
  tls.read("client_auth_type", settings.client_auth, oneOf<ClientAuth>());
  settings.client_ca = readPem(tls, "client_ca_file", "client_ca");
  const bool has_ca = tls.find("client_ca_file") != nullptr || tls.find("client_ca") != nullptr;
  const bool verifies = settings.client_auth == ClientAuth::verify_if_given ||
                        settings.client_auth == ClientAuth::require_and_verify;
  if (verifies && !has_ca) {
    warn(tls.find("client_auth_type")->line, tls.nameOf("client_auth_type"),
         "without client_ca_file, any certificate is good whose authority this system trusts");
  } else if (settings.client_auth == ClientAuth::require_any) {
    warn(tls.find("client_auth_type")->line, tls.nameOf("client_auth_type"),
         "any certificate is good, and every client can make one for itself");
  }
  if (has_ca && settings.client_auth == ClientAuth::none) {
    tls.report(tls.find("client_ca_file") != nullptr ? "client_ca_file" : "client_ca",
               "has no effect without client_auth_type; expected RequireAndVerifyClientCert there");
  }
  const auto name = [](std::string_view text) -> Result<void> {
    return text.empty() ? Error{0, "expected a name that is not empty"} : Result<void>();
  };
  if (!tls.readList("client_allowed_sans", settings.client_allowed_sans, checkedText(name))) {
    return;
  }
  const bool required = settings.client_auth == ClientAuth::require_any ||
                        settings.client_auth == ClientAuth::require_and_verify;
  if (!required) {
    tls.report("client_allowed_sans",
               "needs client_auth_type RequireAndVerifyClientCert or RequireAnyClientCert");
  } else if (settings.client_allowed_sans.empty()) {
    tls.report("client_allowed_sans", "expected at least one name");
  }
}

void WebFileReader::readTls(const YamlNode& node) {
  const Section tls(node, "tls_server_config",
                    {"cert_file", "key_file", "cert", "key", "client_ca_file", "client_ca",
                     "client_auth_type", "client_allowed_sans", "min_version", "max_version",
                     "cipher_suites", "prefer_server_cipher_suites", "curve_preferences"},
                    problems_);
  if (node.kind != YamlNode::Kind::mapping || node.children.empty()) {
    return;
  }
  TlsSettings settings;
  const auto required = [&](std::string_view file_key, std::string_view text_key, PemText& pem) {
    if (tls.find(file_key) == nullptr && tls.find(text_key) == nullptr) {
      tls.report(file_key, "missing; TLS needs a certificate and a key");
    } else if (auto found = readPem(tls, file_key, text_key)) {
      pem = std::move(*found);
    }
  };
  required("cert_file", "cert", settings.certificate);
  required("key_file", "key", settings.private_key);
  readClientAuth(tls, settings);
  readTlsVersions(tls, settings);
  const auto suite = [](std::string_view text) -> std::optional<std::string> {
    return isCipherSuite(text) ? std::optional(std::string(text)) : std::nullopt;
  };
  tls.readList("cipher_suites", settings.cipher_suites,
               parsedText<std::string>(suite,
                                       "a cipher suite that Go counts as secure, such as "
                                       "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
  checkHttp2(tls, settings);
  tls.read("prefer_server_cipher_suites", settings.prefer_server_cipher_suites, trueOrFalse());
  tls.readList("curve_preferences", settings.curves,
               parsedText<std::string>(parseCurve, "X25519, CurveP256, CurveP384 or CurveP521"));
  file_.access.tls = std::move(settings);
}

/// Go's server, which speaks HTTP/2 unless it is told not to, does not start without such a suite.
/// A file that is good here must be good there.
void WebFileReader::checkHttp2(const Section& tls, const TlsSettings& settings) const {
  const auto& suites = settings.cipher_suites;
  if (http2_off_ || suites.empty() || settings.min_version == TlsVersion::tls13 ||
      std::any_of(suites.begin(), suites.end(), isHttp2Suite)) {
    return;
  }
  tls.report("cipher_suites",
             "expected TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or "
             "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 in it, which HTTP/2 requires; or "
             "http_server_config.http2: false");
}

void WebFileReader::readHttp(const YamlNode& node) {
  const Section http(node, "http_server_config", {"http2", "headers"}, problems_);
  bool http2 = false;
  if (http.read("http2", http2, trueOrFalse()) && http2) {
    http.report("http2", "HTTP/2 is not served; expected false");
  }
  http2_off_ = http.find("http2") != nullptr;  // true is refused
  if (const YamlNode* const headers = http.find("headers")) {
    readHeaders(*headers);
  }
}

void WebFileReader::readHeaders(const YamlNode& node) {
  const Section headers(node, "http_server_config.headers", headerNames(), problems_);
  for (const std::string_view name : headerNames()) {
    std::string value;
    const auto check = [name](std::string_view text) { return checkHeader(name, text); };
    if (headers.read(name, value, checkedText(check)) && !value.empty()) {
      file_.access.headers.emplace_back(name, value);
    }
  }
}

/// Not a Section, because the keys are names of users.
void WebFileReader::readUsers(const YamlNode& node) {
  static constexpr const char* kKey = "basic_auth_users";
  if (node.kind == YamlNode::Kind::null || node.kind == YamlNode::Kind::refused) {
    return;
  }
  if (node.kind != YamlNode::Kind::mapping) {
    problems_.add(node.line, kKey, "expected a mapping of user names to bcrypt hashes");
    return;
  }
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const YamlNode& name = node.children[i];
    const YamlNode& hash = node.children[i + 1];
    const std::string key = std::string(kKey) + "." + name.text;
    if (name.kind != YamlNode::Kind::scalar) {
      problems_.add(name.line, kKey, "expected a user name for a key");
    } else if (const auto named = checkUserName(name.text); !named) {
      problems_.add(name.line, kKey, named.error().context);
    } else if (const auto hashed = checkBcryptHash(hash.text); !hashed) {
      problems_.add(hash.line, key, hashed.error().context);
    } else if (!file_.access.users.emplace(name.text, hash.text).second) {
      problems_.add(name.line, key, "given twice");
    }
  }
  warnOfSlowHashes(node.line);
}

void WebFileReader::warnOfSlowHashes(int line) {
  std::vector<std::string> slow;
  for (const auto& [name, hash] : file_.access.users) {
    if (bcryptCost(hash) > kMostQuickBcryptCost) {
      slow.push_back(fmt::format("{} ({})", name, bcryptCost(hash)));
    }
  }
  if (!slow.empty()) {
    warn(line, "basic_auth_users",
         fmt::format("a cost above {} takes longer than a request; until the password is checked, "
                     "the answer is 503: {}",
                     kMostQuickBcryptCost, joined(slow, ", ")));
  }
}

void WebFileReader::readRate(const YamlNode& node) {
  const Section rate(node, "rate_limit", {"interval", "burst"}, problems_);
  using Interval = std::chrono::milliseconds;
  const auto parse = [](std::string_view text) -> std::optional<Interval> {
    return text == "0" || text == "0s" ? Interval(0) : parseDuration(text);
  };
  RequestRate limit{.interval = {}, .burst = 0};
  rate.read("interval", limit.interval,
            parsedText<Interval>(parse, "0 or a duration with its unit, such as 500ms or 1s"));
  std::uint64_t burst = 0;
  rate.read("burst", burst, wholeNumber(0, kMaxBurst));
  limit.burst = static_cast<unsigned>(burst);
  if (limit.interval == Interval::zero()) {
    if (rate.find("interval") != nullptr || rate.find("burst") != nullptr) {
      warn(node.line, "rate_limit", "an interval of 0 is no limit");
    }
    return;
  }
  file_.access.request_rate = limit;
  if (burst == 0) {
    warn(node.line, "rate_limit", "a burst of 0 refuses every request");
  }
}

}  // namespace

WebFile loadWebFile(const std::string& path) {
  const Result<std::string> text =
      readFile(path, {.most_bytes = kMaxYamlBytes + 1, .cut = true, .any_kind = true});
  if (!text) {
    const std::string what = Error{text.error().code, "cannot be read"}.message();
    return {.access = {}, .problems = {{path, 0, "", what}}, .files = {path}};
  }
  return parseWebFile(*text, path);
}

WebFile parseWebFile(const std::string& text, const std::string& path) {
  WebFile file;
  file.files.push_back(path);
  ProblemCollector problems(path);
  const std::optional<YamlNode> document = parseYaml(text, problems);
  if (document) {
    WebFileReader(file, problems).read(*document);
  }
  file.problems = problems.sorted();
  return file;
}

}  // namespace hardlink
