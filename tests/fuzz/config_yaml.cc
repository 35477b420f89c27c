// The configuration. Any bytes are either loaded or refused, and every message is one readable
// line. A loaded configuration keeps the rules; written as YAML and loaded again, it is the same.

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <set>
#include <string>

#include "config/load.h"
#include "config/validate.h"
#include "fuzz/require.h"

namespace hardlink {
namespace {

/// `text` in double quotes, each of its bytes kept.
std::string quoted(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || c == '"' || c == '\\') {
      out.append("\\x").append(1, kDigits[byte / 16U]).append(1, kDigits[byte % 16U]);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

template <class List, class Write>
std::string listed(const List& list, Write write) {
  std::string out = "[";
  for (const auto& item : list) {
    out.append(out.size() > 1 ? ", " : "").append(write(item));
  }
  return out + "]";
}

std::string milliseconds(std::chrono::milliseconds duration) {
  return std::to_string(duration.count()) + "ms";
}

std::string written(const RootConfig& root) {
  return "  - path: " + quoted(root.path) +
         (root.name == root.path ? "" : "\n    name: " + quoted(root.name)) +
         "\n    layout: " + std::string(toString(root.layout)) +
         "\n    tool: " + std::string(root.tool ? toString(*root.tool) : "auto") +
         "\n    order: " + std::string(toString(root.order)) +
         "\n    layers: " + (root.layers.empty() ? "null" : listed(root.layers, quoted)) +
         "\n    engine: " + std::string(toString(root.engine)) +
         "\n    link_limit: " + (root.link_limit ? std::to_string(*root.link_limit) : "auto") +
         "\n    exclude: " + listed(root.exclude, quoted) + "\n";
}

std::string written(const ScanConfig& scan) {
  return "scan:\n  interval: " + milliseconds(scan.interval) +
         "\n  full_interval: " + milliseconds(scan.full_interval) +
         "\n  watch_interval: " + milliseconds(scan.watch_interval) +
         "\n  timeout: " + milliseconds(scan.timeout) +
         "\n  threads: " + std::to_string(scan.threads) +
         "\n  io_priority: " + std::string(toString(scan.io_priority)) + "\n";
}

std::string written(const MetricsConfig& metrics) {
  return "metrics:\n  hot_inodes: " + std::to_string(metrics.hot_inodes) +
         "\n  layers: " + std::to_string(metrics.layers) +
         "\n  images: " + std::to_string(metrics.images) + "\n  buckets: " +
         listed(metrics.buckets, [](std::uint64_t bound) { return std::to_string(bound); }) + "\n";
}

std::string written(const WebConfig& web) {
  return "web:\n  listen_address: " + listed(web.listen_addresses, quoted) +
         "\n  telemetry_path: " + quoted(web.telemetry_path) +
         (web.config_file.empty() ? "" : "\n  config_file: " + quoted(web.config_file)) +
         "\n  enable_lifecycle: " + (web.enable_lifecycle ? "true" : "false") +
         "\n  systemd_socket: " + (web.systemd_socket ? "true" : "false") +
         "\n  max_requests: " + std::to_string(web.max_requests) + "\n";
}

std::string written(const LogConfig& log) {
  return "log:\n  level: " + std::string(toString(log.level)) +
         "\n  format: " + std::string(toString(log.format)) + "\n";
}

/// All of `config` but max_duty, whose digits need not come back the same.
std::string written(const Config& config) {
  std::string out = "roots:" + std::string(config.roots.empty() ? " []" : "") + "\n";
  for (const RootConfig& root : config.roots) {
    out += written(root);
  }
  return out + written(config.scan) + written(config.metrics) + written(config.web) +
         written(config.log);
}

void checkProblems(const Problems& problems, std::string_view text) {
  require(!problems.empty(), "what is refused has a problem");
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  int last = 0;
  for (const Problem& problem : problems) {
    require(isOneLine(problem.message()), "a problem is one line");
    require(!problem.what.empty(), "a problem says what it is");
    require(problem.line >= last, "problems are in the order of their lines");
    require(problem.line <= lines + 1, "a problem's line is one of the file");
    last = problem.line;
  }
}

void checkRoots(const std::vector<RootConfig>& roots) {
  std::set<std::string> names;
  std::set<std::string> paths;
  for (const RootConfig& root : roots) {
    require(names.insert(root.name).second, "no two roots have one name");
    require(paths.insert(root.path).second, "no two roots have one path");
    require(static_cast<bool>(checkRootPath(root.path)), "a root's path keeps the rules");
    require(root.name == root.path || checkRootName(root.name), "a root's name keeps the rules");
    for (const std::string& glob : root.layers) {
      require(static_cast<bool>(checkLayersGlob(glob)), "a root's layers are globs");
    }
    require(static_cast<bool>(checkTool(root)), "a root's tool fits its layout and layers");
    require(root.link_limit != 0, "a limit is not 0");
    require(normalised(root) == root, "a root is normalised");
  }
}

void checkConfig(const Config& config) {
  using std::chrono::milliseconds;
  constexpr milliseconds kTenYears = std::chrono::hours(24 * 365 * 10);
  checkRoots(config.roots);
  for (const milliseconds duration : {config.scan.interval, config.scan.full_interval,
                                      config.scan.watch_interval, config.scan.timeout}) {
    require(duration > milliseconds::zero() && duration <= kTenYears, "a duration has bounds");
  }
  require(config.scan.threads >= 1 && config.scan.threads <= kMaxThreads, "threads have bounds");
  require(config.scan.max_duty > 0 && config.scan.max_duty <= 1, "a share is above 0, up to 1");
  const auto& buckets = config.metrics.buckets;
  require(!buckets.empty() && buckets.size() <= kMaxBuckets, "buckets have bounds");
  require(
      std::adjacent_find(buckets.begin(), buckets.end(), std::greater_equal<>()) == buckets.end(),
      "buckets ascend");
  for (const std::uint64_t series :
       {config.metrics.hot_inodes, config.metrics.layers, config.metrics.images}) {
    require(series <= kMaxSeries, "series have bounds");
  }
  require(!config.web.listen_addresses.empty(), "there is an address to listen on");
  require(static_cast<bool>(checkTelemetryPath(config.web.telemetry_path)),
          "the telemetry path keeps the rules");
}

}  // namespace
}  // namespace hardlink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using hardlink::Config;
  const std::string text(hardlink::asText(data, size));
  const auto loaded = hardlink::parseConfig(text, "hardlink_exporter.yml");
  if (!loaded) {
    hardlink::checkProblems(loaded.error(), text);
    return 0;
  }
  Config config = *loaded;
  hardlink::checkConfig(config);
  const auto again = hardlink::parseConfig(hardlink::written(config), "written.yml");
  hardlink::require(bool(again), "what was loaded can be written down");
  config.scan.max_duty = hardlink::ScanConfig().max_duty;
  hardlink::require(*again == config, "and loaded again is the same");
  return 0;
}
