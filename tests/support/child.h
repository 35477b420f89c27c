#pragma once

/// Processes for tests of what a process can do to itself only once.

#include <functional>
#include <initializer_list>
#include <string>

namespace hardlink {

/// What `question` answers in a child process.
[[nodiscard]] std::string inChild(const std::function<std::string()>& question);

/// From here on, in this process, the system calls with these numbers fail with `error`, as on an
/// older kernel (ENOSYS) or in a container that does not know them (EPERM).
void refuseCalls(std::initializer_list<unsigned> numbers, int error);

}  // namespace hardlink
