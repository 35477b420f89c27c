#pragma once

/// The words of a command line, told apart: which are flags, with which values, and which are
/// operands. CLI11 then reads the values; it would take the next word for an empty one. Pure
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

/// Tells `words` apart as flags of `own` and operands. An Error, as one sentence, for a flag that
/// `own` does not have (with the flag that was probably meant, or those of `all` that have it), for
/// a value that is missing or empty, for an operand that is empty,
/// and for a flag that is given twice.
[[nodiscard]] Result<Arguments> sortArguments(const std::vector<std::string>& words,
                                              const CommandFlags& own,
                                              const std::vector<CommandFlags>& all);

/// Where in `words` the first operand before a `--` is, if there is one; the value of a flag of any
/// command is none.
[[nodiscard]] std::optional<std::size_t> firstOperand(const std::vector<std::string>& words,
                                                      const std::vector<CommandFlags>& all);

/// Whether `--help` or `-h` is among the flags of `words`.
[[nodiscard]] bool asksForHelp(const std::vector<std::string>& words);

}  // namespace hardlink
