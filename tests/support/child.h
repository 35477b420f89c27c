#pragma once

/// Child processes, for tests of changes to a process that cannot be undone.

#include <functional>
#include <initializer_list>
#include <string>

namespace hardlink {

/// Runs `question` in a child process and returns its answer.
[[nodiscard]] std::string inChild(const std::function<std::string()>& question);

/// From now on, the system calls with these numbers fail with `error` in this process, as on an
/// older kernel (ENOSYS) or in a container that does not know them (EPERM).
void refuseCalls(std::initializer_list<unsigned> numbers, int error);

}  // namespace hardlink
