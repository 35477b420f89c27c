#pragma once

#include <random>
#include <string>

namespace hardlink {

/// A small tree of snapshots (`s0`, `s1`, …) and another directory (`other`) that share files, and
/// random changes to it. The same seed makes the same changes to a tree that nobody else changes.
class ChangingTree {
 public:
  /// Plants the tree below `root`, which is empty.
  ChangingTree(std::string root, unsigned seed);

  /// One change: a link, a removal, a rename of a file or a directory, within a snapshot or to
  /// another one, a new file, directory or symlink, a snapshot copied or removed, a file that
  /// grows, new times or rights of a directory. It may turn out to be impossible, and is none then.
  void change();

 private:
  [[nodiscard]] unsigned below(unsigned end);
  [[nodiscard]] std::string snapshot();
  [[nodiscard]] std::string directory();
  [[nodiscard]] std::string file();
  void changeFile();
  void changeDirectory();
  void changeSnapshot();

  const std::string root_;
  std::mt19937 random_;
};

}  // namespace hardlink
