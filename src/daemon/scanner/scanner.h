#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "config/types.h"
#include "daemon/scanner/publisher.h"
#include "daemon/scanner/root_worker.h"
#include "model/report.h"

namespace hardlink {

/// The background of the daemon: one worker per root, a supervisor for their timeouts, and the
/// publication of immutable reports. Public functions may be called from any thread.
class Scanner {
 public:
  /// Receives new reports, one at a time, oldest first, in a thread of the scanner or in that of
  /// configure(). Changes that come close together are in one report (daemon/scanner/publisher.h).
  /// Must not call back into the scanner.
  using Publish = std::function<void(std::shared_ptr<const Report>)>;

  explicit Scanner(Publish publish);
  /// stop() without patience: threads that hang are left behind and use nothing of the scanner.
  ~Scanner();
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  /// Watches the roots of `config` from now on. A root with an unchanged configuration keeps its
  /// worker and its figures. Publishes the new list of roots before it returns. Throws, with
  /// nothing changed, if memory, threads or descriptors for a new root have run out.
  void configure(const Config& config);

  /// The number of threads of a scanner of so many roots between censuses. A census has up to
  /// scan.threads more.
  [[nodiscard]] static std::size_t threads(std::size_t roots) { return kOwnThreads + roots; }

  /// Ends all threads; false if some still hang after `patience`. Publishes nothing afterwards.
  bool stop(std::chrono::milliseconds patience);

 private:
  /// Called by the workers. It outlives the scanner as long as a worker hangs.
  struct Hub {
    explicit Hub(Publish receiver);
    void publishReport();

    std::mutex mutex;
    std::vector<std::shared_ptr<RootWorker>> workers;  // in the order of the configuration
    const Publish publish;
    bool failed = false;  // the last publication; for the publisher's thread
    Publisher publisher;  // last: it uses all of the above
  };

  [[nodiscard]] std::shared_ptr<RootWorker> newWorker(const RootConfig& root,
                                                      const CensusSettings& settings) const;
  void declareTimeouts(std::chrono::nanoseconds stopped);
  void supervise(const std::stop_token& stop);

  static constexpr std::size_t kOwnThreads = 2;  // one publishes, one checks for timeouts

  std::shared_ptr<Hub> hub_;
  std::vector<std::shared_ptr<RootWorker>> retired_;  // guarded by hub_->mutex
  std::jthread supervisor_;
};

}  // namespace hardlink
