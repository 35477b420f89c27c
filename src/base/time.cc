#include "base/time.h"

#include <array>
#include <ctime>

namespace hardlink {
namespace {

std::string secondsPart(std::chrono::system_clock::time_point time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  return {text.data(), length};
}

}  // namespace

std::string rfc3339(std::chrono::system_clock::time_point time) { return secondsPart(time) + "Z"; }

std::optional<std::chrono::system_clock::time_point> parseRfc3339(const std::string& text) {
  std::tm utc{};
  const char* const end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (end == nullptr) {
    return std::nullopt;
  }
  const auto time = std::chrono::system_clock::from_time_t(timegm(&utc));
  // strptime() takes spaces, single digits and days that no month has; this does not.
  return rfc3339(time) == text ? std::optional(time) : std::nullopt;
}

std::string rfc3339Millis(std::chrono::system_clock::time_point time) {
  using std::chrono::milliseconds;
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto millis = std::chrono::duration_cast<milliseconds>(time - whole).count();
  const std::string digits = std::to_string(1000 + millis);
  return secondsPart(time) + "." + digits.substr(1) + "Z";
}

double unixSeconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace hardlink
