#include "base/os/open_beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/os/older_kernel.h"
#include "base/os/os.h"

namespace hardlink {
namespace {

/// Returns a descriptor, or -1 with errno set.
int openat2Once(int directory, const char* path, int flags, Reach reach) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  how.resolve |= reach.symlinks ? 0U : unsigned{RESOLVE_NO_SYMLINKS};
  how.resolve |= reach.mounts ? 0U : unsigned{RESOLVE_NO_XDEV};
  return static_cast<int>(
      retryOnEintr([&] { return syscall(SYS_openat2, directory, path, &how, sizeof how); }));
}

/// Whether openat2 is missing. A sandbox that does not know the call (Docker's before 20.10)
/// answers EPERM, which is also the answer to O_NOATIME on another user's directory.
bool lacksOpenat2(int directory, int error) {
  return error == ENOSYS ||
         (error == EPERM && !Fd(openat2Once(directory, ".", O_PATH | O_CLOEXEC, {})).valid() &&
          errno == EPERM);
}

/// Does in this process what openat2 does in the kernel. Opens every component with O_NOFOLLOW
/// below the one before it, so that a rename meanwhile cannot lead outside. Replaces a symlink in
/// the path by its target.
class PathWalker {
 public:
  PathWalker(int directory, std::string path, int flags, Reach reach)
      : directory_(directory), rest_(std::move(path)), flags_(flags), reach_(reach) {}

  [[nodiscard]] Fd open(int& error) {
    error = rest_.empty() ? ENOENT : rest_.front() == '/' ? EXDEV : 0;
    Fd opened;
    while (error == 0 && !opened.valid()) {
      opened = step(error);
    }
    return error == 0 ? std::move(opened) : Fd();
  }

 private:
  /// Removes one component from the path and opens it. The result is valid once the path has ended.
  Fd step(int& error);
  Fd enter(const std::string& name, bool is_last, int& error);
  void leave(int& error);
  void follow(const std::string& target, bool is_last, int& error);

  [[nodiscard]] int current() const { return inside_.empty() ? directory_ : inside_.back().get(); }

  const int directory_;
  std::string rest_;
  const int flags_;
  const Reach reach_;
  int symlinks_ = 0;
  /// The directories on the way; only the last one if nothing in the path leads back.
  std::vector<Fd> inside_;
};

Fd PathWalker::step(int& error) {
  const std::size_t slash = rest_.find('/');
  const bool is_last = slash == std::string::npos;
  const std::string name = rest_.substr(0, slash);
  rest_.erase(0, is_last ? slash : slash + 1);
  if (name == "..") {
    leave(error);
  } else if (!name.empty() && name != ".") {
    return enter(name, is_last, error);
  }
  if (error != 0 || !is_last) {
    return {};
  }
  Fd same(retryOnEintr([&] { return openat(current(), ".", flags_); }));
  error = same.valid() ? 0 : errno;
  return same;
}

Fd PathWalker::enter(const std::string& name, bool is_last, int& error) {
  constexpr int kOnTheWay = O_PATH | O_DIRECTORY | O_CLOEXEC;
  const int flags = (is_last ? flags_ : kOnTheWay) | O_NOFOLLOW;
  Fd next(retryOnEintr([&] { return openat(current(), name.c_str(), flags); }));
  if (!next.valid()) {
    error = errno;
    // With O_DIRECTORY, open(2) answers ENOTDIR to a symlink.
    int no_symlink = 0;
    const bool may_be_symlink = error == ELOOP || error == ENOTDIR;
    if (const auto target =
            may_be_symlink ? os::readSymlink(current(), name.c_str(), no_symlink) : std::nullopt) {
      follow(*target, is_last, error);
    }
    return {};
  }
  if (!reach_.mounts && !areOnOneMount(next.get(), directory_)) {
    error = EXDEV;
    return {};
  }
  if (is_last) {
    return next;
  }
  // If nothing leads back, a long path needs no more descriptors than a short one.
  if (!reach_.symlinks && rest_.find("..") == std::string::npos) {
    inside_.clear();
  }
  inside_.push_back(std::move(next));
  return {};
}

void PathWalker::leave(int& error) {
  if (inside_.empty()) {
    error = EXDEV;
  } else {
    inside_.pop_back();
  }
}

void PathWalker::follow(const std::string& target, bool is_last, int& error) {
  constexpr int kMostSymlinks = 40;  // MAXSYMLINKS, include/linux/namei.h
  if (!reach_.symlinks || ++symlinks_ > kMostSymlinks) {
    error = ELOOP;
    return;
  }
  error = target.starts_with('/') ? EXDEV : 0;
  rest_ = is_last ? target : target + "/" + rest_;
}

}  // namespace

Fd openBeneath(int directory, const char* path, int flags, Reach reach, int& error) {
  static std::atomic<bool> has_openat2{true};
  // EAGAIN: the kernel could not rule out a race with a rename, and expects another attempt.
  constexpr int kAttempts = 16;
  for (int attempt = 0; has_openat2.load(std::memory_order_relaxed); ++attempt) {
    Fd fd(openat2Once(directory, path, flags, reach));
    error = fd.valid() ? 0 : errno;
    if (!fd.valid() && lacksOpenat2(directory, error)) {
      has_openat2 = false;
    } else if (error != EAGAIN || attempt == kAttempts) {
      return fd;
    }
  }
  return PathWalker(directory, path, flags, reach).open(error);
}

}  // namespace hardlink
