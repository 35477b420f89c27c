#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "commands/flags.h"
#include "config/load.h"
#include "daemon/sandbox/sandbox.h"

namespace hardlink {

/// `hardlink_exporter [PATH…]`. A flag that is not given is unset, and the file's value applies.
struct DaemonOptions {
  std::vector<std::string> paths;
  /// The names of the commands: the first path may be a mistyped one.
  std::vector<std::string_view> commands;
  std::optional<std::string> config_file;
  bool config_check = false;
  std::vector<std::string> listen_addresses;  ///< empty: not given
  bool systemd_socket = false;
  std::optional<std::string> telemetry_path;
  std::optional<std::string> web_config_file;
  bool enable_lifecycle = false;
  bool disable_exporter_metrics = false;
  std::optional<unsigned> max_requests;
  std::optional<log::Level> log_level;
  std::optional<log::Format> log_format;
  SandboxChoice sandbox;
};

void addDaemonFlags(Flags& flags, DaemonOptions& options);

/// Serves until SIGTERM or SIGINT and returns the exit code. Blocks signals in the calling thread,
/// which must be the only one.
[[nodiscard]] int runDaemon(const DaemonOptions& options);

/// The configuration that the daemon runs with. Flags win over the file's values. The roots come
/// from the PATHs, otherwise from the file, otherwise from discovery. Nothing to watch is a problem
/// too.
[[nodiscard]] Result<Config, Problems> effectiveConfig(const DaemonOptions& options);

/// The ports to bind: those of the listen addresses (0: any that is free), and none if the service
/// manager passes the sockets.
[[nodiscard]] std::vector<std::uint16_t> listenPorts(const WebConfig& web);

}  // namespace hardlink
