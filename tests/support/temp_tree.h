#pragma once

/// Real trees for tests: a temporary directory, and nested values that plant() makes real. If a
/// system call fails, everything throws std::system_error, which fails the test with the reason.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hardlink {

/// A new, empty directory. The destructor removes it with everything in it, also unreadable
/// directories and paths longer than PATH_MAX, and changes the working directory for a moment. It
/// does not enter mounts: unmount them first.
class TempDir {
 public:
  /// Below `parent`, or below $TMPDIR (/tmp if unset).
  TempDir();
  explicit TempDir(const std::string& parent);
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  /// Absolute, without symlinks, without a trailing slash.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// The path of `below` in this directory.
  [[nodiscard]] std::string operator/(std::string_view below) const;

 private:
  std::string path_;
};

/// One entry of a tree, not yet made. Names are single components, any bytes.
struct TreeEntry {
  enum class Kind : std::uint8_t { directory, file, link, links, symlink, fifo };

  Kind kind = Kind::file;
  std::string name;
  std::string text;         ///< content of a file; target of link, links and symlink
  std::uint64_t count = 1;  ///< of links
  std::vector<TreeEntry> children;
};

[[nodiscard]] TreeEntry makeDir(std::string name, std::vector<TreeEntry> children = {});
[[nodiscard]] TreeEntry makeFile(std::string name, std::string content = "");
/// A further name of `target`, a path below the directory given to plant(), made before this one.
[[nodiscard]] TreeEntry makeLink(std::string name, std::string target);
/// `count` further names of `target`: `prefix` followed by 0, 1, 2, …
[[nodiscard]] TreeEntry makeLinks(std::string prefix, std::uint64_t count, std::string target);
/// `target` is stored as it is.
[[nodiscard]] TreeEntry makeSymlink(std::string name, std::string target);
[[nodiscard]] TreeEntry makeFifo(std::string name);
/// `depth` directories inside each other, each called `name`, with `innermost` in the last one.
/// For paths beyond PATH_MAX use long names: planting holds one descriptor per level.
[[nodiscard]] TreeEntry makeDeep(const std::string& name, unsigned depth,
                                 std::vector<TreeEntry> innermost = {});

/// The inode number of `path` itself, also of a symlink.
[[nodiscard]] std::uint64_t inodeOf(const std::string& path);

/// Throws std::system_error with errno and `what` unless the system call before it `succeeded`.
void throwErrnoUnless(bool succeeded, const std::string& what);

/// Makes `entries` in the directory `base`, in order. Directories that exist already are entered.
void plant(const std::string& base, const std::vector<TreeEntry>& entries);

}  // namespace hardlink
