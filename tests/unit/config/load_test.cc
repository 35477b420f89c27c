#include "config/load.h"

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

Config configOf(const std::string& text) {
  const Result<Config, Problems> loaded = parseConfig(text, "t.yml");
  if (!loaded) {
    FAIL(loaded.error().front().message());
  }
  return *loaded;
}

TEST_CASE("an empty file, or a file without roots, gives the defaults") {
  for (const std::string text :
       {"", "# nothing\n", "{}", "roots: []\n", "roots:\n", "scan:\nmetrics:\nweb:\nlog:\n"}) {
    CAPTURE(text);
    CHECK(configOf(text) == Config{});
  }
}

TEST_CASE("every key of a root is read") {
  const Config config = configOf(
      "roots:\n"
      "  - path: /srv/backup/\n"
      "    name: backup\n"
      "    layout: snapshots\n"
      "    tool: rsnapshot\n"
      "    order: time\n"
      "    layers: \"daily.*\"\n"
      "    engine: walk\n"
      "    link_limit: 177\n"
      "    exclude: [tmp, 'lost+found', '*/cache']\n"
      "    labels: {tier: 1, team: \"caf\\u00e9\"}\n"
      "  - path: /srv/docker\n"
      "    layout: docker-overlay\n"
      "    tool: auto\n"
      "    order: auto\n"
      "    layers: ~\n"
      "    engine: ext4\n"
      "    link_limit: auto\n");
  RootConfig backup;
  backup.path = "/srv/backup";
  backup.name = "backup";
  backup.layout = LayoutChoice::snapshots;
  backup.tool = Tool::rsnapshot;
  backup.order = OrderChoice::time;
  backup.layers = {"daily.*"};
  backup.engine = EngineChoice::walk;
  backup.link_limit = 177;
  backup.exclude = {"tmp", "lost+found", "*/cache"};
  backup.labels = {{"team", "caf\u00e9"}, {"tier", "1"}};
  RootConfig docker;
  docker.path = "/srv/docker";
  docker.name = "/srv/docker";
  docker.layout = LayoutChoice::docker_overlay;
  docker.engine = EngineChoice::ext4;
  REQUIRE(config.roots.size() == 2);
  CHECK(config.roots[0] == backup);
  CHECK(config.roots[1] == docker);
}

TEST_CASE("every key of scan is read") {
  const ScanConfig scan =
      configOf(
          "scan:\n  interval: 1h30m\n  watch_interval: 500ms\n  timeout: 1d\n"
          "  full_interval: 2d\n  threads: 16\n  io_priority: best-effort\n  max_duty: 12.5%\n")
          .scan;
  CHECK(scan.interval == 90min);
  CHECK(scan.full_interval == 48h);
  CHECK(scan.watch_interval == 500ms);
  CHECK(scan.timeout == 24h);
  CHECK(scan.threads == 16);
  CHECK(scan.io_priority == IoPriority::best_effort);
  CHECK(scan.max_duty == 0.125);
}

TEST_CASE("every key of metrics is read") {
  const MetricsConfig metrics = configOf(
                                    "metrics: {hot_inodes: 0, layers: 1000, images: 7, "
                                    "hot_directories: 4, histograms: native, "
                                    "buckets: [1, 5, 65000]}")
                                    .metrics;
  CHECK(metrics.hot_directories == 4);
  CHECK(metrics.histograms == HistogramForm::native);
  CHECK(configOf("metrics: {images: 7}").metrics.hot_directories == 3);
  CHECK(metrics.hot_inodes == 0);
  CHECK(metrics.layers == 1000);
  CHECK(metrics.images == 7);
  CHECK(metrics.buckets == std::vector<std::uint64_t>{1, 5, 65000});
}

TEST_CASE("every key of web and log is read") {
  const Config config = configOf(
      "web:\n  listen_address: [\":1\", \"[::1]:2\", localhost:3]\n  telemetry_path: /m\n"
      "  systemd_socket: true\n  enable_lifecycle: true\n  disable_exporter_metrics: true\n"
      "  max_requests: 5\n"
      "log: {level: debug, format: json}\n");
  CHECK(config.web.listen_addresses == std::vector<std::string>{":1", "[::1]:2", "localhost:3"});
  CHECK(config.web.telemetry_path == "/m");
  CHECK(config.web.systemd_socket);
  CHECK(config.web.enable_lifecycle);
  CHECK(config.web.disable_exporter_metrics);
  CHECK(config.web.max_requests == 5);
  CHECK(config.log.level == log::Level::debug);
  CHECK(config.log.format == log::Format::json);
  CHECK(configOf("web: {listen_address: \":80\"}").web.listen_addresses ==
        std::vector<std::string>{":80"});
}

TEST_CASE("layers are a glob or a list of globs, with braces") {
  const auto layers = [](const std::string& value) {
    return configOf("roots: [{path: /a, layers: " + value + "}]\n").roots.at(0).layers;
  };
  using Globs = std::vector<std::string>;
  CHECK(layers("'{daily,hourly}.*'") == Globs{"{daily,hourly}.*"});
  CHECK(layers("['daily.*', 'hosts/*/*']") == Globs{"daily.*", "hosts/*/*"});
  CHECK(layers("null").empty());
}

TEST_CASE("a file is loaded from disk, and an unreadable file is one problem") {
  const TempDir directory;
  plant(directory.path(), {makeFile("c.yml", "log: {level: warn}\n"),
                           makeFile("huge.yml", std::string((1U << 20U) + 1, '#'))});
  const Result<Config, Problems> loaded = loadConfig(directory / "c.yml");
  REQUIRE(loaded);
  CHECK(loaded->log.level == log::Level::warn);
  const auto only_message = [](const std::string& path) {
    const Result<Config, Problems> refused = loadConfig(path);
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().size() == 1);
    return refused.error()[0].message();
  };
  CHECK(only_message("/nonexistent.yml") ==
        "/nonexistent.yml: cannot be read: No such file or directory");
  CHECK(only_message("/proc") == "/proc: cannot be read: Is a directory");
  CHECK(only_message(directory / "huge.yml") ==
        (directory / "huge.yml") + ": is larger than 1 MiB");
}

}  // namespace
}  // namespace hardlink
