#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "daemon/scanner/pace.h"

namespace hardlink {

/// Publishes what has changed, at the pace of daemon/scanner/pace.h, on a thread of its own that
/// runs at the priority of the thread that made it: a worker's nice 19 would hold up a shutdown on
/// a busy machine. Public functions may be called from any thread, though not from within
/// `publish`.
class Publisher {
 public:
  /// `publish` takes the reports and renders them; it is called by one thread at a time.
  explicit Publisher(std::function<void()> publish);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  ~Publisher() { stop(); }

  /// Returns at once: never waits for a publication.
  void changed(Change change);
  /// Publishes in the calling thread, whatever the pace says. Nothing once stopped.
  void publishNow();
  /// Waits for a publication that is under way; none follows.
  void stop();

 private:
  void run();

  const std::function<void()> publish_;
  std::mutex publishing_;  // held while publish_ runs; taken before mutex_
  std::mutex mutex_;       // guards what follows
  std::condition_variable wakeup_;
  Pace pace_;
  bool stopped_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace hardlink
