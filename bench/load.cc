// Scrapes a daemon from many clients at once and measures the time of every scrape.
//
//   load PORT [--clients=40] [--interval=1000] [--seconds=60] [--report=10] [--path=/metrics]
//
// In a round every client opens a new connection at the same moment. The clients take turns with
// the formats, encodings and keep-alive headers of real scrapers. The next round begins `interval`
// ms after the last one began, or when that one has all its answers. A scrape's time is from
// connect(2) to its last byte. After that, every body is checked (status, length, checksum of gzip,
// end of the format). Every `report` seconds one line of JSON has the figures since the last line:
// scrapes, errors, an example of an error, and milliseconds. A last line, with "whole": true, is
// about the whole run.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/os/fd.h"

namespace {

using namespace hardlink;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

// Prometheus gives a scrape ten seconds by default.
constexpr std::chrono::seconds kPatience{10};

struct Options {
  std::uint16_t port = 0;
  std::string path = "/metrics";
  unsigned clients = 40;
  unsigned interval_ms = 1000;
  unsigned seconds = 60;
  unsigned report_seconds = 10;
};

/// A kind of scraper, with what it needs to distinguish a good answer from a bad one.
struct Kind {
  const char* headers;
  const char* content_type;
  bool gzip;
  std::string_view end;
};

constexpr std::string_view kClassicEnd = "\n";
constexpr std::string_view kOpenMetricsEnd = "\n# EOF\n";
constexpr std::array<Kind, 4> kKinds = {{
    {"Accept: application/openmetrics-text;version=1.0.0\r\nAccept-Encoding: gzip\r\n"
     "Connection: keep-alive\r\n",
     "application/openmetrics-text", true, kOpenMetricsEnd},
    {"Accept: text/plain;version=0.0.4\r\nConnection: close\r\n", "text/plain", false, kClassicEnd},
    {"Accept: application/openmetrics-text;version=1.0.0\r\n", "application/openmetrics-text",
     false, kOpenMetricsEnd},
    {"Accept: text/plain;version=0.0.4\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n",
     "text/plain", true, kClassicEnd},
}};

struct Scrape {
  const Kind* kind = nullptr;
  Fd fd;
  Clock::time_point begin;
  Clock::time_point end;
  std::string answer;
  std::string error;
  bool sent = false;
};

/// The value of a header, or nothing; `head` is the text before the empty line.
std::string_view header(std::string_view head, std::string_view name) {
  const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view value = head.substr(at + name.size() + 4);
  return value.substr(0, value.find("\r\n"));
}

std::string gunzip(std::string_view bytes) {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  z_stream stream{};
  inflateInit2(&stream, kGzipOnly);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  std::array<char, 65536> part{};
  int code = Z_OK;
  while (code == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    code = inflate(&stream, Z_NO_FLUSH);
    text.append(part.data(), part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return code == Z_STREAM_END && stream.avail_in == 0 ? text : std::string();
}

/// The fault of an answer; empty if it has none.
std::string fault(const Scrape& scrape) {
  const std::size_t split = scrape.answer.find("\r\n\r\n");
  const std::string_view head = std::string_view(scrape.answer).substr(0, split);
  if (split == std::string::npos || head.rfind("HTTP/1.1 200 ", 0) != 0) {
    return "no 200: " + std::string(head.substr(0, 60));
  }
  const std::string_view body = std::string_view(scrape.answer).substr(split + 4);
  if (header(head, "Content-Length") != std::to_string(body.size())) {
    return "length is " + std::to_string(body.size()) + ", not as announced";
  }
  if (header(head, "Content-Type").rfind(scrape.kind->content_type, 0) != 0 ||
      (header(head, "Content-Encoding") == "gzip") != scrape.kind->gzip) {
    return "not what was accepted: " + std::string(header(head, "Content-Type"));
  }
  const std::string text = scrape.kind->gzip ? gunzip(body) : std::string(body);
  const bool is_whole =
      text.size() > scrape.kind->end.size() &&
      text.compare(text.size() - scrape.kind->end.size(), std::string::npos, scrape.kind->end) == 0;
  return is_whole && text.find("\nhardlink_up{") != std::string::npos ? "" : "body is not whole";
}

/// One round: all scrapes begin at once, and the round ends with the last of them.
class Round {
 public:
  explicit Round(const Options& options)
      : options_(options), scrapes_(options.clients), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

  std::vector<Scrape> run();

 private:
  void begin(std::size_t index);
  void proceed(Scrape& scrape);
  void finish(Scrape& scrape, std::string error);

  const Options& options_;
  std::vector<Scrape> scrapes_;
  Fd epoll_;
  std::size_t open_ = 0;
};

std::vector<Scrape> Round::run() {
  for (std::size_t i = 0; i < scrapes_.size(); ++i) {
    begin(i);
  }
  const auto deadline = Clock::now() + kPatience;
  std::array<epoll_event, 64> events{};
  while (open_ > 0 && Clock::now() < deadline) {
    const int count = epoll_wait(epoll_.get(), events.data(), events.size(), 100);
    for (int i = 0; i < count; ++i) {
      proceed(scrapes_[events[static_cast<std::size_t>(i)].data.u64]);
    }
  }
  for (Scrape& scrape : scrapes_) {
    if (scrape.fd.valid()) {
      finish(scrape, "no answer in time");
    }
  }
  return std::move(scrapes_);
}

void Round::begin(std::size_t index) {
  Scrape& scrape = scrapes_[index];
  scrape.kind = &kKinds[index % kKinds.size()];
  scrape.begin = Clock::now();
  scrape.fd = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ++open_;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options_.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(scrape.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    finish(scrape, std::string("connect: ") + std::strerror(errno));
    return;
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = index;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, scrape.fd.get(), &event);
}

void Round::proceed(Scrape& scrape) {
  if (!scrape.fd.valid()) {
    return;
  }
  if (!scrape.sent) {
    const std::string request =
        "GET " + options_.path + " HTTP/1.1\r\nHost: localhost\r\n" + scrape.kind->headers + "\r\n";
    const ssize_t sent = send(scrape.fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {
      return;
    }
    scrape.sent = sent == static_cast<ssize_t>(request.size());
    if (!scrape.sent) {
      finish(scrape, std::string("send: ") + std::strerror(errno));
      return;
    }
  }
  std::array<char, 65536> part{};
  ssize_t bytes = 0;
  while ((bytes = read(scrape.fd.get(), part.data(), part.size())) > 0) {
    scrape.answer.append(part.data(), static_cast<std::size_t>(bytes));
  }
  if (bytes == 0 || errno != EAGAIN) {
    finish(scrape, bytes == 0 ? "" : std::string("read: ") + std::strerror(errno));
  }
}

void Round::finish(Scrape& scrape, std::string error) {
  scrape.end = Clock::now();
  scrape.error = std::move(error);
  scrape.fd = Fd();
  --open_;
}

/// Collects the times and errors of scrapes.
class Tally {
 public:
  void add(const Scrape& scrape) {
    times_.push_back(Milliseconds(scrape.end - scrape.begin).count());
    const std::string error = scrape.error.empty() ? fault(scrape) : scrape.error;
    if (!error.empty()) {
      ++errors_;
      example_ = error;
    }
  }

  /// Prints the figures of the whole run, or since the last line.
  void print(bool whole) {
    std::sort(times_.begin(), times_.end());
    // The example is text of the server, and a quote in it would end the JSON string.
    std::replace_if(
        example_.begin(), example_.end(), [](char c) { return c < ' ' || c == '"' || c == '\\'; },
        ' ');
    (void)std::printf(
        R"({"scrapes": %zu, "errors": %u, "example": "%s", "p50": %.3f, "p99": %.3f, "p999": %.3f, )"
        R"("max": %.3f, "whole": %s})"
        "\n",
        times_.size(), errors_, example_.c_str(), quantile(0.5), quantile(0.99), quantile(0.999),
        quantile(1), whole ? "true" : "false");
    (void)std::fflush(stdout);
    *this = Tally();
  }

  [[nodiscard]] bool empty() const { return times_.empty(); }

 private:
  [[nodiscard]] double quantile(double q) const {
    return times_[static_cast<std::size_t>(q * static_cast<double>(times_.size() - 1))];
  }

  std::vector<double> times_;
  unsigned errors_ = 0;
  std::string example_;
};

void run(const Options& options) {
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  auto next_report = Clock::now() + std::chrono::seconds(options.report_seconds);
  Tally whole;
  Tally recent;
  for (auto next = Clock::now(); next < end;
       next = std::max(Clock::now(), next + std::chrono::milliseconds(options.interval_ms))) {
    std::this_thread::sleep_until(next);
    for (const Scrape& scrape : Round(options).run()) {
      whole.add(scrape);
      recent.add(scrape);
    }
    if (Clock::now() >= next_report) {
      recent.print(false);
      next_report += std::chrono::seconds(options.report_seconds);
    }
  }
  if (!recent.empty()) {
    recent.print(false);
  }
  whole.print(true);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Scrapes a daemon from many clients at once");
  app.add_option("PORT", options.port)->required();
  app.add_option("--path", options.path);
  app.add_option("--clients", options.clients)->check(CLI::Range(1U, 1000U));
  app.add_option("--interval", options.interval_ms);
  app.add_option("--seconds", options.seconds);
  app.add_option("--report", options.report_seconds)->check(CLI::Range(1U, 3600U));
  CLI11_PARSE(app, argc, argv);
  run(options);
  return 0;
}
