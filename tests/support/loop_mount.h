#pragma once

/// Real filesystems for tests that run as root. On failure, everything throws std::runtime_error
/// with the program's output.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/temp_tree.h"

namespace hardlink {

/// Runs a program found in PATH, without a shell, and waits for it. Returns what it wrote to
/// standard output and standard error; throws unless it exited with 0.
std::string runProgram(const std::vector<std::string>& words);

/// The reason why loop mounts are impossible here (not root, no loop devices, …); nothing if they
/// work.
[[nodiscard]] std::optional<std::string> whyNoLoopMounts();

/// A mount made by mount(8), undone on destruction.
class Mount {
 public:
  /// `mount ARGUMENTS… TARGET`; TARGET exists.
  Mount(std::vector<std::string> arguments, std::string target);
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  ~Mount();

  [[nodiscard]] const std::string& path() const { return target_; }

 private:
  std::string target_;
};

/// What to make and how to mount it.
struct LoopOptions {
  std::string type = "ext4";                   ///< mkfs.TYPE
  std::vector<std::string> mkfs_options = {};  ///< before the image's name
  std::string mount_options = {};              ///< added to `loop`
  std::uint64_t size_bytes = 512U << 20U;      ///< of the image, which is sparse
};

/// A new filesystem in a sparse file, mounted through a loop device; unmounted, detached and
/// removed on destruction.
class LoopMount {
 public:
  explicit LoopMount(const LoopOptions& options);

  /// Where it is mounted.
  [[nodiscard]] const std::string& path() const { return mount_.path(); }
  [[nodiscard]] std::string operator/(std::string_view below) const;
  /// The loop device, for example /dev/loop3.
  [[nodiscard]] std::string device() const;

 private:
  TempDir directory_;
  Mount mount_;
};

}  // namespace hardlink
