// The answer of a daemon to `check --url`: any bytes, with or without the head of an HTTP answer.
// It is refused with a reason, or accepted as a report, and then the verdict is one readable line.

#include <string>
#include <variant>

#include "base/utf8.h"
#include "commands/check/verdict.h"
#include "exposition/json/json.h"
#include "fuzz/require.h"
#include "http/client/client.h"

namespace hardlink {
namespace {

void checkLine(const std::string& text, std::size_t most_bytes) {
  require(text.find('\n') == text.size() - 1, "a verdict is one line");
  require(text.size() <= most_bytes + 1, "a verdict is no longer than it may be");
  require(isOneLine(std::string_view(text).substr(0, text.size() - 1)), "a verdict is readable");
}

/// `answer` without its head, if it has one.
std::string_view bodyOf(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    return answer;
  }
  const auto head = parseResponseHead(answer.substr(0, end));
  require(!head || (head->status >= 100 && head->status <= 999), "a status has three digits");
  require(!head || answer.starts_with("HTTP/1."), "what is understood is HTTP/1");
  return answer.substr(end + 4);
}

void judge(const Report& report) {
  const Thresholds thresholds{
      .warning = fewerThan(20), .critical = fewerThan(5), .warning_links = fewerThan(1000)};
  const Freshness freshness{SystemTime(std::chrono::seconds(1'750'000'000)),
                            std::chrono::seconds(600)};
  const Verdict verdict = verdictOn(report, thresholds, freshness);
  require(verdict.roots.size() == report.roots.size(), "every root is judged");
  require(!report.roots.empty() || verdict.state != VerdictState::ok, "nothing is not fine");
  const std::string nagios = renderNagios(verdict);
  checkLine(nagios, nagios.size());
  checkLine(renderNpd(verdict), kNpdBytes);
}

}  // namespace
}  // namespace hardlink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = hardlink::bodyOf(hardlink::asText(data, size));
  const auto report = hardlink::parseReport(std::string(body));
  if (report) {
    hardlink::judge(*report);
  } else {
    hardlink::require(!report.error().context.empty(), "a refusal has a reason");
  }
  return 0;
}
