#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <sstream>

#include "base/joined.h"
#include "base/utf8.h"
#include "base/version.h"
#include "cli/arguments.h"
#include "cli/roots.h"
#include "cli/suggestion.h"
#include "config/duration.h"
#include "config/validate.h"

namespace hardlink {
namespace {

constexpr const char* kProgram = "hardlink_exporter";
constexpr int kUsageError = 2;
constexpr const char* kHelp = "help";
constexpr const char* kVersionWord = "version";

constexpr const char* kCheckFooter =
    "N is a whole number and alerts with fewer than N left. With : or @ it is a range of the\n"
    "Monitoring Plugins' guidelines (10:, ~:10, 10:20, @10:20), for figures that should be in it.\n"
    "Without thresholds: fewer than 20 and 5 layers; in a root without layers, fewer than 10 % "
    "and\n"
    "2 % of the links, or of the subdirectories of one directory. With any threshold, those not\n"
    "given never alert. A root without layers that has full inodes is critical all the same;\n"
    "empty files do not count. Layers are those of the limit that ends first: links, inodes,\n"
    "space or subdirectories.\n"
    "What is not known for sure is UNKNOWN, never OK: an unknown limit, figures that are old, a "
    "tree\n"
    "that could not be read whole (figures that are bad all the same count).\n"
    "Exit codes: nagios 0 OK, 1 warning, 2 critical, 3 unknown; npd 0 OK, 1 problem, 2 unknown.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter check -w 50 -c 10 -t 30 /var/lib/docker/overlay\n"
    "  hardlink_exporter check --warning-links=5000 --critical-links=1000 /srv/pnpm-store\n"
    "  hardlink_exporter check --url=http://localhost:10065 --root=docker\n"
    "  hardlink_exporter check --mode=npd --timeout=4s --url=http://localhost:10065";

constexpr const char* kPreflightFooter =
    "Reads the headers of the layers that are not there yet and goes through what Docker would do\n"
    "with them, link by link, with the inodes and the space that this takes. Nothing is\n"
    "extracted, and no file's content is looked at. Of an OCI layout, the image for this host's\n"
    "platform. An archive of several images is answered for all of them, in the order in which\n"
    "docker load takes them. The answer holds as long as no other layers are made.\n"
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
    "A flag wins over the configuration file. SIGHUP loads the file again. A command comes before\n"
    "its flags and paths; hardlink_exporter help COMMAND says which it takes. A directory with "
    "the\n"
    "name of a command is given as ./NAME. A PATH that does not exist is an error at the start.\n"
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

/// What may be a URL with a password in it, fit to be shown.
std::string withoutLogin(const std::string& text) {
  const std::size_t at = text.rfind('@');
  return at == std::string::npos ? text : "..." + text.substr(at);
}

void addPaths(CLI::App& app, std::vector<std::string>& paths) {
  app.add_option("PATH", paths, "Directories to count; without any, Docker's overlay storage");
}

/// A flag whose text `parse` makes a Result of.
template <class Target, class Parse>
CLI::Option* addParsed(CLI::App& app, const std::string& flag, Target& target, Parse parse,
                       const std::string& what) {
  const std::string name = flag.substr(flag.find("--"));
  const auto store = [name, &target, parse](const std::string& text) {
    auto value = parse(text);
    if (!value) {
      throw CLI::ValidationError(name, "'" + withoutLogin(text) + "': " + value.error().message());
    }
    target = std::move(*value);
  };
  return app.add_option_function<std::string>(flag, store, what);
}

/// A flag that takes a whole number. CLI11 itself reads 010 as eight, and too much as the most.
template <class Number>
CLI::Option* addNumber(CLI::App& app, const std::string& flag, Number& target, std::uint64_t least,
                       std::uint64_t most, const std::string& what) {
  const auto parse = [least, most](const std::string& text) -> Result<Number> {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stopped != end || number < least || number > most) {
      return Error{0, "expected a whole number from " + std::to_string(least) + " to " +
                          std::to_string(most)};
    }
    return static_cast<Number>(number);
  };
  return addParsed(app, flag, target, parse, what);
}

void addLinkLimit(CLI::App& app, std::optional<std::uint64_t>& limit) {
  addNumber(app, "--link-limit", limit, 1, UINT64_MAX,
            "Links an inode can have (default, and at most: what the filesystem allows)");
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
                 "File with TLS and authentication, as the exporter toolkit has it (YAML)");
  app.add_flag("--web.enable-lifecycle", options.enable_lifecycle,
               "Let POST /-/reload load the configuration again");
  addNumber(app, "--web.max-requests", options.max_requests, 1, kMaxMaxRequests,
            "Requests served at once, 1 to 1000 (default 40)");
  app.add_option("--log.level", options.log_level, "debug, info, warn or error (default info)")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.add_option("--log.format", options.log_format, "logfmt or json (default logfmt)")
      ->check(CLI::IsMember({"logfmt", "json"}));
  addSandboxFlags(app, options.sandbox);
}

/// The flags of every command that counts a tree itself.
void addSurveyFlags(CLI::App& app, SurveyFlags& flags) {
  addChoice(app, "--engine", flags.engine, parseEngine, "auto, walk, ext4", "auto");
  addChoice(app, "--layout", flags.layout, parseLayout,
            "auto, docker-overlay, snapshots, store, none", "auto");
  app.add_option_function<std::string>(
      "--tool",
      [&flags](const std::string& text) {
        auto tool = parseTool(text);
        if (!tool) {
          throw CLI::ValidationError("--tool", tool.error().message());
        }
        flags.tool = *tool;
      },
      "Who makes the links: " + joined(toolChoices()) + " (default auto)");
  app.add_option(
         "--layers", flags.layers,
         "Glob below PATH that names the layers, for example '*/root' or '{daily,weekly}.*'")
      ->check(validator([](const std::string& text) { return checkLayersGlob(text); }));
  addLinkLimit(app, flags.link_limit);
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
  addNumber(app, "--top", options.top, 0, 1000, "Rows of each list, 0 to 1000 (default 10)");
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
  app.add_option("FILE", options.file, "The file whose links are to be explained")->required();
  app.add_option("--root", options.root, "Directory to look for its names in (default: found)");
  addChoice(app, "--format", options.format, parseTableOrJson, "table, json", "table");
  addNumber(app, "--paths", options.paths, 0, 100'000,
            "How many of the names to list, 0 to 100000 (default 10)");
  addSurveyFlags(app, options.survey);
  app.footer(kExplainFooter);
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

/// A plain number is one of seconds.
Result<std::chrono::milliseconds> timeoutFrom(const std::string& text) {
  const bool plain = text.find_first_not_of("0123456789") == std::string::npos;
  const auto timeout = parseDuration(plain ? text + "s" : text);
  return timeout ? Result(*timeout)
                 : Error{0, "expected seconds, or a duration such as 30s or 1h30m"};
}

void addThreshold(CLI::App& app, const std::string& flag, std::optional<AlertRange>& target,
                  const std::string& what) {
  addParsed(
      app, flag, target, [](const std::string& text) { return parseAlertRange(text); }, what);
}

/// Whether `range` alerts on low figures alone, as a plain number does.
bool isLowest(const std::optional<AlertRange>& range) {
  return range && range->low && !range->high && !range->inside;
}

/// What a pair of thresholds must keep; throws.
void checkPair(const std::string& flag, const std::optional<AlertRange>& warning,
               const std::optional<AlertRange>& critical) {
  if (isLowest(warning) && isLowest(critical) && *warning->low < *critical->low) {
    throw CLI::ValidationError("--critical" + flag, std::to_string(*critical->low) +
                                                        " must not be more than --warning" + flag +
                                                        ", " + std::to_string(*warning->low));
  }
}

void addCheckFlags(CLI::App& app, CheckOptions& options) {
  addPaths(app, options.paths);
  addChoice(app, "--mode", options.mode, parseMode, "nagios, npd", "nagios");
  Thresholds& thresholds = options.thresholds;
  addThreshold(app, "-w,--warning", thresholds.warning,
               "Warn with fewer layers left than N; in a root without layers, fewer links");
  addThreshold(app, "-c,--critical", thresholds.critical,
               "Critical with fewer layers left than N; without layers, fewer links");
  addThreshold(app, "--warning-links", thresholds.warning_links,
               "Warn with fewer links left than N, to the most linked file, layers or not");
  addThreshold(app, "--critical-links", thresholds.critical_links,
               "Critical with fewer links left than N, layers or not");
  addNumber(app, "--allow-saturated", thresholds.allow_saturated, 0, UINT64_MAX,
            "Full inodes that a root without layers may have (default 0), for writers that start\n"
            "a new inode at the limit; then links alarm by thresholds alone");
  addParsed(app, "-t,--timeout", options.timeout, timeoutFrom,
            "Unknown after this many seconds (default 55); below the monitoring system's own");
  addSurveyFlags(app, options.survey);
  addParsed(
      app, "--url", options.url, [](const std::string& text) { return parseUrl(text); },
      "Ask the daemon at http[s]://[USER:PASSWORD@]HOST[:PORT][/PREFIX] instead of counting");
  CLI::Option* const url = app.get_option("--url");
  app.add_option("--root", options.root, "Judge this root of the daemon only")->needs(url);
  addParsed(app, "--max-age", options.max_age, durationFrom,
            "Unknown if the daemon's figures are older (default 15m: three intervals)");
  app.get_option("--max-age")->needs(url);
  for (const char* const scanning :
       {"PATH", "--engine", "--layout", "--tool", "--layers", "--link-limit"}) {
    app.get_option(scanning)->excludes(url);
  }
  app.callback([&thresholds] {
    checkPair("", thresholds.warning, thresholds.critical);
    checkPair("-links", thresholds.warning_links, thresholds.critical_links);
  });
  app.footer(kCheckFooter);
}

void addPreflightFlags(CLI::App& app, PreflightOptions& options) {
  app.add_option("IMAGE", options.image,
                 "What docker save wrote, or an OCI layout: a tar, also compressed, or a directory")
      ->required();
  app.add_option("PATH", options.path,
                 "Docker's data root or its overlay directory; without it, the one of this host");
  addChoice(app, "--format", options.format, parseTableOrJson, "table, json", "table");
  addLinkLimit(app, options.link_limit);
  app.footer(kPreflightFooter);
}

/// The mode that the words ask for, however wrong the others are.
CheckMode modeAskedFor(const std::vector<std::string>& words) {
  CheckMode mode = CheckMode::nagios;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool value_follows = words[i] == "--mode" && i + 1 < words.size();
    const std::string value =
        value_follows ? words[i + 1] : words[i].substr(words[i].find('=') + 1);
    if (value_follows || words[i].starts_with("--mode=")) {
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
    "snapshots the oldest go first, never the newest of a series, each by the command of the tool\n"
    "that made it. A store has no steps: the tool's own clean-up is named. Where it is not "
    "certain\n"
    "what may go, the reason, the flag that decides and what each would free are printed.\n"
    "Exit codes: 0 the target is or can be reached, 1 it cannot (the best plan is printed all the\n"
    "same) or the plan could not be made, 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter plan --target=60\n"
    "  hardlink_exporter plan --target=200 --format=commands /var/lib/docker\n"
    "  hardlink_exporter plan --target=30 --format=json /backup/rsnapshot";

std::optional<PlanFormat> parsePlanFormat(const std::string& text) {
  static const std::map<std::string, PlanFormat> formats = {
      {"table", PlanFormat::table}, {"json", PlanFormat::json}, {"commands", PlanFormat::commands}};
  const auto found = formats.find(text);
  return found == formats.end() ? std::nullopt : std::optional(found->second);
}

void addPlanFlags(CLI::App& app, PlanOptions& options) {
  app.add_option("PATH", options.path,
                 "Docker's data root or its overlay directory, or one of snapshots; without it, "
                 "Docker's overlay storage");
  addNumber(app, "--target", options.target, 1, kHighestTarget,
            "How many more layers or snapshots there must be room for, 1 to 1000000")
      ->required();
  addChoice(app, "--format", options.format, parsePlanFormat, "table, json, commands", "table");
  addChoice(app, "--order", options.order, parseOrder,
            "What tells the age of snapshots: auto, name, time", "auto");
  addSurveyFlags(app, options.survey);
  app.footer(kPlanFooter);
}

/// A command and where its flags go. The options must outlive it.
struct Subcommand {
  std::vector<std::string>* paths;  ///< where operands go, if there may be many
  const SurveyFlags* survey;        ///< where the flags of addSurveyFlags() go, if it has those
  CLI::App_p app;  // of no other app while it parses: that would look for commands among operands
  std::function<Command()> options;
};

/// The flags of `app`, for sortArguments().
CommandFlags flagsOf(const std::string& command, const CLI::App& app) {
  CommandFlags flags{command, {}};
  for (const CLI::Option* const option : app.get_options()) {
    Flag flag;
    for (const std::string& name : option->get_snames()) {
      flag.spellings.push_back("-" + name);
    }
    for (const std::string& name : option->get_lnames()) {
      flag.spellings.push_back("--" + name);
    }
    flag.takes_value = option->get_items_expected_max() > 0;
    flag.repeatable = option->get_items_expected_max() > 1;
    if (!flag.spellings.empty()) {
      flags.flags.push_back(std::move(flag));
    }
  }
  return flags;
}

/// Parses one command line.
class Parser {
 public:
  Parser();
  [[nodiscard]] Command parse(std::vector<std::string> words);

 private:
  template <class Options>
  void add(const std::string& name, const std::string& what, Options& options,
           void (*add_flags)(CLI::App&, Options&), std::vector<std::string>* paths = nullptr);
  [[nodiscard]] const Subcommand* find(const std::string& name) const;
  /// The last thing that is asked of the parser.
  [[nodiscard]] TextAnswer helpOf(const Subcommand* command);
  /// What `help` and `version` answer, with these words after them.
  [[nodiscard]] Command answer(const std::string& word, const std::vector<std::string>& words);
  /// `words` are those of `given`, or of the daemon where that is null.
  [[nodiscard]] Command parse(const std::vector<std::string>& words, const Subcommand* given);
  [[nodiscard]] std::optional<std::string> readFlags(const std::vector<std::string>& words,
                                                     const Subcommand* given);

  CLI::App app_;
  DaemonOptions daemon_;
  ScanOptions scan_;
  ExplainOptions explain_;
  CheckOptions check_;
  PlanOptions plan_;
  PreflightOptions preflight_;
  bool version_ = false;
  std::vector<Subcommand> commands_;
  std::vector<CommandFlags> flags_;  // the daemon's, then those of commands_
};

std::string withHelp(const std::string& what, const std::string& command) {
  const std::string see =
      std::string("; see ") + kProgram + (command.empty() ? "" : " " + command) + " --help";
  return printable(what) + (what.ends_with('?') ? "" : see);
}

TextAnswer usageError(const std::string& what, const std::string& command = "") {
  return {std::string(kProgram) + ": " + withHelp(what, command) + "\n", kUsageError};
}

/// What is wrong with the flags together, if anything is.
std::optional<std::string> contradictionIn(const SurveyFlags& flags) {
  RootConfig root;
  applyFlags(flags, root);
  const auto complaint = checkTool(root);
  return complaint ? std::optional("--tool: " + *complaint) : std::nullopt;
}

std::string notACommand(const std::string& word, const std::optional<std::string>& meant) {
  return "'" + word + "' is not a command" + (meant ? "; did you mean " + *meant + "?" : "");
}

Parser::Parser()
    : app_(
          "Tells how many links, and how many layers, are left before link(2) fails with EMLINK.\n"
          "Without a command it is the daemon that serves this to Prometheus.",
          kProgram) {
  app_.set_help_flag("-h,--help", "Print this help and exit");
  app_.add_flag("--version", version_, "Print the version and exit");
  addDaemonFlags(app_, daemon_);
  app_.footer(kDaemonFooter);
  flags_.push_back(flagsOf("", app_));
  add("scan", "Count once, now, and print the result", scan_, addScanFlags, &scan_.paths);
  add("explain", "Say who holds the links of one file", explain_, addExplainFlags);
  add("plan", "Which images or snapshots to remove for more room", plan_, addPlanFlags);
  add("check", "A verdict for a monitoring system", check_, addCheckFlags, &check_.paths);
  add("preflight", "Whether an image will extract here", preflight_, addPreflightFlags);
}

template <class Options>
void Parser::add(const std::string& name, const std::string& what, Options& options,
                 void (*add_flags)(CLI::App&, Options&), std::vector<std::string>* paths) {
  const auto command = std::make_shared<CLI::App>(what, name);
  command->set_help_flag("-h,--help", "Print this help and exit");
  add_flags(*command, options);
  const SurveyFlags* survey = nullptr;
  if constexpr (requires { options.survey; }) {
    survey = &options.survey;
  }
  commands_.push_back({paths, survey, command, [&options] { return Command(options); }});
  flags_.push_back(flagsOf(name, *command));
}

const Subcommand* Parser::find(const std::string& name) const {
  const auto found =
      std::find_if(commands_.begin(), commands_.end(),
                   [&](const Subcommand& command) { return command.app->get_name() == name; });
  return found == commands_.end() ? nullptr : &*found;
}

TextAnswer Parser::helpOf(const Subcommand* command) {
  if (command != nullptr) {
    return {command->app->help(kProgram), 0};
  }
  for (const Subcommand& each : commands_) {
    app_.add_subcommand(each.app);
  }
  return {app_.help(), 0};
}

Command Parser::parse(std::vector<std::string> words) {
  const auto at = firstOperand(words, flags_);
  const std::string word = at ? words[*at] : "";
  const Subcommand* const given = find(word);
  const bool answers_itself = word == kHelp || word == kVersionWord;
  if (given != nullptr || answers_itself) {
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(*at));
  }
  if (asksForHelp(words)) {
    return helpOf(given);
  }
  return answers_itself ? answer(word, words) : parse(words, given);
}

Command Parser::answer(const std::string& word, const std::vector<std::string>& words) {
  const auto sorted = sortArguments(words, {word, {}}, flags_);
  if (!sorted) {
    return usageError(sorted.error().message());
  }
  const std::size_t most = word == kHelp ? 1 : 0;
  if (sorted->operands.size() > most) {
    return usageError("one argument too many: " + sorted->operands[most]);
  }
  if (word == kVersionWord) {
    return TextAnswer{versionText(), 0};
  }
  const std::string command = sorted->operands.empty() ? kHelp : sorted->operands.front();
  const Subcommand* const given = find(command);
  if (given == nullptr && command != kHelp && command != kVersionWord) {
    return usageError(notACommand(command, suggestion(command, commandNames())));
  }
  return helpOf(given);
}

/// What is wrong, if anything is.
std::optional<std::string> Parser::readFlags(const std::vector<std::string>& words,
                                             const Subcommand* given) {
  CLI::App& app = given != nullptr ? *given->app : app_;
  const auto own = std::find_if(flags_.begin(), flags_.end(), [&](const CommandFlags& flags) {
    return flags.command == (given != nullptr ? given->app->get_name() : "");
  });
  const auto sorted = sortArguments(words, *own, flags_);
  if (!sorted) {
    return sorted.error().message();
  }
  // CLI11 takes the last one first.
  std::vector<std::string> reversed(sorted->operands.rbegin(), sorted->operands.rend());
  reversed.emplace_back("--");
  reversed.insert(reversed.end(), sorted->flags.rbegin(), sorted->flags.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ExtrasError&) {
    return "one argument too many: " + sorted->operands.back();
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  // CLI11 takes [a,b] for two paths.
  if (auto* const paths = given != nullptr ? given->paths : &daemon_.paths; paths != nullptr) {
    *paths = sorted->operands;
  }
  return given != nullptr && given->survey != nullptr ? contradictionIn(*given->survey)
                                                      : std::nullopt;
}

Command Parser::parse(const std::vector<std::string>& words, const Subcommand* given) {
  const auto problem = readFlags(words, given);
  if (!problem) {
    return version_           ? Command(TextAnswer{versionText(), 0})
           : given != nullptr ? given->options()
                              : Command(daemon_);
  }
  if (given == nullptr) {
    // The flags of `scna` are those of scan: the slip is what is wrong.
    const auto at = firstOperand(words, flags_);
    const auto meant = at ? suggestion(words[*at], commandNames()) : std::nullopt;
    return usageError(meant ? notACommand(words[*at], meant) : *problem);
  }
  const std::string name = given->app->get_name();
  if (name != "check") {
    return usageError(*problem, name);
  }
  CheckOptions check;
  check.mode = modeAskedFor(words);
  check.wrong_usage = withHelp(*problem, name);
  return check;
}

}  // namespace

Command parseCommandLine(int argc, const char* const* argv) {
  return Parser().parse(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
}

std::vector<std::string> commandNames() {
  return {"scan", "explain", "plan", "check", "preflight", kHelp, kVersionWord};
}

std::string versionText() {
  std::ostringstream text;
  text << kProgram << ", version " << kVersion << " (branch: , revision: " << kRevision << ")\n"
       << "  compiler:         " << kCompiler << "\n"
       << "  platform:         " << kPlatform << "\n";
  return text.str();
}

}  // namespace hardlink
