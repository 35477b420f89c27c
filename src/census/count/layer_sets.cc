#include "census/count/layer_sets.h"

#include <algorithm>
#include <unordered_map>

namespace hardlink {

LayerSets::LayerSets(const CensusRequest& request) {
  if (!request.count_freed_bytes) {
    return;
  }
  all_may_go_ = request.farm.layout == Layout::docker_overlay;
  for (const RemovableLayer& layer : request.farm.removable) {
    removable_.insert(layer.layer);
  }
}

void LayerSets::addLayer(const std::string& name, std::uint32_t unit,
                         std::span<const InodeTable::Index> present,
                         std::span<const std::uint32_t> names, std::uint64_t single_bytes) {
  if (!all_may_go_ && !removable_.contains(name)) {
    return;
  }
  const std::lock_guard lock(mutex_);
  // A unit is added once: what it adds to a set is known within this call only.
  std::unordered_map<SetNumber, SetNumber> larger;
  SetNumber last = 0;
  SetNumber last_larger = 0;
  if (single_bytes > 0) {
    larger.emplace(0, static_cast<SetNumber>(sets_.size()));
    sets_.push_back({0, unit, single_bytes});
  }
  for (const InodeTable::Index index : present) {
    if (index >= names_.size()) {
      names_.resize(std::max<std::size_t>(std::size_t{index} + 1, names_.size() * 2));
    }
    Names& inode = names_[index];
    inode.names += names[index];
    if (last_larger == 0 || inode.set != last) {
      const auto [at, is_new] = larger.try_emplace(inode.set, static_cast<SetNumber>(sets_.size()));
      if (is_new) {
        sets_.push_back({inode.set, unit, 0});
      }
      last = inode.set;
      last_larger = at->second;
    }
    inode.set = last_larger;
  }
}

std::vector<BytesOfLayers> LayerSets::bytes(const InodeTable& inodes,
                                            const std::vector<std::uint32_t>& layer_of_unit) const {
  std::vector<std::uint64_t> bytes_of_set;
  bytes_of_set.reserve(sets_.size());
  for (const Set& set : sets_) {
    bytes_of_set.push_back(set.single_bytes);
  }
  const auto known =
      static_cast<InodeTable::Index>(std::min<std::size_t>(names_.size(), inodes.size()));
  for (InodeTable::Index index = 0; index < known; ++index) {
    const Names& inode = names_[index];
    if (inode.names > 0 && inode.names == inodes.record(index).links) {
      bytes_of_set[inode.set] += inodes.allocatedBytes(index);
    }
  }
  std::vector<BytesOfLayers> result;
  for (SetNumber number = 1; number < sets_.size(); ++number) {
    if (bytes_of_set[number] == 0) {
      continue;
    }
    BytesOfLayers& entry = result.emplace_back();
    entry.bytes = bytes_of_set[number];
    for (SetNumber set = number; set != 0; set = sets_[set].others) {
      entry.layers.push_back(layer_of_unit[sets_[set].unit]);
    }
    std::sort(entry.layers.begin(), entry.layers.end());
  }
  std::sort(result.begin(), result.end(),
            [](const BytesOfLayers& a, const BytesOfLayers& b) { return a.layers < b.layers; });
  return result;
}

}  // namespace hardlink
