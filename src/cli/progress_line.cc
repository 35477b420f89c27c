#include "cli/progress_line.h"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <utility>

#include "base/utf8.h"
#include "cli/terminal.h"
#include "exposition/number.h"

namespace hardlink {
namespace {

constexpr std::chrono::milliseconds kRefresh{200};
constexpr const char* kClearLine = "\r\033[K";

}  // namespace

ProgressLine::ProgressLine(const std::string& path, const CensusProgress& progress) {
  if (!terminal::isTerminal(STDERR_FILENO)) {
    return;
  }
  thread_ = std::jthread([path, &progress](std::stop_token stop) {
    const auto begin = std::chrono::steady_clock::now();
    std::mutex mutex;
    std::condition_variable_any wakeup;
    std::unique_lock lock(mutex);
    bool shown = false;
    while (!wakeup.wait_for(lock, stop, kRefresh, [&] { return stop.stop_requested(); })) {
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      const std::string text = progressText(path, progress, elapsed.count(),
                                            terminal::width(STDERR_FILENO).value_or(80));
      (void)std::fprintf(stderr, "%s%s", kClearLine, text.c_str());
      shown = true;
    }
    if (shown) {
      (void)std::fputs(kClearLine, stderr);
    }
  });
}

ProgressLine::~ProgressLine() = default;

std::string progressText(const std::string& path, const CensusProgress& progress,
                         double elapsed_seconds, std::size_t width) {
  const std::uint64_t names = progress.names;
  const std::uint64_t layers = progress.layers_total;
  std::string figures = thousands(names) + " names";
  if (layers > 0) {
    figures += ", layer " + std::to_string(progress.layers_done) + "/" + std::to_string(layers);
  }
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(names) / elapsed_seconds);
  char seconds[32];
  (void)std::snprintf(seconds, sizeof seconds, "%.1f s", elapsed_seconds);
  figures += ", " + thousands(rate) + " names/s, " + seconds;
  const std::string line = printable(path) + ": " + figures;
  // Rather the figures than the path; one column stays free, or the terminal would wrap.
  const std::string& shown = line.size() < width ? line : figures;
  return shown.substr(0, width - 1);
}

}  // namespace hardlink
