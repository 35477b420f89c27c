#include "exposition/metrics/families.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <utility>

#include "base/text.h"
#include "exposition/metrics/metric_series.h"

namespace hardlink {
namespace {

std::string readWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The fields of proc(5)'s stat from the third one on. The second field, the command, may contain
/// spaces and parentheses; it ends at the last parenthesis.
std::vector<std::optional<std::uint64_t>> statFields(const std::string& stat) {
  std::vector<std::optional<std::uint64_t>> fields;
  const std::size_t command_end = stat.rfind(')');
  if (command_end != std::string::npos) {
    std::istringstream rest(stat.substr(command_end + 1));
    for (std::string field; rest >> field;) {
      fields.push_back(parseWhole<std::uint64_t>(field));
    }
  }
  return fields;
}

std::uint64_t softLimit(int resource) {
  rlimit limit{};
  getrlimit(resource, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<std::uint64_t>::max()
                                         : limit.rlim_cur;
}

std::optional<std::uint64_t> bootTime(const std::string& stat) {
  for (const std::string_view line : linesOf(stat)) {
    if (line.starts_with("btime ")) {
      return parseWhole<std::uint64_t>(line.substr(6));
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> countDescriptors(const std::string& directory) {
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  std::uint64_t count = 0;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++count;
  }
  if (error || count == 0) {
    return std::nullopt;
  }
  return count - 1;  // without the descriptor that lists them
}

void readStat(ProcessFigures& figures, const std::string& stat,
              std::optional<std::uint64_t> boot_seconds) {
  const auto fields = statFields(stat);
  // Field numbers as in proc(5), from 1.
  const auto field = [&](std::size_t number) {
    return number - 3 < fields.size() ? fields[number - 3] : std::nullopt;
  };
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto utime = field(14);
  const auto stime = field(15);
  if (utime && stime) {
    figures.cpu_seconds = static_cast<double>(*utime + *stime) / ticks_per_second;
  }
  figures.threads = field(20);
  const auto start_ticks = field(22);
  if (start_ticks && boot_seconds) {
    figures.start_time_seconds =
        static_cast<double>(*boot_seconds) + static_cast<double>(*start_ticks) / ticks_per_second;
  }
  figures.virtual_memory_bytes = field(23);
  if (const auto pages = field(24)) {
    figures.resident_memory_bytes = *pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
}

}  // namespace

ProcessReader::ProcessReader(std::string proc)
    : proc_(std::move(proc)), boot_seconds_(bootTime(readWhole(proc_ + "/stat"))) {}

ProcessFigures ProcessReader::read() const {
  ProcessFigures figures;
  readStat(figures, readWhole(proc_ + "/self/stat"), boot_seconds_);
  figures.max_fds = softLimit(RLIMIT_NOFILE);
  figures.virtual_memory_max_bytes = softLimit(RLIMIT_AS);
  figures.open_fds = countDescriptors(proc_ + "/self/fd");
  return figures;
}

Families processFamilies(const ProcessFigures& figures) {
  std::vector<Family> families;
  const auto add = [&](const char* name, const char* help, const auto& value,
                       prometheus::MetricType type = prometheus::MetricType::Gauge) {
    MetricSeries series(MetricGroup::process, name, help, type);
    series.add({}, value);
    families.push_back(std::move(series).take());
  };
  add("process_cpu_seconds_total", "User and system CPU time spent.", figures.cpu_seconds,
      prometheus::MetricType::Counter);
  add("process_open_fds", "Open file descriptors.", figures.open_fds);
  add("process_max_fds", "Limit of open file descriptors.", figures.max_fds);
  add("process_virtual_memory_bytes", "Virtual memory size.", figures.virtual_memory_bytes);
  add("process_virtual_memory_max_bytes", "Limit of virtual memory.",
      figures.virtual_memory_max_bytes);
  add("process_resident_memory_bytes", "Resident memory size.", figures.resident_memory_bytes);
  add("process_start_time_seconds", "When the process started, in Unix time.",
      figures.start_time_seconds);
  add("process_threads", "Threads of the process.", figures.threads);
  return Families(std::move(families));
}

}  // namespace hardlink
