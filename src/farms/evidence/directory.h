#pragma once

/// What farms/ sees of a tree: a bounded number of names, read through the kernel, below a root
/// that is open. Mounts are not entered and symlinks not followed.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clean_path.h"
#include "base/os/os.h"

namespace hardlink {

struct DirectoryTimes {
  using Time = std::chrono::system_clock::time_point;

  std::optional<Time> modified;
  std::optional<Time> born;
};

/// A directory below a root. Every path is below that directory; what is not there, or cannot be
/// read, is as if it did not exist. Reads when asked, and remembers its subdirectories, of which
/// every kind asks. Not thread-safe.
class Directory {
 public:
  /// Names read of one directory at most.
  static constexpr std::size_t kMostNames = 65'536;

  /// `path` is below the root open as `root`, which must outlive the object; empty: the root.
  Directory(int root, std::string path) : root_(root), path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  /// `name` below this directory, as a path below the root.
  [[nodiscard]] std::string below(const std::string& name) const { return pathIn(path_, name); }

  /// Names in `relative` (empty: this directory itself), ascending, `most` of them at most; those
  /// of directories alone with `directories_only`.
  [[nodiscard]] std::vector<std::string> names(const std::string& relative = {},
                                               std::size_t most = kMostNames) const;
  [[nodiscard]] std::vector<std::string> subdirectories(const std::string& relative = {},
                                                        std::size_t most = kMostNames) const;
  [[nodiscard]] std::optional<os::FileStatus> status(const std::string& relative) const;
  [[nodiscard]] bool hasDirectory(const std::string& relative) const;
  [[nodiscard]] bool hasFile(const std::string& relative) const;
  /// When the directory `relative` was modified, and born if that is known.
  [[nodiscard]] DirectoryTimes times(const std::string& relative = {}) const;
  /// Where the symlink `relative` leads; nothing where it is none.
  [[nodiscard]] std::optional<std::string> symlink(const std::string& relative) const;
  /// Whether `path`, absolute and without symlinks, is that of this directory. Only names are
  /// compared: what somebody has configured may be on a filesystem that hangs.
  [[nodiscard]] bool isAt(const std::string& path) const;
  /// The first `most` bytes of a regular file.
  [[nodiscard]] std::optional<std::string> contents(const std::string& relative,
                                                    std::size_t most = 64 * 1024) const;

 private:
  [[nodiscard]] std::vector<std::string> list(const std::string& relative, std::size_t most,
                                              bool directories_only) const;
  [[nodiscard]] std::string place(const std::string& relative) const;

  int root_;
  std::string path_;
  mutable std::optional<std::vector<std::string>> subdirectories_;  // all that were asked for
};

/// The first bytes of a regular file at `path`, an absolute path whose symlinks are followed: a
/// tool's configuration.
[[nodiscard]] std::optional<std::string> contentsOfFile(const std::string& path);

}  // namespace hardlink
