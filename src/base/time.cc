#include "base/time.h"

#include <array>
#include <ctime>

namespace hardlink {
namespace {

/// Since the epoch, rounded down.
std::int64_t wholeSeconds(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string secondsPart(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = wholeSeconds(time);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  return {text.data(), length};
}

}  // namespace

std::chrono::system_clock::time_point timeFromUnix(std::int64_t seconds,
                                                   std::uint32_t nanoseconds) {
  using Time = std::chrono::system_clock::time_point;
  // The clock holds only a part of its first and of its last second.
  if (seconds <= wholeSeconds(Time::min())) {
    return Time::min();
  }
  if (seconds >= wholeSeconds(Time::max())) {
    return Time::max();
  }
  return Time(std::chrono::duration_cast<Time::duration>(std::chrono::seconds(seconds) +
                                                         std::chrono::nanoseconds(nanoseconds)));
}

std::string rfc3339(std::chrono::system_clock::time_point time) { return secondsPart(time) + "Z"; }

std::optional<std::chrono::system_clock::time_point> parseRfc3339(const std::string& text) {
  std::tm utc{};
  const char* const end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (end == nullptr) {
    return std::nullopt;
  }
  const auto time = timeFromUnix(timegm(&utc));
  // strptime() also accepts spaces, single digits and days that no month has. Such a text, or a
  // time that the clock cannot hold, is printed differently from how it was read.
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
