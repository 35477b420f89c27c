#include "daemon/scanner/root_worker.h"

#include <atomic>
#include <latch>
#include <thread>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

/// A worker that is in the middle of its first census until it is let go.
class HeldWorker {
 public:
  HeldWorker() {
    RootConfig root;
    root.path = dir_.path();
    CensusSettings settings;
    settings.scan.timeout = 1h;
    worker_ = std::make_shared<RootWorker>(root, settings, [this](Change) {
      if (std::this_thread::get_id() != owner_ && !told_.exchange(true)) {
        counting_.count_down();
        let_go_.wait();
      }
    });
  }
  HeldWorker(const HeldWorker&) = delete;
  HeldWorker& operator=(const HeldWorker&) = delete;
  ~HeldWorker() {
    worker_->requestStop();
    let_go_.count_down();
    CHECK(worker_->waitFinished(SteadyTime::max()));
  }

  void awaitCensus() {
    worker_->start();
    worker_->begin(nullptr);
    counting_.wait();
  }
  RootWorker& operator*() { return *worker_; }
  RootWorker* operator->() { return worker_.get(); }

 private:
  TempDir dir_;
  const std::thread::id owner_ = std::this_thread::get_id();
  std::atomic<bool> told_ = false;
  std::latch counting_{1};
  std::latch let_go_{1};
  std::shared_ptr<RootWorker> worker_;
};

TEST_CASE("a worker that waits never times out") {
  HeldWorker worker;
  CHECK_FALSE(worker->deadline());
  worker->declareTimeout(SteadyTime::max());
  CHECK(worker->report().status.timeouts == 0);
  CHECK_FALSE(worker->report().status.up);
  worker.awaitCensus();
}

TEST_CASE("figures are stale after six intervals, of a new configuration too, and never too soon") {
  HeldWorker worker;
  CHECK(worker->report().status.stale_after == 30min);
  for (const auto& [interval, stale_after] :
       {std::pair<std::chrono::milliseconds, std::chrono::milliseconds>{1h, 6h},
        {1s, 30min},
        {301s, 1806s}}) {
    CensusSettings settings;
    settings.scan.interval = interval;
    worker->reconfigure(settings);
    CHECK(worker->report().status.stale_after == stale_after);
  }
  worker.awaitCensus();
}

TEST_CASE("a census times out at its deadline, not before, and once") {
  HeldWorker worker;
  worker.awaitCensus();
  const auto deadline = worker->deadline();
  REQUIRE(deadline);
  worker->declareTimeout(*deadline - 1ns);
  CHECK(worker->report().status.timeouts == 0);
  CHECK_FALSE(worker->report().status.up);
  worker->declareTimeout(*deadline);
  CHECK(worker->report().status.timeouts == 1);
  CHECK(worker->report().status.up == false);
  CHECK_FALSE(worker->deadline());
  worker->declareTimeout(*deadline + 1h);
  CHECK(worker->report().status.timeouts == 1);
}

TEST_CASE("time in which the process did not run moves the deadline") {
  HeldWorker worker;
  worker.awaitCensus();
  const auto deadline = worker->deadline();
  REQUIRE(deadline);
  worker->postponeDeadline(5min);
  CHECK(worker->deadline() == *deadline + 5min);
  worker->declareTimeout(*deadline);
  CHECK(worker->report().status.timeouts == 0);
}

}  // namespace
}  // namespace hardlink
