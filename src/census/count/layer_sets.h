#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "census/count/engine.h"
#include "census/count/inode_table.h"
#include "model/counts.h"

namespace hardlink {

/// Which of the layers that may go hold an inode, for every inode: what several of them hold
/// together, and no other name does, is freed once all of them are gone.
///
/// Inodes that are in the same layers share one set. Copies of one tree differ in few inodes, so
/// there are few sets: of a series of k snapshots, in which files come and go once, k * k / 2 at
/// most. Memory: 8 bytes for each inode in the table, some 60 for each set; nothing unless it is
/// asked for.
class LayerSets {
 public:
  explicit LayerSets(const CensusRequest& request);

  /// The layer `name` has been counted as unit number `unit`: it has names of the inodes `present`,
  /// as many as `names[index]`, and of others that have one link each and `single_bytes` together.
  /// Any thread, also at the same time.
  void addLayer(const std::string& name, std::uint32_t unit,
                std::span<const InodeTable::Index> present, std::span<const std::uint32_t> names,
                std::uint64_t single_bytes);

  /// The bytes of the inodes all of whose links are in layers that were added. `layer_of_unit` are
  /// indices into RootCounts::layers. To be called once, after all layers.
  [[nodiscard]] std::vector<BytesOfLayers> bytes(
      const InodeTable& inodes, const std::vector<std::uint32_t>& layer_of_unit) const;

 private:
  using SetNumber = std::uint32_t;  // 0 is the empty set

  struct Names {
    std::uint32_t names = 0;
    SetNumber set = 0;
  };
  /// A set is another one, and one more unit.
  struct Set {
    SetNumber others = 0;
    std::uint32_t unit = 0;
    std::uint64_t single_bytes = 0;  // of inodes that are in no InodeTable
  };

  bool all_may_go_ = false;
  std::set<std::string, std::less<>> removable_;
  std::mutex mutex_;                             // guards what follows while there are threads
  std::vector<Names> names_;                     // by index of the inode
  std::vector<Set> sets_ = std::vector<Set>(1);  // by number
};

}  // namespace hardlink
