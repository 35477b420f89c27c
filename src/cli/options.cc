#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>

#include "base/text.h"
#include "base/utf8.h"
#include "base/version.h"
#include "cli/arguments.h"

namespace hardlink {
namespace {

constexpr const char* kProgram = "hardlink_exporter";
constexpr int kUsageError = 2;
constexpr const char* kHelp = "help";
constexpr const char* kVersionWord = "version";

/// A command, and the options into which its flags are read.
struct Subcommand {
  Flags flags;
  std::function<Command()> options;
  /// The command to run if its arguments are wrong; if not set, a usage error.
  std::function<Command(const std::vector<std::string>& words, const std::string& what)> refused{};
};

template <class Options>
Subcommand subcommand(const char* name, const char* what, void (*add_flags)(Flags&, Options&)) {
  const auto options = std::make_shared<Options>();
  Subcommand command{Flags(name, what), [options] { return Command(*options); }};
  add_flags(command.flags, *options);
  return command;
}

/// The commands, in the order of the help.
std::vector<Subcommand> subcommands() {
  std::vector<Subcommand> commands;
  commands.push_back(subcommand("scan", "Count once and print the result", addScanFlags));
  commands.push_back(
      subcommand("explain", "List what holds the links of one file", addExplainFlags));
  commands.push_back(
      subcommand("plan", "Say which images or snapshots to remove to make room", addPlanFlags));
  commands.push_back(subcommand("check", "Print a verdict for a monitoring system", addCheckFlags));
  commands.back().refused = wrongUsage;
  commands.push_back(
      subcommand("preflight", "Say whether an image will extract on this host", addPreflightFlags));
  return commands;
}

/// `what`, and, if it suggests nothing itself, where to find the help.
std::string withHelp(const std::string& what, const std::string& command) {
  const std::string see =
      fmt::format("; see {}{}{} --help", kProgram, command.empty() ? "" : " ", command);
  return printable(what) + (what.ends_with('?') ? "" : see);
}

TextAnswer usageError(const std::string& what, const std::string& command = "") {
  return {fmt::format("{}: {}\n", kProgram, withHelp(what, command)), kUsageError};
}

std::string notACommand(const std::string& word, const std::optional<std::string_view>& meant) {
  return fmt::format("'{}' is not a command", word) +
         (meant ? fmt::format("; did you mean {}?", *meant) : "");
}

/// Parses one command line.
class Parser {
 public:
  Parser();
  [[nodiscard]] Command parse(std::vector<std::string> words);

 private:
  [[nodiscard]] Subcommand* find(const std::string& name);
  /// The parser cannot be used after this.
  [[nodiscard]] TextAnswer helpOf(Subcommand* command);
  /// The answer to `help` or `version`, with `words` after it.
  [[nodiscard]] Command answer(const std::string& word, const std::vector<std::string>& words);
  /// `words` are the arguments of `given`, or of the daemon if `given` is null.
  [[nodiscard]] Command parse(const std::vector<std::string>& words, Subcommand* given);
  [[nodiscard]] Result<void> readFlags(const std::vector<std::string>& words, Flags& flags);

  Flags flags_;
  DaemonOptions daemon_;
  bool version_ = false;
  std::vector<Subcommand> commands_;
  std::vector<CommandFlags> known_;  // the flags of the daemon, then of commands_
};

Parser::Parser()
    : flags_(kProgram,
             "Shows how many links and how many layers are left before link(2) fails with "
             "EMLINK.\nWithout a command it runs as a daemon that serves this to Prometheus."),
      commands_(subcommands()) {
  flags_.toggle("--version", version_, "Print the version and exit");
  addDaemonFlags(flags_, daemon_);
  daemon_.commands = commandNames();
  known_.push_back({"", flags_.list()});
  for (const Subcommand& command : commands_) {
    known_.push_back({command.flags.command(), command.flags.list()});
  }
}

Subcommand* Parser::find(const std::string& name) {
  const auto found =
      std::find_if(commands_.begin(), commands_.end(),
                   [&](const Subcommand& command) { return command.flags.command() == name; });
  return found == commands_.end() ? nullptr : &*found;
}

TextAnswer Parser::helpOf(Subcommand* command) {
  if (command != nullptr) {
    return {command->flags.help(kProgram), 0};
  }
  std::vector<const Flags*> all;
  for (const Subcommand& each : commands_) {
    all.push_back(&each.flags);
  }
  return {flags_.help(kProgram, all), 0};
}

Command Parser::parse(std::vector<std::string> words) {
  const auto at = firstOperand(words, known_);
  const std::string word = at ? words[*at] : "";
  Subcommand* const given = find(word);
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
  const auto sorted = sortArguments(words, {word, {}}, known_);
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
  Subcommand* const given = find(command);
  if (given == nullptr && command != kHelp && command != kVersionWord) {
    return usageError(notACommand(command, suggestion(command, commandNames())));
  }
  return helpOf(given);
}

Result<void> Parser::readFlags(const std::vector<std::string>& words, Flags& flags) {
  const std::string command = &flags == &flags_ ? "" : flags.command();
  const auto sorted = sortArguments(words, {command, flags.list()}, known_);
  return sorted ? flags.read(sorted->flags, sorted->operands) : sorted.error();
}

Command Parser::parse(const std::vector<std::string>& words, Subcommand* given) {
  const auto read = readFlags(words, given != nullptr ? given->flags : flags_);
  if (read) {
    return version_           ? Command(TextAnswer{versionText(), 0})
           : given != nullptr ? given->options()
                              : Command(daemon_);
  }
  const std::string what = read.error().message();
  if (given == nullptr) {
    // With `scna --top=3` the misspelled command is the mistake, not the flag.
    const auto at = firstOperand(words, known_);
    const auto meant = at ? suggestion(words[*at], commandNames()) : std::nullopt;
    return usageError(meant ? notACommand(words[*at], meant) : what);
  }
  const std::string name = given->flags.command();
  return given->refused ? given->refused(words, withHelp(what, name))
                        : Command(usageError(what, name));
}

}  // namespace

Command parseCommandLine(int argc, const char* const* argv) {
  return Parser().parse(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
}

std::vector<std::string_view> commandNames() {
  return {"scan", "explain", "plan", "check", "preflight", kHelp, kVersionWord};
}

std::string versionText() {
  return fmt::format(
      "{}, version {} (branch: , revision: {})\n"
      "  compiler:         {}\n"
      "  platform:         {}\n",
      kProgram, kVersion, kRevision, kCompiler, kPlatform);
}

}  // namespace hardlink
