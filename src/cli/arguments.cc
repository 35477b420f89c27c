#include "cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace hardlink {
namespace {

constexpr const char* kEndOfFlags = "--";

bool isLong(std::string_view word) { return word.starts_with("--"); }

bool isFlag(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

/// One word that is a flag: `--name=value`, or `-n` with its value right behind it.
struct FlagWord {
  std::string name;
  std::optional<std::string> value;
};

FlagWord split(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (isLong(word)) {
    return equals == std::string::npos ? FlagWord{word, std::nullopt}
                                       : FlagWord{word.substr(0, equals), word.substr(equals + 1)};
  }
  std::string rest = word.substr(2);
  if (rest.empty()) {
    return {word, std::nullopt};
  }
  return {word.substr(0, 2), rest.front() == '=' ? rest.substr(1) : rest};
}

const Flag* find(const std::vector<Flag>& flags, const std::string& name) {
  const auto found = std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) {
    return std::find(flag.spellings.begin(), flag.spellings.end(), name) != flag.spellings.end();
  });
  return found == flags.end() ? nullptr : &*found;
}

/// Whether `word` is a flag of the command or the end of the flags, and so cannot be a value.
bool isFlagOf(const CommandFlags& command, const std::string& word) {
  return word == kEndOfFlags || (isFlag(word) && find(command.flags, split(word).name) != nullptr);
}

std::string flagName(const std::string& word) { return word.substr(0, word.find('=')); }

std::string nameOf(const CommandFlags& command) {
  return command.command.empty() ? "the daemon" : command.command;
}

/// "scan", "scan and plan", "scan, plan and check".
std::string enumerated(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return text;
}

/// The flag of `own` that `name` was probably meant to be, if `name` has one dash instead of two,
/// has a wrong letter, or is the beginning of a flag.
std::optional<std::string> flagMeant(const std::string& name, const CommandFlags& own) {
  constexpr std::size_t kShortestBeginning = 5;
  std::vector<std::string_view> spellings;
  for (const Flag& flag : own.flags) {
    std::copy_if(flag.spellings.begin(), flag.spellings.end(), std::back_inserter(spellings),
                 isLong);
  }
  const std::string doubled = isLong(name) ? name : "-" + name;
  if (std::find(spellings.begin(), spellings.end(), doubled) != spellings.end()) {
    return doubled;
  }
  if (const auto meant = suggestion(doubled, spellings)) {
    return std::string(*meant);
  }
  const auto longer =
      std::find_if(spellings.begin(), spellings.end(),
                   [&](std::string_view spelling) { return spelling.starts_with(doubled); });
  const bool is_beginning = doubled.size() >= kShortestBeginning && longer != spellings.end();
  return is_beginning ? std::optional(std::string(*longer)) : std::nullopt;
}

Error unknownFlag(const std::string& name, const CommandFlags& own,
                  const std::vector<CommandFlags>& all) {
  std::vector<std::string> owners;
  for (const CommandFlags& command : all) {
    if (find(command.flags, name) != nullptr) {
      owners.push_back(nameOf(command));
    }
  }
  if (!owners.empty()) {
    return Error{
        0, fmt::format("{} is a flag of {}, and not of {}", name, enumerated(owners), nameOf(own))};
  }
  const auto meant = flagMeant(name, own);
  return Error{0, fmt::format("unknown flag {}", name) +
                      (meant ? fmt::format("; did you mean {}?", *meant) : "")};
}

}  // namespace

Result<Arguments> sortArguments(const std::vector<std::string>& words, const CommandFlags& own,
                                const std::vector<CommandFlags>& all) {
  Arguments sorted;
  std::set<std::string> given;
  bool only_operands = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].empty()) {
      return Error{0, "a path must not be empty"};
    }
    if (only_operands || !isFlag(words[i])) {
      sorted.operands.push_back(words[i]);
      continue;
    }
    if (words[i] == kEndOfFlags) {
      only_operands = true;
      continue;
    }
    auto [name, value] = split(words[i]);
    const Flag* const flag = find(own.flags, name);
    const bool one_dash = !isLong(name) && find(own.flags, "-" + flagName(words[i])) != nullptr;
    if (flag == nullptr || one_dash || (value && !isLong(name) && !flag->takes_value)) {
      return unknownFlag(flagName(words[i]), own, all);
    }
    if (!value && flag->takes_value) {
      if (i + 1 == words.size() || isFlagOf(own, words[i + 1])) {
        return Error{0, name + ": the value is missing"};
      }
      value = words[++i];
    }
    if (value && value->empty()) {
      return Error{0, name + ": the value is empty"};
    }
    const std::string& spelling = flag->spellings.back();
    if (!given.insert(spelling).second && !flag->repeatable) {
      return Error{0, spelling + " is given twice"};
    }
    sorted.flags.push_back(value ? spelling + "=" + *value : spelling);
  }
  return sorted;
}

std::optional<std::size_t> firstOperand(const std::vector<std::string>& words,
                                        const std::vector<CommandFlags>& all) {
  for (std::size_t i = 0; i < words.size() && words[i] != kEndOfFlags; ++i) {
    if (!isFlag(words[i])) {
      return i;
    }
    const FlagWord word = split(words[i]);
    const bool takes_next =
        !word.value && std::any_of(all.begin(), all.end(), [&](const CommandFlags& command) {
          const Flag* const flag = find(command.flags, word.name);
          return flag != nullptr && flag->takes_value;
        });
    i += takes_next ? 1 : 0;
  }
  return std::nullopt;
}

bool asksForHelp(const std::vector<std::string>& words) {
  const auto end = std::find(words.begin(), words.end(), kEndOfFlags);
  return std::any_of(words.begin(), end,
                     [](const std::string& word) { return word == "--help" || word == "-h"; });
}

}  // namespace hardlink
