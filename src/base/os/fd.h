#pragma once

#include <unistd.h>

#include <utility>

namespace hardlink {

/// Owner of one file descriptor; closes it on destruction. Move-only. Not thread-safe.
class Fd {
 public:
  Fd() = default;
  /// Takes ownership of `fd`; a negative value owns nothing.
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  /// Closes what is owned and takes ownership of `fd` instead.
  void reset(int fd = -1) noexcept {
    if (fd_ >= 0) {
      // Never retried: Linux has released the descriptor even if close() reports EINTR.
      ::close(fd_);
    }
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace hardlink
