#pragma once

/// Notices that layers appear or go, through inotify on the directory that holds them.

#include <cstddef>
#include <set>
#include <string>

#include "base/os/fd.h"

namespace hardlink {

/// Not thread-safe. Without inotify (none left, no permission) it is merely silent: the interval
/// still brings every change to light.
class LayerEvents {
 public:
  LayerEvents();

  /// Watches `holder` from now on, instead of what it watched before. With `into_children` a new
  /// child directory is watched too: Docker makes a layer as ID/tmproot… and renames it to ID/root
  /// when it is complete. Watching the same again costs nothing.
  void watch(const std::string& holder, bool into_children);

  /// To be polled for reading; -1 where there is no inotify.
  [[nodiscard]] int descriptor() const { return inotify_.get(); }

  /// Takes in what has happened; true if it may have made or removed a layer. Never blocks.
  [[nodiscard]] bool drain();

 private:
  /// Docker extracts few layers at a time: what is beyond this is not watched into.
  static constexpr std::size_t kMostChildren = 512;

  void watchChild(const std::string& name);

  Fd inotify_;
  std::string holder_;
  bool into_children_ = false;
  int holder_watch_ = -1;
  std::set<int> child_watches_;
};

}  // namespace hardlink
