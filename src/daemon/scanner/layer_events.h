#pragma once

/// Notices that layers appear or disappear, by inotify on the directory that holds them.

#include <cstddef>
#include <set>
#include <string>

#include "base/os/fd.h"

namespace hardlink {

/// Not thread-safe. Without inotify (none left, no permission) it notices nothing, and the next
/// regular census finds every change.
class LayerEvents {
 public:
  LayerEvents();

  /// Watches `holder` from now on and ends the watch before. With `into_children` it also watches
  /// new child directories: Docker makes a layer as ID/tmproot… and renames it to ID/root when it
  /// is complete. Watching the same directory again costs nothing.
  void watch(const std::string& holder, bool into_children);

  /// To be polled for reading; -1 without inotify.
  [[nodiscard]] int descriptor() const { return inotify_.get(); }

  /// Reads all events; true if one may have made or removed a layer. Never blocks.
  [[nodiscard]] bool drain();

 private:
  /// Docker extracts few layers at a time, so more children than these are not watched.
  static constexpr std::size_t kMostChildren = 512;

  void watchChild(const std::string& name);

  Fd inotify_;
  std::string holder_;
  bool into_children_ = false;
  int holder_watch_ = -1;
  std::set<int> child_watches_;
};

}  // namespace hardlink
