#pragma once

/// The layer that an extraction on paper is at: its tree, the link counts of the inodes of all
/// layers so far, and the inodes and bytes that they take of the filesystem. Pure. Not thread-safe.

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "commands/preflight/unpacking/layer_tree.h"
#include "model/layer_entry.h"
#include "model/limits.h"

namespace hardlink {

/// Inodes, and bytes beside what the inodes themselves take.
struct Objects {
  std::uint64_t inodes = 0;
  std::uint64_t bytes = 0;

  /// No further than to the largest number.
  void add(const Objects& other);

  bool operator==(const Objects&) const = default;
};

/// Where an extraction takes place.
struct ExtractionRoom {
  FreeRoom left{};  ///< before it; what is unset limits nothing
  CopyCosts costs{};
  /// Directories that the one with the layers can still hold; unset where there is no limit.
  std::optional<std::uint64_t> subdirectories_left{};
  Objects making{};        ///< Docker's own files beside a layer while the layer below is copied
  Objects unpacking{};     ///< Docker's further files from then on, until the layer is complete
  Objects made{};          ///< Docker's own files for a complete layer, instead of the two above
  MakersOwn makers_own{};  ///< upper bounds of the same, for the margins of later layers
};

/// One of the limits that is not enough.
struct Shortage {
  Limit limit{};
  std::uint64_t needed = 0;  ///< by the step that began with begin(), so far
  std::uint64_t left = 0;    ///< when it began

  bool operator==(const Shortage&) const = default;
};

/// What `bytes` of a file's content take.
[[nodiscard]] std::uint64_t inClusters(std::uint64_t bytes, const CopyCosts& costs);

/// The inodes and bytes that an extraction takes, step by step, and whether they are there.
class RoomUse {
 public:
  RoomUse(const FreeRoom& left, const CopyCosts& costs) : left_(left), costs_(costs) {}

  /// Begins a step. shortage() tells the needs of one step as one figure.
  void begin() { step_ = used_; }
  void take(const Objects& objects);
  void giveBack(const Objects& objects);
  [[nodiscard]] std::optional<Shortage> shortage() const;
  /// What is left by now.
  [[nodiscard]] FreeRoom left() const;

  [[nodiscard]] const Objects& used() const { return used_; }
  /// The most that was in use at once since the last startPeak().
  [[nodiscard]] const Objects& peak() const { return peak_; }
  void startPeak() { peak_ = used_; }

 private:
  FreeRoom left_;
  CopyCosts costs_;
  Objects used_;
  Objects peak_;
  Objects step_;
};

/// What `files`, each with a path of its own, take when they are unpacked into a new directory.
[[nodiscard]] Objects takenUnpacked(const std::vector<LayerEntry>& files, const CopyCosts& costs);

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
