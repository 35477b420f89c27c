#include "daemon/scanner/layer_events.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/error.h"
#include "base/log.h"

namespace hardlink {
namespace {

constexpr std::uint32_t kHolderEvents =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;
constexpr std::uint32_t kChildEvents = IN_MOVED_TO | IN_CREATE | IN_ONLYDIR | IN_DONT_FOLLOW;

/// A layer of Docker's that holds this directory is complete and does not change any more.
constexpr const char* kCompleteName = "root";

}  // namespace

LayerEvents::LayerEvents() : inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (!inotify_.valid()) {
    log::warn("no inotify: new layers are noticed only by the next regular census",
              {{"error", errnoError("inotify_init1").message()}});
  }
}

void LayerEvents::watch(const std::string& holder, bool into_children) {
  if (!inotify_.valid()) {
    return;
  }
  // Also for the same path, because it may lead to another directory by now. For the same directory
  // the kernel returns the same watch.
  const int added = inotify_add_watch(inotify_.get(), holder.c_str(), kHolderEvents);
  if (added < 0) {
    log::debug("cannot watch for new layers",
               {{"error", errnoError("inotify_add_watch " + holder).message()}});
  }
  if (holder_watch_ >= 0 && added != holder_watch_) {
    inotify_rm_watch(inotify_.get(), holder_watch_);
  }
  holder_watch_ = added;
  holder_ = holder;
  into_children_ = into_children;
}

bool LayerEvents::drain() {
  bool changed = false;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  for (;;) {
    const ssize_t bytes =
        retryOnEintr([&] { return read(inotify_.get(), buffer.data(), buffer.size()); });
    if (bytes <= 0) {
      return changed;
    }
    for (const char* at = buffer.data(); at < buffer.data() + bytes;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & IN_IGNORED) != 0) {
        // The directory that holds the layers was removed or unmounted, and all layers with it.
        changed = changed || event->wd == holder_watch_;
        child_watches_.erase(event->wd);
        continue;
      }
      const bool directory = (event->mask & IN_ISDIR) != 0;
      changed = changed || directory || (event->mask & IN_Q_OVERFLOW) != 0;
      const bool arrival = directory && (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0;
      if (arrival && event->wd == holder_watch_) {
        watchChild(event->name);
      } else if (arrival && std::strcmp(event->name, kCompleteName) == 0) {
        inotify_rm_watch(inotify_.get(), event->wd);
      }
    }
  }
}

void LayerEvents::watchChild(const std::string& name) {
  if (!into_children_ || child_watches_.size() >= kMostChildren) {
    return;
  }
  const std::string path = holder_ + "/" + name;
  const int added = inotify_add_watch(inotify_.get(), path.c_str(), kChildEvents);
  if (added < 0) {
    return;
  }
  child_watches_.insert(added);
  if (access((path + "/" + kCompleteName).c_str(), F_OK) == 0) {
    inotify_rm_watch(inotify_.get(), added);  // complete before it could be watched
  }
}

}  // namespace hardlink
