#pragma once

/// Which directories are hard-link copies of each other, by a sample.

#include <cstddef>
#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/os/os.h"

namespace hardlink {

/// A name of an inode with several links.
struct SampledName {
  std::string path;  ///< below the directory that was sampled
  os::FileStatus status;
};

/// Compares directories below a root, and remembers the samples of the last ones. Not thread-safe.
class Copies {
 public:
  /// Names read at most for samples that turn out empty: a tree without links costs no more.
  static constexpr std::size_t kMostReadInVain = 200'000;

  /// `root` must stay open as long as the object is used.
  Copies(int root, std::stop_token stop) : root_(root), stop_(std::move(stop)) {}

  /// Whether more than half of a sample of 64 names has the same inode at the same relative path in
  /// both. The sample is taken in the directory that has fewer of them. False where nothing can be
  /// read or sampled.
  [[nodiscard]] bool are(const std::string& one, const std::string& other);
  /// The first 64 names with several links in the directory `path`: in byte order, depth first, of
  /// at most 4,096 names read. Mounts are not entered and symlinks not followed. Valid until the
  /// next call.
  [[nodiscard]] const std::vector<SampledName>& sample(const std::string& path);
  /// Whether samples are empty from now on: too many were, or a stop was requested.
  [[nodiscard]] bool gaveUp() const {
    return read_in_vain_ > kMostReadInVain || stop_.stop_requested();
  }
  /// Whether a file of `path`, by its path in it, is the inode `status`.
  [[nodiscard]] bool has(const std::string& path, const SampledName& name) const;

 private:
  int root_;
  std::stop_token stop_;
  std::map<std::string, std::vector<SampledName>> samples_;
  std::size_t read_in_vain_ = 0;
};

/// Whether a copy links symlinks, FIFOs and devices too: whether one of them in `one` is the same
/// inode at the same path in `other`. Of at most 4,096 names read.
[[nodiscard]] bool linkSpecialFiles(int root, const std::string& one, const std::string& other);

}  // namespace hardlink
