#include "commands/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/os/threads.h"
#include "base/utf8.h"
#include "commands/terminal.h"
#include "exposition/number.h"
#include "exposition/terminal/columns.h"

namespace hardlink {
namespace {

constexpr std::chrono::milliseconds kRefresh{200};
constexpr const char* kClearLine = "\r\033[K";

std::string timeLeft(double seconds) {
  constexpr double kMinute = 60;
  const bool short_time = seconds < 2 * kMinute;
  const auto value =
      static_cast<std::uint64_t>(std::ceil(short_time ? seconds : seconds / kMinute));
  return fmt::format("about {} {} left", thousands(value), short_time ? "s" : "min");
}

std::string joinedNonEmpty(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!part.empty()) {
      out.append(out.empty() ? "" : ", ").append(part);
    }
  }
  return out;
}

}  // namespace

ProgressLine::ProgressLine(Text text) {
  if (!terminal::movesCursor(STDERR_FILENO)) {
    return;
  }
  thread_ = std::jthread([text = std::move(text)](const std::stop_token& stop) {
    const bool utf8 = takesUtf8(STDERR_FILENO);
    bool shown = false;
    while (sleepFor(kRefresh, stop)) {
      const std::string now = text(terminal::width(STDERR_FILENO).value_or(80), utf8);
      (void)std::fprintf(stderr, "%s%s", kClearLine, now.c_str());
      shown = true;
    }
    if (shown) {
      (void)std::fputs(kClearLine, stderr);
    }
  });
}

ProgressLine::ProgressLine(const std::string& path, const CensusProgress& progress)
    : ProgressLine([path, &progress, begin = std::chrono::steady_clock::now()](std::size_t width,
                                                                               bool utf8) {
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
        return progressText(path, progress, elapsed.count(), 0, width, utf8);
      }) {}

ProgressLine::~ProgressLine() = default;

std::string progressText(const std::string& path, const CensusProgress& progress,
                         double elapsed_seconds, std::uint64_t expected_names, std::size_t width,
                         bool utf8) {
  const std::string shown_path = utf8 ? printable(path) : asciiOnly(printable(path));
  const std::uint64_t names = progress.names;
  const std::uint64_t layers = progress.layers_total;
  const double rate = elapsed_seconds > 0 ? static_cast<double>(names) / elapsed_seconds : 0;
  const std::string counted = compact(names) + " names";
  const std::string layer =
      layers > 0 ? fmt::format("layer {}/{}", progress.layers_done.load(), layers) : "";
  const std::string speed = compact(static_cast<std::uint64_t>(rate)) + " names/s";
  const std::string elapsed = fmt::format("{:.1f} s", elapsed_seconds);
  const std::string left = expected_names > names && names > 0
                               ? timeLeft(static_cast<double>(expected_names - names) / rate)
                               : "";
  // A narrow terminal loses first the path, then the rate, the layers and the time left.
  const std::vector<std::string> lines = {
      shown_path + ": " + joinedNonEmpty({counted, layer, speed, elapsed, left}),
      joinedNonEmpty({counted, layer, speed, elapsed, left}),
      joinedNonEmpty({counted, layer, elapsed, left}),
      joinedNonEmpty({counted, elapsed, left}),
      joinedNonEmpty({counted, elapsed}),
  };
  for (const std::string& line : lines) {
    // One column stays free, or the terminal would wrap.
    if (columnsOf(line) < width) {
      return line;
    }
  }
  return elapsed.size() < width ? elapsed : "";
}

}  // namespace hardlink
