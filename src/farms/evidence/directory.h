#pragma once

/// How farms/ reads a tree: a bounded number of names, below an open root. Mounts are not entered,
/// symlinks are not followed.

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

/// A directory below a root. All paths are relative to that directory. A path that cannot be read
/// counts as one that does not exist. Each call reads the directory again, except that the list of
/// subdirectories is kept, since every kind needs it. Not thread-safe.
class Directory {
 public:
  /// Names read from one directory at most.
  static constexpr std::size_t kMostNames = 65'536;

  /// `path` is relative to the open directory `root`, which must outlive the object. Empty: the
  /// root itself.
  Directory(int root, std::string path) : root_(root), path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  /// `name` below this directory, as a path below the root.
  [[nodiscard]] std::string below(const std::string& name) const { return pathIn(path_, name); }

  /// Names in the directory `relative` (empty: this directory itself), ascending, at most `most`.
  [[nodiscard]] std::vector<std::string> names(const std::string& relative = {},
                                               std::size_t most = kMostNames) const;
  [[nodiscard]] std::vector<std::string> subdirectories(const std::string& relative = {},
                                                        std::size_t most = kMostNames) const;
  [[nodiscard]] std::optional<os::FileStatus> status(const std::string& relative) const;
  [[nodiscard]] bool hasDirectory(const std::string& relative) const;
  [[nodiscard]] bool hasFile(const std::string& relative) const;
  /// When the directory `relative` was modified and created, as far as the filesystem has these
  /// times.
  [[nodiscard]] DirectoryTimes times(const std::string& relative = {}) const;
  /// The target of the symlink `relative`; nothing if it is no symlink.
  [[nodiscard]] std::optional<std::string> symlink(const std::string& relative) const;
  /// Whether `path`, absolute and without symlinks, is the path of this directory. Only the texts
  /// are compared, because a configured path may be on a filesystem that hangs.
  [[nodiscard]] bool isAt(const std::string& path) const;
  /// The first `most` bytes of the regular file `relative`.
  [[nodiscard]] std::optional<std::string> contents(const std::string& relative,
                                                    std::size_t most = 64 * 1024) const;

 private:
  [[nodiscard]] std::vector<std::string> list(const std::string& relative, std::size_t most,
                                              bool directories_only) const;
  [[nodiscard]] std::string place(const std::string& relative) const;

  int root_;
  std::string path_;
  mutable std::optional<std::vector<std::string>> subdirectories_;  // kept by subdirectories()
};

/// The first 256 KiB of the regular file `path`, a tool's configuration. Symlinks are followed.
[[nodiscard]] std::optional<std::string> contentsOfFile(const std::string& path);

}  // namespace hardlink
