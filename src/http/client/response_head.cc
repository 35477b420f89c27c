#include "http/client/client.h"

#include <algorithm>

#include "base/text.h"

namespace hardlink {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// Cuts the first line off `text`, and returns it without its line end.
std::string_view takeLine(std::string_view& text) {
  constexpr std::string_view kEnd = "\r\n";
  const std::size_t end = std::min(text.find(kEnd), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + kEnd.size(), text.size()));
  return line;
}

/// The status of a line such as `HTTP/1.1 200 OK`; 0 for any other line.
unsigned statusOf(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kDigitsAt = kVersion.size() + 2;  // after the minor version and a space
  constexpr std::size_t kEnd = kDigitsAt + 3;
  if (!line.starts_with(kVersion) || line.size() < kEnd || !isDigit(line[kVersion.size()]) ||
      line[kVersion.size() + 1] != ' ' || (line.size() > kEnd && line[kEnd] != ' ')) {
    return 0;
  }
  return parseWhole<unsigned>(line.substr(kDigitsAt, 3)).value_or(0);
}

bool isCalled(std::string_view name, std::string_view wanted) {
  return stripPrefix(name, wanted) == "";
}

}  // namespace

std::optional<ResponseHead> parseResponseHead(std::string_view text) {
  ResponseHead head;
  head.status = statusOf(takeLine(text));
  if (head.status < 100) {
    return std::nullopt;
  }
  while (!text.empty()) {
    const std::string_view line = takeLine(text);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1), kHttpSpace);
    if (isCalled(name, "Content-Length")) {
      const auto length = parseWhole<std::uint64_t>(value);
      if (!length || head.content_length.value_or(*length) != *length) {
        return std::nullopt;
      }
      head.content_length = length;
    }
    head.has_transfer_encoding = head.has_transfer_encoding || isCalled(name, "Transfer-Encoding");
  }
  return head;
}

}  // namespace hardlink
