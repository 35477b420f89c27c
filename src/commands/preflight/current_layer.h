#pragma once

/// The layer that an extraction on paper is at: its tree, the link counts of the inodes of all
/// layers so far, and what they take of the filesystem. Pure.

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "commands/preflight/layer_tree.h"
#include "commands/preflight/room_use.h"
#include "model/layer_entry.h"
#include "model/limits.h"

namespace hardlink {

/// The tree of one layer, with what is counted in it. A value: copies share nothing.
struct CountedTree {
  LayerTree tree;
  std::vector<std::uint32_t> names;        ///< c(i), by LayerTree::FileId
  bool shared_special_files = false;       ///< a symlink, device, … may have several names
  std::vector<std::uint64_t> entry_bytes;  ///< of each directory, by LayerTree::NodeId
  // What a copy makes anew.
  std::uint64_t directories = 0;
  std::uint64_t directory_bytes = 0;
  std::uint64_t special_names = 0;
  std::uint64_t long_symlinks = 0;
  std::uint64_t regular_names = 0;
};

/// An inode that exists on disk, as the extraction would leave it.
struct LinksAfter {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;

  bool operator==(const LinksAfter&) const = default;
};

/// Changes one tree name by name and keeps the counts true. Memory grows with the names of the
/// tree and with the inodes of all layers. Not thread-safe.
class CurrentLayer {
 public:
  using FileId = LayerTree::FileId;
  using NodeId = LayerTree::NodeId;

  CurrentLayer(const FreeRoom& left, const CopyCosts& costs);

  [[nodiscard]] const CountedTree& counted() const { return current_; }
  [[nodiscard]] const LayerTree& tree() const { return current_.tree; }
  [[nodiscard]] const CopyCosts& costs() const { return costs_; }
  [[nodiscard]] RoomUse& use() { return use_; }
  [[nodiscard]] const RoomUse& use() const { return use_; }

  void startEmpty();
  /// `layer` has come from counted() of the same object.
  void setCurrent(CountedTree layer);
  /// Adds a name of a layer on disk. The link count of an inode that is known already stays as it
  /// is.
  void addPresent(const LayerName& name);

  /// The tree becomes its own copy: a file of each special name, …
  void separateSpecialFiles();
  /// … and c(i) more links of every regular file. From here on new files and names take room.
  void becomeCopy();
  /// Whether every inode still has c(i) links left, of `limit`.
  [[nodiscard]] bool hasLinksForCopy(std::uint64_t limit) const;

  /// A file without a name yet. `bytes`: what its content takes; `inode`: 0 if it is not on disk.
  FileId newFile(bool regular, std::uint64_t links, std::uint64_t bytes, std::uint64_t inode = 0);
  void addName(NodeId directory, std::string_view name, NameKind kind, FileId file,
               std::string_view target = {});
  /// Gives the file of `node` the further name `name`.
  void addLink(NodeId node, NodeId directory, std::string_view name);
  void removeNode(NodeId node);
  [[nodiscard]] std::uint64_t symlinkBytes(std::size_t target_bytes) const;

  // Of files, those of all layers.
  [[nodiscard]] std::size_t fileCount() const { return links_.size(); }
  [[nodiscard]] std::uint64_t links(FileId file) const { return links_[file]; }
  [[nodiscard]] std::uint64_t bytes(FileId file) const { return bytes_[file]; }
  [[nodiscard]] bool isRegular(FileId file) const { return regular_[file]; }
  /// The inodes on disk that have got more links, ascending by inode.
  [[nodiscard]] std::vector<LinksAfter> grown() const;

 private:
  void growDirectory(NodeId directory, std::uint64_t entry_bytes);
  /// Calls `change` with each counter that a name of this kind, which is no directory's, counts in.
  template <class Change>
  void changeNameCounts(NameKind kind, std::size_t target_bytes, Change change);

  CopyCosts costs_;
  RoomUse use_;
  bool making_ = false;  // the layer is made here, and is not on disk already
  CountedTree current_;
  // By FileId, over all layers.
  std::vector<std::uint64_t> links_;
  std::vector<std::uint64_t> links_before_;  // 0 for what is not on disk
  std::vector<std::uint64_t> inodes_;        // likewise
  std::vector<std::uint64_t> bytes_;
  std::vector<bool> regular_;
  std::unordered_map<std::uint64_t, FileId> by_inode_;
};

}  // namespace hardlink
