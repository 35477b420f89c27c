#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>

#include "base/utf8.h"
#include "base/version.h"
#include "cli/suggestion.h"
#include "config/duration.h"
#include "config/validate.h"

namespace hardlink {
namespace {

constexpr const char* kProgram = "hardlink_exporter";
constexpr int kUsageError = 2;
constexpr std::uint64_t kWarningLayers = 20;
constexpr std::uint64_t kCriticalLayers = 5;

constexpr const char* kCheckFooter =
    "Without thresholds: --warning=20 --critical=5. With any, those not given never alert.\n"
    "What is not known for sure is UNKNOWN, never OK: an unknown limit, no layers, figures that\n"
    "are old, a tree that could not be read whole (figures that are bad all the same count).\n"
    "Exit codes: nagios 0 OK, 1 warning, 2 critical, 3 unknown; npd 0 OK, 1 problem, 2 unknown.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter check --warning=50 --critical=10 /var/lib/docker/overlay\n"
    "  hardlink_exporter check --warning-links=5000 --critical-links=1000 /srv/pnpm-store\n"
    "  hardlink_exporter check --url=http://localhost:10065 --root=docker\n"
    "  hardlink_exporter check --mode=npd --timeout=4s --url=http://localhost:10065";

constexpr const char* kPreflightFooter =
    "Reads the headers of the layers that are not there yet and goes through what Docker would do\n"
    "with them, link by link; nothing is extracted, and no file's content is looked at. Of an OCI\n"
    "layout, the image for this host's platform. An archive of several images is answered for all\n"
    "of them, in the order in which docker load takes them. The answer holds as long as nobody\n"
    "else makes layers.\n"
    "A classic docker build needs the links of its parent once more, for a moment, at each step,\n"
    "also at those that only change metadata (ENV, LABEL): keep a margin of 1 for it.\n"
    "Exit codes: 0 yes; 1 no, or it cannot be told; 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  docker save -o app.tar app:2 && hardlink_exporter preflight app.tar\n"
    "  hardlink_exporter preflight --format=json app.tar.gz /var/lib/docker\n"
    "  skopeo copy docker://registry.example/app:2 oci:app && hardlink_exporter preflight app";

constexpr std::optional<std::chrono::milliseconds> kUsualWatch = std::chrono::seconds(5);
constexpr std::chrono::milliseconds kShortestWatch = std::chrono::seconds(1);

constexpr const char* kDaemonFooter =
    "A flag wins over the configuration file. SIGHUP loads the file again. Commands have a help "
    "of\n"
    "their own: hardlink_exporter scan --help.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter\n"
    "  hardlink_exporter --web.listen-address=127.0.0.1:10065 /var/lib/docker /backup/rsnapshot\n"
    "  hardlink_exporter --config.file=/etc/hardlink_exporter/hardlink_exporter.yml\n"
    "  hardlink_exporter --config.file=new.yml --config.check";

constexpr const char* kScanFooter =
    "On a terminal: figures are rounded (see --exact), names are shortened and columns left out "
    "to\n"
    "fit, colours are used unless NO_COLOR is set, and UTF-8 if the locale is. Elsewhere figures "
    "and\n"
    "names are given in full. Ctrl-C prints what was found so far, marked as partial, and ends "
    "with\n"
    "exit code 1; a second one ends at once. What goes to --output or to metrics is only ever "
    "whole.\n"
    "With --watch, each round shows what has changed since the one before; q ends it.\n"
    "Words: low is less than 20 layers or 10 % of the links left, critical less than 5 or 2 %.\n"
    "Exit codes: 0 every root was counted; 1 one was not; 2 wrong usage, or nothing to count.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter scan\n"
    "  hardlink_exporter scan --watch=10s --top=5 /var/lib/docker/overlay\n"
    "  hardlink_exporter scan --layers='daily.*' /backup/rsnapshot\n"
    "  hardlink_exporter scan --format=json /srv/store | jq '.roots[].headroom_links'\n"
    "  hardlink_exporter scan --format=prometheus --output=/var/lib/node_exporter/links.prom";

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

/// A flag that takes "on" or "off"; on unless it is given.
void addSwitch(CLI::App& app, const std::string& flag, bool& target, const std::string& what) {
  app.add_option_function<std::string>(
         flag, [&target](const std::string& text) { target = text == "on"; },
         what + ": on or off (default on)")
      ->check(CLI::IsMember({"on", "off"}));
}

/// What the daemon gives up once it listens.
void addSandboxFlags(CLI::App& app, SandboxChoice& choice) {
  addSwitch(app, "--sandbox.capabilities", choice.capabilities,
            "Give up all capabilities but that to read");
  addSwitch(app, "--sandbox.landlock", choice.landlock, "Have Landlock forbid all writing");
  addSwitch(app, "--sandbox.seccomp", choice.seccomp, "Refuse all system calls but those in use");
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
  app.add_option("--web.config.file", options.web_config_file,
                 "File with TLS and authentication, as the exporter toolkit has it (YAML)")
      ->check(validator([](const std::string& path) -> Complaint {
        return path.empty() ? Complaint("a file name must not be empty") : std::nullopt;
      }));
  app.add_flag("--web.enable-lifecycle", options.enable_lifecycle,
               "Let POST /-/reload load the configuration again");
  app.add_option("--web.max-requests", options.max_requests,
                 "Requests served at once, 1 to 1000 (default 40)")
      ->check(CLI::Range(1U, 1000U));
  app.add_option("--log.level", options.log_level, "debug, info, warn or error (default info)")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.add_option("--log.format", options.log_format, "logfmt or json (default logfmt)")
      ->check(CLI::IsMember({"logfmt", "json"}));
  addSandboxFlags(app, options.sandbox);
}

/// The flags of every command that counts a tree itself.
void addSurveyFlags(CLI::App& app, SurveyFlags& flags) {
  addChoice(app, "--engine", flags.engine, parseEngine, "auto, walk, ext4", "auto");
  addChoice(app, "--layout", flags.layout, parseLayout, "auto, docker-overlay, snapshots, none",
            "auto");
  app.add_option(
         "--layers", flags.layers,
         "Glob below PATH that names the layers, for example '*/root' or '{daily,weekly}.*'")
      ->check(validator([](const std::string& text) { return checkLayersGlob(text); }));
  app.add_option("--link-limit", flags.link_limit,
                 "Links an inode can have (default: what the filesystem allows)")
      ->check(CLI::PositiveNumber);
}

std::optional<std::chrono::milliseconds> parseWatch(const std::string& text) {
  const auto interval = text == "true" ? kUsualWatch : parseDuration(text);  // "true": no value
  return interval && *interval >= kShortestWatch ? interval : std::nullopt;
}

void addWatchFlag(CLI::App& app, ScanOptions& options) {
  const std::string what = "Count and show again, every 5s or as often as --watch=DURATION says";
  CLI::Option* const watch = app.add_flag("--watch", what);
  watch->check(validator([](const std::string& text) -> Complaint {
    return parseWatch(text) ? std::nullopt
                            : Complaint("'" + text + "': expected a duration from 1s on");
  }));
  watch->each([&options](const std::string& text) { options.watch = parseWatch(text); });
  watch->excludes(app.get_option("--output"));
  app.callback([&options] {
    if (options.watch && options.format != OutputFormat::table) {
      throw CLI::ValidationError("--watch", "shows tables, no other --format");
    }
  });
}

void addScanFlags(CLI::App& app, ScanOptions& options) {
  addPaths(app, options.paths);
  addChoice(app, "--format", options.format, parseFormat, "table, json, prometheus", "table");
  app.add_option("--output", options.output,
                 "Write to this file, by way of a temporary one that is renamed");
  app.add_option("--top", options.top, "Rows of each list, 0 to 1000 (default 10)")
      ->check(CLI::Range(0U, 1000U));
  app.add_flag("--exact", options.exact,
               "Figures to the last digit (59,297 and not 59.3k) on a terminal too");
  addWatchFlag(app, options);
  addSurveyFlags(app, options.survey);
  app.footer(kScanFooter);
}

constexpr const char* kExplainFooter =
    "Without --root the names are looked for in the storage of Docker's overlay driver that\n"
    "holds FILE, else in the outermost directory where FILE has a name at the same place below\n"
    "another child (snapshots), else in the whole filesystem. A symbolic link is explained\n"
    "itself, not what it points to.\n\n"
    "Examples:\n"
    "  hardlink_exporter explain /var/lib/docker/overlay/00a2.../root/etc/passwd\n"
    "  hardlink_exporter explain --format=json --paths=1000 /backup/daily.0/etc/passwd\n"
    "  hardlink_exporter explain --root=/srv/repo/objects /srv/checkout/usr/bin/bash\n";

std::optional<OutputFormat> parseTableOrJson(const std::string& text) {
  const auto format = parseFormat(text);
  return format == OutputFormat::prometheus ? std::nullopt : format;
}

void addExplainFlags(CLI::App& app, ExplainOptions& options) {
  app.add_option("FILE", options.file, "The file whose links are to be explained")
      ->required()
      ->check(validator([](const std::string& path) -> Complaint {
        return path.empty() ? Complaint("a path must not be empty") : std::nullopt;
      }));
  app.add_option("--root", options.root, "Directory to look for its names in (default: found)");
  addChoice(app, "--format", options.format, parseTableOrJson, "table, json", "table");
  app.add_option("--paths", options.paths,
                 "How many of the names to list, 0 to 100000 (default 10)")
      ->check(CLI::Range(0U, 100000U));
  addSurveyFlags(app, options.survey);
  app.footer(kExplainFooter);
}

/// What may be a URL with a password in it, fit to be shown.
std::string withoutLogin(const std::string& text) {
  const std::size_t at = text.rfind('@');
  return at == std::string::npos ? text : "..." + text.substr(at);
}

/// A flag whose text `parse` makes a Result of.
template <class Target, class Parse>
void addParsed(CLI::App& app, const std::string& flag, Target& target, Parse parse,
               const std::string& what) {
  const auto store = [flag, &target, parse](const std::string& text) {
    auto value = parse(text);
    if (!value) {
      throw CLI::ValidationError(flag, "'" + withoutLogin(text) + "': " + value.error().message());
    }
    target = std::move(*value);
  };
  app.add_option_function<std::string>(flag, store, what);
}

Result<std::chrono::milliseconds> durationFrom(const std::string& text) {
  const auto duration = parseDuration(text);
  return duration ? Result(*duration) : Error{0, "expected a duration such as 30s or 1h30m"};
}

std::optional<CheckMode> parseMode(const std::string& text) {
  if (text == "nagios") {
    return CheckMode::nagios;
  }
  return text == "npd" ? std::optional(CheckMode::npd) : std::nullopt;
}

void addThreshold(CLI::App& app, const std::string& flag, std::optional<std::uint64_t>& target,
                  const std::string& what) {
  app.add_option(flag, target, what)->check(validator([](const std::string& text) -> Complaint {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole ? std::nullopt : Complaint("'" + text + "': expected a whole number");
  }));
}

/// What a pair of thresholds must keep; throws.
void checkPair(const std::string& flag, const std::optional<std::uint64_t>& warning,
               const std::optional<std::uint64_t>& critical) {
  if (warning && critical && *warning < *critical) {
    throw CLI::ValidationError("--critical" + flag, std::to_string(*critical) +
                                                        " must not be more than --warning" + flag +
                                                        ", " + std::to_string(*warning));
  }
}

void settle(Thresholds& thresholds) {
  checkPair("", thresholds.warning_layers, thresholds.critical_layers);
  checkPair("-links", thresholds.warning_links, thresholds.critical_links);
  if (!thresholds.judgesLayers() && !thresholds.judgesLinks()) {
    thresholds.warning_layers = kWarningLayers;
    thresholds.critical_layers = kCriticalLayers;
  }
}

void addCheckFlags(CLI::App& app, CheckOptions& options) {
  addPaths(app, options.paths);
  addChoice(app, "--mode", options.mode, parseMode, "nagios, npd", "nagios");
  Thresholds& thresholds = options.thresholds;
  addThreshold(app, "--warning", thresholds.warning_layers,
               "Warn with fewer layers left than this");
  addThreshold(app, "--critical", thresholds.critical_layers,
               "Critical with fewer layers left than this");
  addThreshold(app, "--warning-links", thresholds.warning_links,
               "Warn with fewer links left than this, to the most linked file");
  addThreshold(app, "--critical-links", thresholds.critical_links,
               "Critical with fewer links left than this");
  addParsed(app, "--timeout", options.timeout, durationFrom,
            "Unknown after this long (default 55s); below the monitoring system's own");
  addSurveyFlags(app, options.survey);
  addParsed(
      app, "--url", options.url, [](const std::string& text) { return parseUrl(text); },
      "Ask the daemon at http[s]://[USER:PASSWORD@]HOST[:PORT][/PREFIX] in place of counting");
  CLI::Option* const url = app.get_option("--url");
  app.add_option("--root", options.root, "Judge this root of the daemon only")->needs(url);
  addParsed(app, "--max-age", options.max_age, durationFrom,
            "Unknown if the daemon's figures are older (default 15m: three intervals)");
  app.get_option("--max-age")->needs(url);
  for (const char* const scanning : {"PATH", "--engine", "--layout", "--layers", "--link-limit"}) {
    app.get_option(scanning)->excludes(url);
  }
  app.callback([&thresholds] { settle(thresholds); });
  app.footer(kCheckFooter);
}

void addPreflightFlags(CLI::App& app, PreflightOptions& options) {
  const auto not_empty = validator([](const std::string& path) -> Complaint {
    return path.empty() ? Complaint("a path must not be empty") : std::nullopt;
  });
  app.add_option("IMAGE", options.image,
                 "What docker save wrote, or an OCI layout: a tar, also compressed, or a directory")
      ->required()
      ->check(not_empty);
  app.add_option("PATH", options.path,
                 "Docker's data root or its overlay directory; without it, the one of this host")
      ->check(not_empty);
  addChoice(app, "--format", options.format, parseTableOrJson, "table, json", "table");
  app.add_option("--link-limit", options.link_limit,
                 "Links an inode can have (default: what the filesystem allows)")
      ->check(CLI::PositiveNumber);
  app.footer(kPreflightFooter);
}

/// The mode that the arguments ask for, however wrong the others are.
CheckMode modeAskedFor(int argc, const char* const* argv) {
  CheckMode mode = CheckMode::nagios;
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    const bool value_follows = text == "--mode" && i + 1 < argc;
    const std::string value = value_follows ? argv[i + 1] : text.substr(text.find('=') + 1);
    if (value_follows || text.rfind("--mode=", 0) == 0) {
      mode = parseMode(value).value_or(mode);
    }
  }
  return mode;
}

constexpr std::uint64_t kHighestTarget = 1'000'000;
constexpr const char* kPlanFooter =
    "Prints which images to remove, the fewest that suffice and of those the ones that lose "
    "least,\n"
    "in order, with the room after each. It removes nothing. Images with containers come last. Of\n"
    "snapshots the oldest go first, never the newest of a series, and only if --layout=snapshots "
    "or\n"
    "--layers=GLOB says which directories are snapshots. Otherwise the reason and what each would\n"
    "free are printed.\n"
    "Exit codes: 0 the target is or can be reached, 1 it cannot (the best plan is printed all the\n"
    "same) or the plan could not be made, 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter plan --target=60\n"
    "  hardlink_exporter plan --target=200 --format=commands /var/lib/docker\n"
    "  hardlink_exporter plan --target=30 --format=json --layers='daily.*' /backup/rsnapshot";

std::optional<PlanFormat> parsePlanFormat(const std::string& text) {
  static const std::map<std::string, PlanFormat> formats = {
      {"table", PlanFormat::table}, {"json", PlanFormat::json}, {"commands", PlanFormat::commands}};
  const auto found = formats.find(text);
  return found == formats.end() ? std::nullopt : std::optional(found->second);
}

void addPlanFlags(CLI::App& app, PlanOptions& options) {
  app.add_option("PATH", options.path,
                 "Docker's data root or its overlay directory, or one of snapshots; without it, "
                 "Docker's overlay storage")
      ->check(validator([](const std::string& path) -> Complaint {
        return path.empty() ? Complaint("a path must not be empty") : std::nullopt;
      }));
  app.add_option("--target", options.target,
                 "How many more layers there must be room for, 1 to 1000000")
      ->check(CLI::Range(std::uint64_t{1}, kHighestTarget))
      ->required();
  addChoice(app, "--format", options.format, parsePlanFormat, "table, json, commands", "table");
  addChoice(app, "--order", options.order, parseOrder,
            "What tells the age of snapshots: auto, name, time", "auto");
  addSurveyFlags(app, options.survey);
  app.footer(kPlanFooter);
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

/// A word that is nearly a command, and no path, is a slip; as a path it would be waited for.
std::optional<TextAnswer> misspelt(int argc, const char* const* argv,
                                   const std::vector<Subcommand>& commands) {
  std::vector<std::string> names(commands.size());
  std::transform(commands.begin(), commands.end(), names.begin(),
                 [](const Subcommand& command) { return command.app->get_name(); });
  const std::string word = argc > 1 ? argv[1] : "";
  const std::optional<std::string> meant = suggestion(word, names);
  std::error_code ignored;
  if (!meant || std::filesystem::exists(word, ignored)) {
    return std::nullopt;
  }
  return TextAnswer{std::string(kProgram) + ": '" + printable(word) +
                        "' is neither a command nor a path; did you mean " + *meant + "?\n",
                    kUsageError};
}

/// The flag of `app` that an argument it does not know was probably meant to be.
std::optional<std::string> flagMeant(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> flags;
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      flags.push_back("--" + name);
    }
  }
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::string flag = argument.substr(0, argument.find('='));
    auto meant = flag.starts_with("--") ? suggestion(flag, flags) : std::nullopt;
    if (meant) {
      return meant;
    }
  }
  return std::nullopt;
}

/// What answers arguments that are wrong; `given` is the command that they name, or null.
Command usageError(const CLI::ParseError& error, const Subcommand* given, CheckMode mode,
                   const std::optional<std::string>& meant) {
  const std::string name = given != nullptr ? given->app->get_name() : "";
  const std::string text = printable(error.what()) +
                           (meant ? "; did you mean " + *meant + "?" : "") + "; see " + kProgram +
                           (name.empty() ? "" : " " + name) + " --help";
  if (name == "check") {
    CheckOptions check;
    check.mode = mode;
    check.wrong_usage = text;
    return check;
  }
  return TextAnswer{std::string(kProgram) + ": " + text + "\n", kUsageError};
}

}  // namespace

Command parseCommandLine(int argc, const char* const* argv) {
  CLI::App app(
      "Tells how many links, and how many layers, are left before link(2) fails with EMLINK.\n"
      "Without a command it is the daemon that serves this to Prometheus.",
      kProgram);
  DaemonOptions daemon;
  ScanOptions scan;
  ExplainOptions explain;
  CheckOptions check;
  PlanOptions plan;
  PreflightOptions preflight;
  bool version = false;
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_flag("--version", version, "Print the version and exit");
  addDaemonFlags(app, daemon);
  app.footer(kDaemonFooter);
  // After the first one, the name of a command is a path like any other.
  app.require_subcommand(0, 1);
  const std::vector<Subcommand> commands = {
      addCommand(app, "scan", "Count once, now, and print the result", scan, addScanFlags),
      addCommand(app, "explain", "Say who holds the links of one file", explain, addExplainFlags),
      addCommand(app, "plan", "Which images to remove for more room", plan, addPlanFlags),
      addCommand(app, "check", "A verdict for a monitoring system", check, addCheckFlags),
      addCommand(app, "preflight", "Whether an image will extract here", preflight,
                 addPreflightFlags),
  };
  if (std::optional<TextAnswer> answer = misspelt(argc, argv, commands)) {
    return *answer;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const Subcommand* const given = givenCommand(commands);
    return TextAnswer{given != nullptr ? given->app->help(kProgram) : app.help(), 0};
  } catch (const CLI::ParseError& error) {
    const Subcommand* const given = givenCommand(commands);
    // Of whatever kind: a required flag is missing where it is misspelt.
    const auto meant = flagMeant(given != nullptr ? *given->app : app, argc, argv);
    return usageError(error, given, modeAskedFor(argc, argv), meant);
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
