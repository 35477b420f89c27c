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
#include <utility>
#include <vector>

#include "commands/preflight/unpacking/current_layer.h"
#include "commands/preflight/unpacking/unpacker.h"
#include "model/counts.h"
#include "model/layer_entry.h"
#include "model/limits.h"
#include "report/limits.h"

namespace hardlink {

/// The layers of images, one on top of the other. One of them is the *current* one, whose tree is
/// in memory. After a failure it is of no more use. Not thread-safe.
class Extraction {
 public:
  /// `limit`: links an inode can have.
  explicit Extraction(std::uint64_t limit, const ExtractionRoom& room = {});
  Extraction(const Extraction&) = delete;
  Extraction& operator=(const Extraction&) = delete;

  /// Makes an empty tree the current layer: what a base layer builds on.
  void startEmpty() { layer_.startEmpty(); }
  /// Adds a name of a layer on disk to the current one. The link count of an inode that is known
  /// already stays as the extraction has left it.
  void addPresent(const LayerName& name) { layer_.addPresent(name); }

  /// The tree of the current layer; a copy of it can be made the current one again.
  [[nodiscard]] const CountedTree& current() const { return layer_.counted(); }
  void setCurrent(CountedTree layer) { layer_.setCurrent(std::move(layer)); }

  /// Takes `objects` for something that is no layer: what `reason` says.
  [[nodiscard]] std::optional<ExtractionFailure> take(const Objects& objects, std::string reason);
  void giveBack(const Objects& objects) { layer_.use().giveBack(objects); }
  [[nodiscard]] RoomUse& use() { return layer_.use(); }
  /// What the filesystem has left by now.
  [[nodiscard]] FreeRoom roomLeft() const { return layer_.use().left(); }

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
  [[nodiscard]] std::vector<LinksAfter> grown() const { return layer_.grown(); }

 private:
  /// What a copy of the current layer takes, with what Docker makes of its own.
  [[nodiscard]] Objects copyTakes() const;
  /// Docker copies the current layer in the order of the names and stops at this one.
  [[nodiscard]] ExtractionFailure firstThatFails(const RoomUse& before) const;
  [[nodiscard]] LayerTakes marginTakes() const;
  [[nodiscard]] std::optional<std::uint64_t> least(const std::vector<std::uint32_t>& names,
                                                   const LayerTakes& takes) const;
  [[nodiscard]] std::optional<ExtractionFailure> shortageAt(const std::string& path,
                                                            std::string reason = {}) const;

  std::uint64_t limit_;
  ExtractionRoom room_;
  CurrentLayer layer_;
  std::optional<Unpacker> unpacker_;  // of the layer that is being made
  std::uint64_t layers_made_ = 0;
  std::vector<std::uint32_t> most_names_;  // of any new layer, by LayerTree::FileId
  LayerTakes most_taken_;                  // by a copy of any new layer
};

/// Of `grown`, those that may bind a layer more tightly than `margin` does, in whatever layers
/// their links are.
[[nodiscard]] std::vector<LinksAfter> tighterThan(const std::vector<LinksAfter>& grown,
                                                  std::optional<std::uint64_t> margin,
                                                  std::uint64_t limit);

/// The margin of a root of which `counts` was counted before, with `new_layers` the margin of what
/// has come since, and `grown` the inodes that have more links now and are all in counts.tracked as
/// far as some layer has them. `room` is as it was before for what Docker makes of its own and for
/// what things cost, and `left` what is left now. Unset if nothing limits any layer.
[[nodiscard]] std::optional<std::uint64_t> rootMargin(const RootCounts& counts,
                                                      const std::vector<LinksAfter>& grown,
                                                      std::optional<std::uint64_t> new_layers,
                                                      std::uint64_t limit,
                                                      const ExtractionRoom& room = {},
                                                      const FreeRoom& left = {});

}  // namespace hardlink
