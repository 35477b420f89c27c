#include "daemon/daemon.h"

#include "base/text.h"
#include "docker/discovery.h"
#include "roots/roots.h"

namespace hardlink {
namespace {

void applyFlags(const DaemonOptions& options, Config& config) {
  if (!options.listen_addresses.empty()) {
    config.web.listen_addresses = options.listen_addresses;
  }
  config.web.systemd_socket = config.web.systemd_socket || options.systemd_socket;
  config.web.telemetry_path = options.telemetry_path.value_or(config.web.telemetry_path);
  config.web.config_file = options.web_config_file.value_or(config.web.config_file);
  config.web.enable_lifecycle = config.web.enable_lifecycle || options.enable_lifecycle;
  config.web.disable_exporter_metrics =
      config.web.disable_exporter_metrics || options.disable_exporter_metrics;
  config.web.max_requests = options.max_requests.value_or(config.web.max_requests);
  config.log.level = options.log_level.value_or(config.log.level);
  config.log.format = options.log_format.value_or(config.log.format);
}

}  // namespace

Result<Config, Problems> effectiveConfig(const DaemonOptions& options) {
  Config config;
  if (options.config_file) {
    ASSIGN_OR_RETURN(config, loadConfig(*options.config_file));
  }
  applyFlags(options, config);
  if (!options.paths.empty()) {
    config.roots = rootsFromPaths(withDataRootsResolved(options.paths));
  }
  if (config.roots.empty()) {
    const DockerDiscovery discovery = discoverDocker();
    config.roots = rootsFromDiscovery(discovery);
    if (config.roots.empty()) {
      return Problems{{options.config_file.value_or(""), 0, "", nothingToWatch(discovery)}};
    }
  }
  return config;
}

std::vector<std::uint16_t> listenPorts(const WebConfig& web) {
  std::vector<std::uint16_t> ports;
  if (web.systemd_socket) {
    return ports;
  }
  for (const std::string_view address : web.listen_addresses) {
    // Validation has found that a port follows the last colon.
    ports.push_back(*parseWhole<std::uint16_t>(address.substr(address.rfind(':') + 1)));
  }
  return ports;
}

}  // namespace hardlink
