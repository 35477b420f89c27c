#include "commands/common_flags.h"
#include "config/validate.h"
#include "daemon/daemon.h"

namespace hardlink {
namespace {

constexpr const char* kFooter =
    "A flag overrides the configuration file. SIGHUP loads the file again. A command comes before "
    "its\n"
    "flags and paths; hardlink_exporter help COMMAND lists them. Write ./NAME for a directory that "
    "has\n"
    "the name of a command. The daemon does not start if a PATH does not exist.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter\n"
    "  hardlink_exporter --web.listen-address=127.0.0.1:10065 /var/lib/docker /backup/rsnapshot\n"
    "  hardlink_exporter --config.file=/etc/hardlink_exporter/hardlink_exporter.yml\n"
    "  hardlink_exporter --config.file=new.yml --config.check";

/// Stores in `target` a text that a rule of config/validate.h accepts.
template <class Target>
Flags::Store checked(Target& target, Result<void> (*check)(std::string_view)) {
  return [&target, check](const std::string& text) -> Result<void> {
    RETURN_IF_ERROR(check(text));
    if constexpr (requires { target.push_back(text); }) {
      target.push_back(text);
    } else {
      target = text;
    }
    return {};
  };
}

/// What the daemon gives up once it listens.
void addSandboxFlags(Flags& flags, SandboxChoice& choice) {
  flags.onOff("--sandbox.capabilities", choice.capabilities,
              "Give up all capabilities except the one to read");
  flags.onOff("--sandbox.landlock", choice.landlock, "Have Landlock forbid all writing");
  flags.onOff("--sandbox.seccomp", choice.seccomp, "Refuse all system calls but those in use");
}

}  // namespace

void addDaemonFlags(Flags& flags, DaemonOptions& options) {
  addPaths(flags, options.paths);
  flags.text("--config.file", options.config_file, "Configuration file (YAML)");
  flags.toggle("--config.check", options.config_check,
               "Check the configuration, print its problems, and exit");
  flags.values("--web.listen-address", checked(options.listen_addresses, checkListenAddress),
               "Address to listen on: :PORT, HOST:PORT or [v6]:PORT; repeatable (default :10065)");
  flags.toggle("--web.systemd-socket", options.systemd_socket,
               "Listen on the sockets that systemd passes instead of --web.listen-address");
  flags.value("--web.telemetry-path", checked(options.telemetry_path, checkTelemetryPath),
              "Path of the metrics (default /metrics)");
  flags.text("--web.config.file", options.web_config_file,
             "File with TLS and authentication, in the exporter toolkit's format (YAML)");
  flags.toggle("--web.enable-lifecycle", options.enable_lifecycle,
               "Let POST /-/reload load the configuration again");
  flags.toggle("--web.disable-exporter-metrics", options.disable_exporter_metrics,
               "Serve no metrics about the exporter's own process (process_*)");
  flags.number("--web.max-requests", options.max_requests, 1, kMaxMaxRequests,
               "Requests served at once, 1 to 1000 (default 40)");
  flags.choice("--log.level", options.log_level, log::Level::info,
               "Log messages from this level on");
  flags.choice("--log.format", options.log_format, log::Format::logfmt,
               "Write the log in this format");
  addSandboxFlags(flags, options.sandbox);
  flags.footer(kFooter);
}

}  // namespace hardlink
