#include "http/client/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace hardlink {
namespace {

constexpr const char* kExpected = "expected http[s]://[USER:PASSWORD@]HOST[:PORT][/PREFIX]";

bool isPlain(char c) {
  // Any other character would need encoding, or would end the request line.
  return c > ' ' && c < '\x7f' && std::string_view("\"<>\\^`{|}@?#").find(c) == std::string::npos;
}

std::optional<BasicCredentials> parseLogin(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !std::all_of(text.begin(), text.end(), isPlain)) {
    return std::nullopt;
  }
  auto user = percentDecoded(text.substr(0, colon));
  auto password = percentDecoded(text.substr(colon + 1));
  if (!user || !password || user->find(':') != std::string::npos) {
    return std::nullopt;
  }
  return BasicCredentials{std::move(*user), std::move(*password)};
}

/// Cuts the host off the front of `authority`, and leaves `:PORT` or nothing.
std::optional<std::string> takeHost(std::string_view& authority) {
  const bool bracketed = !authority.empty() && authority.front() == '[';
  const std::size_t end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view host = authority.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
  const bool inner_brackets = host.find_first_of("[]") != std::string_view::npos;
  if (host.empty() || inner_brackets || bracketed != (host.find(':') != std::string_view::npos)) {
    return std::nullopt;
  }
  authority.remove_prefix(std::min(authority.size(), bracketed ? end + 1 : end));
  return std::string(host);
}

}  // namespace

std::string Url::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string Url::origin() const { return (tls ? "https://" : "http://") + authority(); }

Result<Url> parseUrl(std::string_view text) {
  Url url;
  std::optional<std::string_view> rest = stripPrefix(text, "http://");
  if (!rest) {
    rest = stripPrefix(text, "https://");
    url.tls = true;
    url.port = 443;
  }
  if (!rest) {
    return Error{0, kExpected};
  }
  const std::size_t slash = std::min(rest->find('/'), rest->size());
  std::string_view authority = rest->substr(0, slash);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.login = parseLogin(authority.substr(0, at));
    authority.remove_prefix(at + 1);
    if (!url.login) {
      return Error{0, kExpected};
    }
  }
  const std::string_view path = rest->substr(slash);
  std::optional<std::string> host = takeHost(authority);
  if (!host || !std::all_of(host->begin(), host->end(), isPlain) ||
      !std::all_of(path.begin(), path.end(), isPlain)) {
    return Error{0, kExpected};
  }
  url.host = std::move(*host);
  if (!authority.empty()) {
    const auto port = parseWhole<std::uint16_t>(authority.substr(1));
    if (authority.front() != ':' || port.value_or(0) == 0) {
      return Error{0, kExpected};
    }
    url.port = *port;
  }
  url.prefix = path;
  url.prefix.erase(url.prefix.find_last_not_of('/') + 1);
  return url;
}

}  // namespace hardlink
