#pragma once

/// What the command line says, as values. The only user of CLI11. What is given as a path may not
/// exist: the commands find that out.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/sandbox.h"
#include "config/types.h"
#include "http/url.h"
#include "report/verdict.h"

namespace hardlink {

/// `hardlink_exporter [PATH…]`. A flag that was not given is unset: the file's value holds.
struct DaemonOptions {
  std::vector<std::string> paths;
  std::optional<std::string> config_file;
  bool config_check = false;
  std::vector<std::string> listen_addresses;  ///< empty: not given
  std::optional<std::string> telemetry_path;
  std::optional<std::string> web_config_file;
  bool enable_lifecycle = false;
  std::optional<unsigned> max_requests;
  std::optional<std::string> log_level;
  std::optional<std::string> log_format;
  SandboxChoice sandbox;
};

/// How a command that counts a tree itself is to read it; what a configured root says in the file.
struct SurveyFlags {
  LayoutChoice layout = LayoutChoice::automatic;
  std::optional<Tool> tool;  ///< who makes the links; unset: by evidence
  EngineChoice engine = EngineChoice::automatic;
  std::optional<std::string> layers;        ///< glob below the root that names the layers
  std::optional<std::uint64_t> link_limit;  ///< unset: what the filesystem allows
};

enum class OutputFormat : std::uint8_t { table, json, prometheus };

/// `hardlink_exporter scan [PATH…]`.
struct ScanOptions {
  std::vector<std::string> paths;
  OutputFormat format = OutputFormat::table;
  std::optional<std::string> output;               ///< a file to replace instead of standard output
  std::uint64_t top = 10;                          ///< rows of each list
  bool exact = false;                              ///< 59,297 and not 59.3k, on a terminal too
  std::optional<std::chrono::milliseconds> watch;  ///< count again and again, this often
  SurveyFlags survey;
};

/// `hardlink_exporter explain FILE`.
struct ExplainOptions {
  std::string file;
  std::optional<std::string> root;            ///< where to look for names; unset: found
  OutputFormat format = OutputFormat::table;  ///< table or json
  std::size_t paths = 10;                     ///< names to list
  SurveyFlags survey;
};

enum class CheckMode : std::uint8_t { nagios, npd };

/// `hardlink_exporter check [PATH…]`.
struct CheckOptions {
  std::vector<std::string> paths;
  CheckMode mode = CheckMode::nagios;
  Thresholds thresholds;
  std::optional<Url> url;           ///< of a daemon to ask instead of counting
  std::optional<std::string> root;  ///< the only one of the daemon's that is judged
  std::chrono::milliseconds timeout = std::chrono::seconds(55);
  std::chrono::milliseconds max_age = std::chrono::minutes(15);  ///< of the daemon's figures
  SurveyFlags survey;
  /// What is wrong with the command line: a state that is unknown too, in the words of the mode.
  std::optional<std::string> wrong_usage;
};

enum class PlanFormat : std::uint8_t { table, json, commands };

/// `hardlink_exporter plan [PATH]`.
struct PlanOptions {
  std::optional<std::string> path;
  std::uint64_t target = 0;  ///< extractions remaining to reach, at least 1
  PlanFormat format = PlanFormat::table;
  OrderChoice order = OrderChoice::automatic;  ///< what tells the age of snapshots
  SurveyFlags survey;
};

/// `hardlink_exporter preflight IMAGE [PATH]`.
struct PreflightOptions {
  std::string image;                          ///< an archive or a directory
  std::optional<std::string> path;            ///< unset: discovered
  OutputFormat format = OutputFormat::table;  ///< table or json
  std::optional<std::uint64_t> link_limit;    ///< unset: what the filesystem allows
};

/// The command line was answered by text alone (help, version, or what is wrong with it).
struct TextAnswer {
  std::string text;
  int exit_code = 0;  ///< 0: to standard output; otherwise to standard error
};

using Command = std::variant<DaemonOptions, ScanOptions, ExplainOptions, CheckOptions, PlanOptions,
                             PreflightOptions, TextAnswer>;

/// Parses the arguments. Never exits, never prints, never throws.
[[nodiscard]] Command parseCommandLine(int argc, const char* const* argv);

/// The words that are understood as commands where they come first.
[[nodiscard]] std::vector<std::string> commandNames();

/// The text of --version, in the form of Prometheus' own programs.
[[nodiscard]] std::string versionText();

}  // namespace hardlink
