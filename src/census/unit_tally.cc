#include "census/unit_tally.h"

#include <algorithm>

namespace hardlink {

LayerCounts UnitTally::finish(const Unit& unit, std::uint32_t number) {
  inodes_.update(present_, [&](InodeTable::Index index, InodeTable::Record& record) {
    record.names += names_[index];
    record.layers += unit.is_layer ? 1U : 0U;
    record.first_unit = std::min(record.first_unit, number);
    record.last_unit = std::max(record.last_unit, number);
  });
  LayerCounts layer = summary();
  layer.name = unit.layer_name;
  discard();
  return layer;
}

void UnitTally::discard() {
  for (const InodeTable::Index index : present_) {
    names_[index] = 0;
  }
  present_.clear();
}

void UnitTally::grow(InodeTable::Index index) {
  names_.resize(std::max<std::size_t>(std::size_t{index} + 1, names_.size() * 2));
}

LayerCounts UnitTally::summary() const {
  LayerCounts layer;
  layer.inode_links = BucketCounts(buckets_);
  layer.inodes = present_.size();
  for (const InodeTable::Index index : present_) {
    const InodeTable::Record& record = inodes_.record(index);
    const std::uint64_t names = names_[index];
    layer.names += names;
    layer.max_links = std::max<std::uint64_t>(layer.max_links, record.links);
    layer.inode_links.add(record.links);
    if (record.regular_file) {
      layer.max_names_per_inode = std::max(layer.max_names_per_inode, names);
      layer.pressure.offer({record.inode, record.links, names});
    }
  }
  return layer;
}

}  // namespace hardlink
