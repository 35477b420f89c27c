#pragma once

#include <initializer_list>

#include "base/os/fd.h"

namespace hardlink {

/// Signals as something that can be waited for in poll(2), so that nothing ever runs in a handler.
class Signals {
 public:
  /// Blocks them for the calling thread and those that it starts; for good. To be called while
  /// there is no other thread. Throws std::system_error where there are no descriptors left.
  explicit Signals(std::initializer_list<int> signals);

  /// Readable while one is pending.
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The next one that is pending, or 0.
  [[nodiscard]] int next() const;

 private:
  Fd fd_;
};

}  // namespace hardlink
