#pragma once

/// What tests of the scanner have in common.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "config/types.h"
#include "daemon/scanner/scanner.h"
#include "support/catch.h"

namespace hardlink {

/// Receives reports and waits for one of a kind.
class Reader {
 public:
  Scanner::Publish receiver() {
    return [this](std::shared_ptr<const Report> report) {
      const std::lock_guard lock(mutex_);
      latest_ = std::move(report);
      arrived_.notify_all();
    };
  }

  /// The first report from now on (the latest included) of which `wanted` is true.
  std::shared_ptr<const Report> await(const std::function<bool(const Report&)>& wanted) {
    std::unique_lock lock(mutex_);
    const bool came = arrived_.wait_for(lock, std::chrono::seconds(60),
                                        [&] { return latest_ && wanted(*latest_); });
    REQUIRE(came);
    return latest_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::shared_ptr<const Report> latest_;
};

inline RootConfig rootAt(const std::string& path, const std::string& name = "r") {
  RootConfig root;
  root.path = path;
  root.name = name;
  return root;
}

inline Config configFor(std::vector<RootConfig> roots) {
  Config config;
  config.roots = std::move(roots);
  using namespace std::chrono_literals;
  config.scan.interval = 50ms;
  config.scan.watch_interval = 20ms;
  config.scan.max_duty = 1.0;
  config.scan.io_priority = IoPriority::best_effort;
  return config;
}

}  // namespace hardlink
