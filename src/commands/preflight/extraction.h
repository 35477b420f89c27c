#pragma once

/// An extraction on paper: what Docker's overlay driver and its unpacker would do with an image's
/// layers, link by link, without touching anything. Pure: no system calls, no logging.
///
/// For each layer the driver first links every regular file of the parent's whole tree into a new
/// one, which takes c(i) more links of every inode i at once; then the unpacker applies the
/// entries of the layer's tar in order, in a root directory of its own (moby 20.10:
/// daemon/graphdriver/overlay, pkg/archive/diff.go). What it makes other than regular files is
/// made anew in every layer, which takes inodes and space, as do the files that a layer brings.
/// What a layer removes again is given back by then: the peak counts. At the end Docker sets the
/// times of the directories that the tar has, and fails if one is gone by then. A tar with one path
/// twice is refused by tar-split, through which Docker reads it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "commands/preflight/layer_tree.h"
#include "commands/preflight/room_use.h"
#include "model/layer_entry.h"
#include "model/limits.h"
#include "report/limits.h"

namespace hardlink {

/// Why a layer cannot be extracted.
struct ExtractionFailure {
  /// The name that cannot be made, below the layer's tree; empty where it is none of the layer's.
  std::string path{};
  std::optional<Limit> limit{};  ///< the one that is reached; unset for another reason
  /// Of that limit: links of the name's inode; inodes or bytes of what Docker makes up to there,
  /// and where it is the copy of the layer below, of all of the copy.
  std::uint64_t needed = 0;
  std::uint64_t left = 0;
  /// For people: without a limit, why; with one, what needs it where that is no layer.
  std::string reason{};

  bool operator==(const ExtractionFailure&) const = default;
};

/// An inode that exists on disk, as the extraction would leave it.
struct LinksAfter {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;

  bool operator==(const LinksAfter&) const = default;
};

/// Link counts and the tree of one layer, the *current* one. Memory grows with the names of that
/// layer and with the inodes of all layers. After a failure it is of no more use. Not thread-safe.
class Extraction {
 public:
  /// The tree of a layer, to come back to. Belongs to the Extraction that gave it.
  struct Layer {
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

  /// `limit`: links an inode can have.
  explicit Extraction(std::uint64_t limit, const ExtractionRoom& room = {});

  /// Makes an empty tree the current layer: what a base layer builds on.
  void startEmpty();
  /// Adds a name of a layer on disk to the current one. The link count of an inode that is known
  /// already stays as the extraction has left it.
  void addPresent(const LayerName& name);

  [[nodiscard]] const Layer& current() const { return current_; }
  void setCurrent(Layer layer);

  /// Takes `objects` for something that is no layer: what `reason` says.
  [[nodiscard]] std::optional<ExtractionFailure> take(const Objects& objects, std::string reason);
  void giveBack(const Objects& objects) { use_.giveBack(objects); }
  [[nodiscard]] RoomUse& use() { return use_; }
  /// What the filesystem has left by now.
  [[nodiscard]] FreeRoom roomLeft() const { return use_.left(); }

  /// A new layer on top of the current one: makes the parent's links. From here on the current
  /// layer is the new one.
  [[nodiscard]] std::optional<ExtractionFailure> beginLayer();
  /// Applies the next entry of its tar.
  [[nodiscard]] std::optional<ExtractionFailure> apply(const LayerEntry& entry);
  /// After its last entry.
  [[nodiscard]] std::optional<ExtractionFailure> endLayer();

  /// Further layers that can be made on top of the current one, by all limits; unset if nothing
  /// limits it.
  [[nodiscard]] std::optional<std::uint64_t> margin() const;
  /// The least of margin() over all layers that were made, with the link counts of now.
  [[nodiscard]] std::optional<std::uint64_t> marginOfNewLayers() const;
  /// The inodes on disk that have got more links, ascending by inode.
  [[nodiscard]] std::vector<LinksAfter> grown() const;

 private:
  using FileId = LayerTree::FileId;
  using NodeId = LayerTree::NodeId;
  using Outcome = std::optional<ExtractionFailure>;

  /// `bytes`: what it takes if it is made in a layer that is made here.
  FileId newFile(bool regular, std::uint64_t links, std::uint64_t bytes, std::uint64_t inode = 0);
  void growDirectory(NodeId directory, std::uint64_t entry_bytes);
  void addName(NodeId directory, std::string_view name, NameKind kind, FileId file,
               std::string_view target = {});
  void removeNode(NodeId node);
  void separateSpecialFiles();
  /// Calls `change` with each counter that a name of this kind, which is no directory's, counts in.
  template <class Change>
  void changeNameCounts(NameKind kind, std::size_t target_bytes, Change change);
  [[nodiscard]] std::uint64_t symlinkBytes(std::size_t target_bytes) const;
  /// What a copy of the current layer takes, with what Docker makes of its own.
  [[nodiscard]] Objects copyTakes() const;
  [[nodiscard]] ExtractionFailure firstThatFails(const RoomUse& before) const;
  [[nodiscard]] LayerTakes marginTakes() const;
  [[nodiscard]] std::optional<std::uint64_t> least(const std::vector<std::uint32_t>& names,
                                                   const LayerTakes& takes) const;
  [[nodiscard]] Outcome shortageAt(const std::string& path, std::string reason = {}) const;

  [[nodiscard]] Outcome applyEntry(const LayerEntry& entry, const std::string& path);

  [[nodiscard]] Outcome makeDirectories(std::string_view path);
  [[nodiscard]] Outcome applyAufsMetadata(const LayerEntry& entry, const std::string& path);
  [[nodiscard]] Outcome applyWhiteout(const std::string& directory, std::string_view name);
  [[nodiscard]] Outcome applyOpaque(const std::string& directory);
  [[nodiscard]] Outcome applyName(const LayerEntry& entry, const std::string& path);
  [[nodiscard]] Outcome makeName(const LayerEntry& entry, const std::string& path);
  [[nodiscard]] Outcome applyHardLink(const LayerEntry& entry, const std::string& path,
                                      NodeId directory, std::string_view name);

  std::uint64_t limit_;
  ExtractionRoom room_;
  RoomUse use_;
  std::uint64_t layers_made_ = 0;
  bool making_ = false;  // the current layer is made here, and is not on disk already
  Layer current_;
  // By FileId, over all layers.
  std::vector<std::uint64_t> links_;
  std::vector<std::uint64_t> links_before_;  // 0 for what is not on disk
  std::vector<std::uint64_t> inodes_;        // likewise
  std::vector<std::uint64_t> bytes_;
  std::vector<bool> regular_;
  std::vector<std::uint32_t> most_names_;  // of any new layer
  LayerTakes most_taken_;                  // by a copy of any new layer
  std::unordered_map<std::uint64_t, FileId> by_inode_;
  // Of the layer that is being made.
  std::unordered_set<std::size_t> entries_;   // hashes of the paths in its tar
  std::unordered_set<std::size_t> unpacked_;  // and of the paths below the tree that were made
  std::vector<std::string> directories_;      // which get their times at the end
  std::unordered_map<std::string, std::uint64_t> aufs_link_targets_;  // and what they take
  bool has_temporary_directory_ = true;  // where those are kept while the layer is made
};

}  // namespace hardlink
