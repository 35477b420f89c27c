#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/os/fd.h"
#include "base/os/threads.h"
#include "roots/root_scan.h"

namespace hardlink {

/// Counts roots, one after the other, in a thread of its own, because a filesystem may hold the
/// thread that reads it for ever. All functions are for one and the same thread, except
/// progress().
class BackgroundScan {
 public:
  /// Throws std::system_error if there are no descriptors left.
  BackgroundScan(const std::vector<RootConfig>& roots, const CensusSettings& settings);
  /// Waits for the thread: if a filesystem holds it, leaveHeldThreads() must end the process first.
  ~BackgroundScan() = default;
  BackgroundScan(const BackgroundScan&) = delete;
  BackgroundScan& operator=(const BackgroundScan&) = delete;

  /// Begins to count every root once. Not while a round is under way.
  void begin();
  /// Readable once the round has ended, until report() is called.
  [[nodiscard]] int endedFd() const { return ended_.get(); }
  /// Asks the round that is under way to end early. It ends as soon as the filesystem lets it.
  void requestStop() { thread_->requestStop(); }
  /// The report of the round that has ended.
  [[nodiscard]] Report report();
  /// The report of a round that a filesystem holds: the roots that are done, and the others as not
  /// counted.
  [[nodiscard]] Report reportSoFar();

  /// How far the round is, in at most `width` columns, in UTF-8 or ASCII. Any thread.
  [[nodiscard]] std::string progress(std::size_t width, bool utf8) const;

 private:
  void count(const std::stop_token& stop);

  std::vector<std::unique_ptr<RootScanner>> roots_;
  Fd ended_;
  mutable std::mutex mutex_;                  // guards what follows while there is a thread
  Report report_;                             // of the roots that are done
  std::shared_ptr<CensusProgress> progress_;  // of the root after those, if one is under way
  std::chrono::steady_clock::time_point begun_;
  std::optional<LeavableThread> thread_;  // of the round under way
};

/// Signals that poll(2) can wait for, so that nothing ever runs in a handler.
class Signals {
 public:
  /// Blocks `signals` for ever in the calling thread and in those that it starts. To be called
  /// before there is another thread. Throws std::system_error if there are no descriptors left.
  explicit Signals(std::initializer_list<int> signals);

  /// Readable while a signal is pending.
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The next pending signal, or 0.
  [[nodiscard]] int next() const;

 private:
  Fd fd_;
};

/// How a round of counting has ended.
enum class RoundEnd {
  done,
  interrupted,  ///< a signal stopped it, and it has ended
  hung,         ///< a signal did not stop it in time
  abandoned,    ///< a second signal came
};

/// Waits until the round of `scan` has ended. A signal requests a stop, and from then on the wait
/// is no longer than kPatienceForStop.
[[nodiscard]] RoundEnd awaitRound(BackgroundScan& scan, const Signals& signals);

/// How long a round may take to stop.
inline constexpr std::chrono::milliseconds kPatienceForStop{1500};

}  // namespace hardlink
