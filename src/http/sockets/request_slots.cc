#include "http/sockets/request_slots.h"

namespace hardlink {

bool RequestSlots::acquire() {
  std::unique_lock lock(mutex_);
  if (free_ == 0) {
    if (waiting_ == most_waiting_) {
      return false;
    }
    ++waiting_;
    const bool released = released_.wait_for(lock, patience_, [this] { return free_ > 0; });
    --waiting_;
    if (!released) {
      return false;
    }
  }
  --free_;
  return true;
}

void RequestSlots::release() {
  {
    const std::lock_guard lock(mutex_);
    ++free_;
  }
  released_.notify_one();
}

}  // namespace hardlink
