#pragma once

/// The configuration as plain structs: every option with its unit and its default. No parsing here
/// (config/load.h), no behaviour.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/names.h"
#include "model/farm.h"
#include "model/histogram.h"

namespace hardlink {

/// Which directories are layers; `automatic` decides by evidence (farms/recognise.h).
enum class LayoutChoice : std::uint8_t { automatic, docker_overlay, snapshots, store, none };
template <>
inline constexpr std::array<Name<LayoutChoice>, 5> kNames<LayoutChoice> = {
    {{LayoutChoice::automatic, "auto"},
     {LayoutChoice::docker_overlay, toString(Layout::docker_overlay)},
     {LayoutChoice::snapshots, toString(Layout::snapshots)},
     {LayoutChoice::store, toString(Layout::store)},
     {LayoutChoice::none, toString(Layout::none)}}};

/// The evidence for the age of snapshots; `automatic` compares names with times
/// (farms/snapshots/snapshot_order.h).
enum class OrderChoice : std::uint8_t { automatic, name, time };
template <>
inline constexpr std::array<Name<OrderChoice>, 3> kNames<OrderChoice> = {
    {{OrderChoice::automatic, "auto"}, {OrderChoice::name, "name"}, {OrderChoice::time, "time"}}};

enum class EngineChoice : std::uint8_t { automatic, walk, ext4 };
template <>
inline constexpr std::array<Name<EngineChoice>, 3> kNames<EngineChoice> = {
    {{EngineChoice::automatic, "auto"},
     {EngineChoice::walk, "walk"},
     {EngineChoice::ext4, "ext4"}}};

enum class IoPriority : std::uint8_t { idle, best_effort };
template <>
inline constexpr std::array<Name<IoPriority>, 2> kNames<IoPriority> = {
    {{IoPriority::idle, "idle"}, {IoPriority::best_effort, "best-effort"}}};

/// One directory tree to watch.
struct RootConfig {
  std::string path;  ///< absolute, without a trailing slash
  std::string name;  ///< value of the label `root`; unique; by default the path
  LayoutChoice layout = LayoutChoice::automatic;
  std::optional<Tool> tool{};  ///< that makes the links; unset: by evidence
  OrderChoice order = OrderChoice::automatic;
  /// Globs below `path`, perhaps with braces (config/braces.h), that name the layers, for example
  /// `*/root`; they override the layout's own layers. Empty if none are given.
  std::vector<std::string> layers;
  EngineChoice engine = EngineChoice::automatic;
  std::optional<std::uint64_t> link_limit;  ///< links per inode; unset: the filesystem's own
  std::vector<std::string> exclude;         ///< globs below `path` that are not entered
  /// Names and values of further labels of hardlink_root_info.
  std::vector<std::pair<std::string, std::string>> labels{};
  /// Whether a flag or key names this root. A discovered root is refused on a network filesystem.
  bool named_explicitly = true;

  bool operator==(const RootConfig&) const = default;
};

struct ScanConfig {
  std::chrono::milliseconds interval = std::chrono::minutes(5);  ///< between censuses
  /// Between full censuses: the others may skip what has not changed.
  std::chrono::milliseconds full_interval = std::chrono::hours(24);
  /// Between re-reads of the hottest inodes.
  std::chrono::milliseconds watch_interval = std::chrono::seconds(15);
  std::chrono::milliseconds timeout = std::chrono::minutes(30);  ///< of one census
  unsigned threads = 2;                                          ///< per census, 1..256
  IoPriority io_priority = IoPriority::idle;
  double max_duty = 0.25;  ///< share of time, above 0 up to 1, in which a root may be counted

  bool operator==(const ScanConfig&) const = default;
};

/// How many series a root may have.
struct MetricsConfig {
  std::uint64_t hot_inodes = 10;
  std::uint64_t layers = 20;
  std::uint64_t images = 20;
  std::uint64_t hot_directories = 3;
  HistogramForm histograms = HistogramForm::classic;
  std::vector<std::uint64_t> buckets = {1,     2,     10,    100,   200,   500,   1000,  5000,
                                        10000, 20000, 30000, 40000, 50000, 60000, 64000, 65000};

  bool operator==(const MetricsConfig&) const = default;
};

/// The daemon's --web flags, as keys.
struct WebConfig {
  /// Each `:PORT`, `HOST:PORT` or `[v6]:PORT`.
  std::vector<std::string> listen_addresses = {":10065"};
  /// Instead of these, sockets that the service manager passes.
  bool systemd_socket = false;
  std::string telemetry_path = "/metrics";
  /// TLS and authentication (config/web/web_file.h); empty: plain HTTP, open to every client.
  std::string config_file;
  bool enable_lifecycle = false;          ///< POST /-/reload
  bool disable_exporter_metrics = false;  ///< no process_*
  unsigned max_requests = 40;             ///< served at once; 503 beyond

  bool operator==(const WebConfig&) const = default;
};

struct LogConfig {
  log::Level level = log::Level::info;
  log::Format format = log::Format::logfmt;

  bool operator==(const LogConfig&) const = default;
};

struct Config {
  std::vector<RootConfig> roots;
  ScanConfig scan;
  MetricsConfig metrics;
  WebConfig web;
  LogConfig log;

  bool operator==(const Config&) const = default;
};

}  // namespace hardlink
