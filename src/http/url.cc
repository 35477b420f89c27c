#include "http/url.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace hardlink {
namespace {

constexpr const char* kExpected = "expected http[s]://[USER:PASSWORD@]HOST[:PORT][/PREFIX]";

/// `text` without `scheme` at its start, in whatever case; nothing if it starts otherwise.
std::optional<std::string_view> after(std::string_view text, std::string_view scheme) {
  if (text.size() < scheme.size() || strncasecmp(text.data(), scheme.data(), scheme.size()) != 0) {
    return std::nullopt;
  }
  return text.substr(scheme.size());
}

bool meansItself(char c) {
  // Anything else would need an encoding, or end the request's line.
  return c > ' ' && c < '\x7f' && std::string_view("\"<>\\^`{|}@?#").find(c) == std::string::npos;
}

std::optional<std::uint16_t> parsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && port != 0 ? std::optional(port) : std::nullopt;
}

/// `text` with each `%XX` the byte that it stands for.
std::optional<std::string> decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned char byte = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) {
      return std::nullopt;
    }
    bytes += static_cast<char>(byte);
    i += 2;
  }
  return bytes;
}

std::optional<BasicCredentials> parseLogin(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !std::all_of(text.begin(), text.end(), meansItself)) {
    return std::nullopt;
  }
  auto user = decoded(text.substr(0, colon));
  auto password = decoded(text.substr(colon + 1));
  if (!user || !password || user->find(':') != std::string::npos) {
    return std::nullopt;
  }
  return BasicCredentials{std::move(*user), std::move(*password)};
}

/// Takes the host from the front of `authority`, and leaves `:PORT` or nothing.
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
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Url::origin() const { return (tls ? "https://" : "http://") + authority(); }

Result<Url> parseUrl(std::string_view text) {
  Url url;
  std::optional<std::string_view> rest = after(text, "http://");
  if (!rest) {
    rest = after(text, "https://");
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
  if (!host || !std::all_of(host->begin(), host->end(), meansItself) ||
      !std::all_of(path.begin(), path.end(), meansItself)) {
    return Error{0, kExpected};
  }
  url.host = std::move(*host);
  if (!authority.empty()) {
    const auto port = authority.front() == ':' ? parsePort(authority.substr(1)) : std::nullopt;
    if (!port) {
      return Error{0, kExpected};
    }
    url.port = *port;
  }
  url.prefix = path;
  url.prefix.erase(url.prefix.find_last_not_of('/') + 1);
  return url;
}

}  // namespace hardlink
