#pragma once

/// Sorts the words of a command line into flags with their values and operands. CLI11 reads the
/// values afterwards; by itself it would take the next word as the value of `--flag=`. Pure
/// functions; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "commands/flags.h"

namespace hardlink {

/// The flags of one command.
struct CommandFlags {
  std::string command;  ///< empty: the daemon
  std::vector<Flag> flags;
};

struct Arguments {
  std::vector<std::string> flags;  ///< in their long spelling, with their values: "--top=3"
  std::vector<std::string> operands;
};

/// Sorts `words` into flags of `own` and operands. The Error is one sentence: about a flag that
/// `own` does not have (with the flag that was probably meant, or the commands of `all` that have
/// it), a value that is missing or empty, an empty operand, or a flag that is given twice.
[[nodiscard]] Result<Arguments> sortArguments(const std::vector<std::string>& words,
                                              const CommandFlags& own,
                                              const std::vector<CommandFlags>& all);

/// The index in `words` of the first operand before a `--`, if there is one. The value of a flag of
/// any command is not an operand.
[[nodiscard]] std::optional<std::size_t> firstOperand(const std::vector<std::string>& words,
                                                      const std::vector<CommandFlags>& all);

/// Whether `--help` or `-h` is among the flags of `words`.
[[nodiscard]] bool asksForHelp(const std::vector<std::string>& words);

}  // namespace hardlink
