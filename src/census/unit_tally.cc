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
  std::vector<std::uint64_t> tight;
  LayerCounts layer = summary(tight);
  layer.name = unit.layer_name;
  tracker_.addUnit(number, unit.is_layer ? &layer : nullptr, tight,
                   [this](std::uint64_t inode) { return namesOf(inode); });
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

LayerCounts UnitTally::summary(std::vector<std::uint64_t>& tight) const {
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
      if (tracker_.isTight(record.links, names)) {
        tight.push_back(record.inode);
      }
    }
  }
  return layer;
}

std::uint64_t UnitTally::namesOf(std::uint64_t inode) const {
  const InodeTable::Index index = inodes_.find(inode, InodeTable::kNone);
  return index < names_.size() ? names_[index] : 0;
}

}  // namespace hardlink
