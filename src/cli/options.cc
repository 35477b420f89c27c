#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

#include "base/utf8.h"
#include "base/version.h"
#include "config/validate.h"

namespace hardlink {
namespace {

constexpr const char* kProgram = "hardlink_exporter";
constexpr int kUsageError = 2;

/// A rule of config/validate.h as a check of CLI11.
template <class Check>
CLI::Validator validator(Check check) {
  return {[check](std::string& text) { return check(text).value_or(std::string()); }, ""};
}

/// A flag that takes what `parse` takes and stores what that gives.
template <class Value, class Parse>
void addChoice(CLI::App& app, const std::string& flag, Value& target, Parse parse,
               const std::string& expected, const std::string& standard) {
  const auto store = [flag, &target, parse, expected](const std::string& text) {
    const auto value = parse(text);
    if (!value) {
      throw CLI::ValidationError(flag, "'" + text + "' is not one of " + expected);
    }
    target = *value;
  };
  app.add_option_function<std::string>(flag, store, expected + " (default " + standard + ")");
}

std::optional<OutputFormat> parseFormat(const std::string& text) {
  static const std::map<std::string, OutputFormat> formats = {
      {"table", OutputFormat::table},
      {"json", OutputFormat::json},
      {"prometheus", OutputFormat::prometheus}};
  const auto found = formats.find(text);
  return found == formats.end() ? std::nullopt : std::optional(found->second);
}

void addPaths(CLI::App& app, std::vector<std::string>& paths) {
  app.add_option("PATH", paths, "Directories to count; without any, Docker's overlay storage")
      ->check(validator([](const std::string& path) -> Complaint {
        return path.empty() ? Complaint("a path must not be empty") : std::nullopt;
      }));
}

void addDaemonFlags(CLI::App& app, DaemonOptions& options) {
  addPaths(app, options.paths);
  app.add_option("--config.file", options.config_file, "Configuration file (YAML)");
  app.add_flag("--config.check", options.config_check,
               "Check the configuration, say what is wrong with it, and exit");
  app.add_option("--web.listen-address", options.listen_addresses,
                 "Address to listen on: :PORT, HOST:PORT or [v6]:PORT; repeatable "
                 "(default :10065)")
      ->allow_extra_args(false)
      ->check(validator([](const std::string& text) { return checkListenAddress(text); }));
  app.add_option("--web.telemetry-path", options.telemetry_path,
                 "Path of the metrics (default /metrics)")
      ->check(validator([](const std::string& text) { return checkTelemetryPath(text); }));
  app.add_flag("--web.enable-lifecycle", options.enable_lifecycle,
               "Let POST /-/reload load the configuration again");
  app.add_option("--web.max-requests", options.max_requests,
                 "Requests served at once, 1 to 1000 (default 40)")
      ->check(CLI::Range(1U, 1000U));
  app.add_option("--log.level", options.log_level, "debug, info, warn or error (default info)")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.add_option("--log.format", options.log_format, "logfmt or json (default logfmt)")
      ->check(CLI::IsMember({"logfmt", "json"}));
}

/// The flags of every command that counts a tree itself.
void addSurveyFlags(CLI::App& app, SurveyFlags& flags) {
  addChoice(app, "--engine", flags.engine, parseEngine, "auto, walk, ext4", "auto");
  addChoice(app, "--layout", flags.layout, parseLayout, "auto, docker-overlay, snapshots, none",
            "auto");
  app.add_option("--layers", flags.layers,
                 "Glob below PATH that names the layers, for example '*/root'")
      ->check(validator([](const std::string& text) { return checkGlob(text); }));
  app.add_option("--link-limit", flags.link_limit,
                 "Links an inode can have (default: what the filesystem allows)")
      ->check(CLI::PositiveNumber);
}

void addScanFlags(CLI::App& app, ScanOptions& options) {
  addPaths(app, options.paths);
  addChoice(app, "--format", options.format, parseFormat, "table, json, prometheus", "table");
  app.add_option("--output", options.output,
                 "Write to this file, by way of a temporary one that is renamed");
  app.add_option("--top", options.top, "Rows of each list, 0 to 1000 (default 10)")
      ->check(CLI::Range(0U, 1000U));
  addSurveyFlags(app, options.survey);
}

/// A subcommand and where its flags go. The options must outlive it.
struct Subcommand {
  CLI::App* app;
  std::function<Command()> options;
};

template <class Options>
Subcommand addCommand(CLI::App& app, const std::string& name, const std::string& what,
                      Options& options, void (*add_flags)(CLI::App&, Options&)) {
  CLI::App* const command = app.add_subcommand(name, what);
  add_flags(*command, options);
  return {command, [&options] { return Command(options); }};
}

/// The subcommand that the arguments name, or null: the daemon is meant.
const Subcommand* givenCommand(const std::vector<Subcommand>& commands) {
  const auto given = std::find_if(commands.begin(), commands.end(),
                                  [](const Subcommand& command) { return command.app->parsed(); });
  return given == commands.end() ? nullptr : &*given;
}

TextAnswer usageError(const CLI::ParseError& error) {
  return {
      std::string(kProgram) + ": " + printable(error.what()) + "; see " + kProgram + " --help\n",
      kUsageError};
}

}  // namespace

Command parseCommandLine(int argc, const char* const* argv) {
  CLI::App app(
      "Tells how many links, and how many layers, are left before link(2) fails with EMLINK.\n"
      "Without a command it is the daemon that serves this to Prometheus.",
      kProgram);
  DaemonOptions daemon;
  ScanOptions scan;
  bool version = false;
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_flag("--version", version, "Print the version and exit");
  addDaemonFlags(app, daemon);
  // After the first one, the name of a command is a path like any other.
  app.require_subcommand(0, 1);
  const std::vector<Subcommand> commands = {
      addCommand(app, "scan", "Count once, now, and print the result", scan, addScanFlags),
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const Subcommand* const given = givenCommand(commands);
    return TextAnswer{(given != nullptr ? given->app : &app)->help(), 0};
  } catch (const CLI::ParseError& error) {
    return usageError(error);
  }
  if (version) {
    return TextAnswer{versionText(), 0};
  }
  const Subcommand* const given = givenCommand(commands);
  return given != nullptr ? given->options() : Command(daemon);
}

std::string versionText() {
  std::ostringstream text;
  text << kProgram << ", version " << kVersion << " (branch: , revision: " << kRevision << ")\n"
       << "  compiler:         " << kCompiler << "\n"
       << "  platform:         " << kPlatform << "\n";
  return text.str();
}

}  // namespace hardlink
