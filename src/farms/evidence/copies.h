#pragma once

/// Decides by samples whether directories are hard-link copies of each other.

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

/// Compares directories below a root. Keeps the samples of up to 64 directories. Not thread-safe.
class Copies {
 public:
  /// After so many names in samples that turned out empty, no more are read. This bounds the cost
  /// of a tree without links.
  static constexpr std::size_t kMostReadInVain = 200'000;

  /// `root` must stay open while the object is used.
  Copies(int root, std::stop_token stop) : root_(root), stop_(std::move(stop)) {}

  /// Whether more than half of a sample has the same inodes at the same relative paths in both
  /// directories. The sample is that of the directory whose sample is smaller. False if nothing can
  /// be read or sampled.
  [[nodiscard]] bool areCopies(const std::string& one, const std::string& other);
  /// The first 64 names with several links in the directory `path`, in byte order, depth first, of
  /// at most 4,096 names. Mounts are not entered, symlinks are not followed. Valid until the next
  /// call.
  [[nodiscard]] const std::vector<SampledName>& sample(const std::string& path);
  /// Whether all further samples are empty: too many names were read in vain, or a stop was
  /// requested.
  [[nodiscard]] bool gaveUp() const {
    return read_in_vain_ > kMostReadInVain || stop_.stop_requested();
  }
  /// Whether the directory `path` has the same inode as `name` at the same relative path.
  [[nodiscard]] bool hasSameInode(const std::string& path, const SampledName& name) const;

 private:
  int root_;
  std::stop_token stop_;
  std::map<std::string, std::vector<SampledName>> samples_;
  std::size_t read_in_vain_ = 0;
};

/// Whether the tool that made the copies links symlinks, FIFOs and devices too: one of these in
/// `one` is the same inode at the same path in `other`. Reads at most 4,096 names.
[[nodiscard]] bool linkSpecialFiles(int root, const std::string& one, const std::string& other);

}  // namespace hardlink
