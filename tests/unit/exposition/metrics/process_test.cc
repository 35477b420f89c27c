
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/os/fd.h"
#include "base/time.h"
#include "exposition/metrics/families.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

/// A directory like /proc, removed at the end.
class FakeProc {
 public:
  FakeProc() {
    std::string pattern = std::filesystem::temp_directory_path() / "hardlink-proc-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    std::filesystem::create_directory(path_ + "/self");
  }
  FakeProc(const FakeProc&) = delete;
  FakeProc& operator=(const FakeProc&) = delete;
  ~FakeProc() { std::filesystem::remove_all(path_); }

  void write(const std::string& file, const std::string& text) const {
    std::ofstream(path_ + "/" + file) << text;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_CASE("the figures of this process are read from /proc") {
  const ProcessFigures figures = ProcessReader().read();
  REQUIRE(figures.threads);
  CHECK(*figures.threads >= 1);
  REQUIRE(figures.resident_memory_bytes);
  REQUIRE(figures.virtual_memory_bytes);
  CHECK(*figures.resident_memory_bytes > 100'000);
  CHECK(*figures.virtual_memory_bytes >= *figures.resident_memory_bytes);
  REQUIRE(figures.cpu_seconds);
  CHECK(*figures.cpu_seconds >= 0);
  REQUIRE(figures.start_time_seconds);
  // The boot time is in whole seconds, so a process can seem to start one second late.
  CHECK(*figures.start_time_seconds <= unixSeconds(std::chrono::system_clock::now()) + 1);
  CHECK(*figures.start_time_seconds > 1'500'000'000);
  CHECK(figures.max_fds == static_cast<std::uint64_t>(::sysconf(_SC_OPEN_MAX)));
}

TEST_CASE("the limits of the process are those in force, and no limit is the highest number") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_AS, &before) == 0);
  rlimit lower = before;
  lower.rlim_cur = rlim_t{1} << 46U;
  REQUIRE(::setrlimit(RLIMIT_AS, &lower) == 0);
  const auto limited = ProcessReader().read().virtual_memory_max_bytes;
  REQUIRE(::setrlimit(RLIMIT_AS, &before) == 0);
  CHECK(limited == std::uint64_t{1} << 46U);
  if (before.rlim_cur == RLIM_INFINITY) {
    CHECK(ProcessReader().read().virtual_memory_max_bytes == 18446744073709551615U);
  }
}

TEST_CASE("one more open descriptor is counted") {
  const auto before = ProcessReader().read().open_fds;
  const Fd extra(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(extra.valid());
  REQUIRE(before);
  CHECK(ProcessReader().read().open_fds == *before + 1);
}

TEST_CASE("figures that cannot be read are unset and have no series") {
  const ProcessFigures figures = ProcessReader("/nonexistent").read();
  CHECK_FALSE(figures.cpu_seconds);
  CHECK_FALSE(figures.open_fds);
  CHECK_FALSE(figures.start_time_seconds);
  const std::string text = textOf(processFamilies(figures));
  CHECK(text.find("process_max_fds") != std::string::npos);
  for (const char* unknown : {"process_cpu", "process_open_fds", "process_start_time"}) {
    CHECK(text.find(unknown) == std::string::npos);
  }
}

TEST_CASE("a command with spaces and parentheses does not shift the fields of stat") {
  const FakeProc proc;
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  proc.write("stat", "cpu 1 2 3\nbtime 1000\nprocesses 5\n");
  proc.write("self/stat",
             "7 (a) (b c) S 1 7 7 0 -1 4194304 10 0 0 0 250 150 0 0 20 0 3 0 500 8192 2 1\n");
  const ProcessFigures figures = ProcessReader(proc.path()).read();
  REQUIRE(figures.cpu_seconds);
  CHECK(*figures.cpu_seconds == Approx(400 / ticks));
  CHECK(figures.threads == 3U);
  REQUIRE(figures.start_time_seconds);
  CHECK(*figures.start_time_seconds == Approx(1000 + 500 / ticks));
  CHECK(figures.virtual_memory_bytes == 8192U);
  CHECK(figures.resident_memory_bytes == 2 * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

TEST_CASE("figures that a truncated file of /proc lacks are unset") {
  const FakeProc proc;
  proc.write("self/stat", "7 (a) S 1 7 7 0 -1 4194304 10 0 0 0 250");
  const ProcessFigures figures = ProcessReader(proc.path()).read();
  CHECK_FALSE(figures.cpu_seconds);
  CHECK_FALSE(figures.threads);
  CHECK_FALSE(figures.start_time_seconds);
}

}  // namespace
}  // namespace hardlink
