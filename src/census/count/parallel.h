#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace hardlink {

/// Runs `work()` in the calling thread and `threads - 1` others, or as many as the system gives,
/// and waits for all of them. What one of them throws is thrown here then.
template <class Work>
void inThreads(std::size_t threads, const Work& work) {
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto guarded = [&]() noexcept {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex);
      thrown = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    others.reserve(threads);
    try {
      for (std::size_t i = 1; i < threads; ++i) {
        others.emplace_back(guarded);
      }
    } catch (const std::system_error&) {
      // No more threads to be had: those there are do the work.
    }
    guarded();
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

/// Calls `visit(i)` once for each i below `count`, in up to `threads` threads, which take the next
/// one as they get to it. A thread stops taking when `visit` returns false.
template <class Visit>
void forEachInThreads(std::size_t count, std::size_t threads, const Visit& visit) {
  std::atomic<std::size_t> next{0};
  inThreads(std::min(threads, count), [&] {
    for (std::size_t i = next.fetch_add(1, std::memory_order_relaxed); i < count;
         i = next.fetch_add(1, std::memory_order_relaxed)) {
      if (!visit(i)) {
        return;
      }
    }
  });
}

}  // namespace hardlink
