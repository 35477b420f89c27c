#pragma once

/// How commands end, and where they print: standard output, standard error, or a file. All text for
/// the streams goes through here, so that it fits them (base/utf8.h).

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "exposition/terminal/ascii.h"

namespace hardlink {

/// Exit codes of every command except `check`, which has the codes of its mode.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,   ///< the operation failed or the verdict is negative
  kExitUsage = 2,    ///< wrong usage or bad configuration
  kExitUnknown = 3,  ///< `preflight`: something prevents a verdict
};

/// Ends the process at once and runs no destructor, because nothing else ends a thread that a
/// filesystem holds, and joining it would wait for ever. This is the one exception to the rule that
/// the process ends where main() returns. Standard output must have been flushed. Any thread.
[[noreturn]] inline void leaveHeldThreads(int exit_code) { std::_Exit(exit_code); }

/// Writes one line on standard error: the program's name and what is wrong. Any thread.
void complain(const std::string& what);
/// The same with the command's name before what is wrong.
void complain(const char* command, const std::string& what);

/// Writes `text` as it is, or in ASCII if the locale is not UTF-8; false if that failed.
[[nodiscard]] bool put(const std::string& text, std::FILE* stream, TextKind kind = TextKind::plain);

/// Writes `text` on standard output; complains and returns false if that failed.
[[nodiscard]] bool writeOut(const char* command, const std::string& text,
                            TextKind kind = TextKind::plain);

/// Replaces the file `path` by one with `content`, which is written under a temporary name beside
/// it, synced and renamed: a reader sees all of the old or all of the new content. On failure the
/// old file is untouched and the temporary one is gone.
[[nodiscard]] Result<void> replaceFile(const std::string& path, const std::string& content);

}  // namespace hardlink
