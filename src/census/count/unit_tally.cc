#include "census/count/unit_tally.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hardlink {

bool UnitTally::addNew(const InodeTable::Inode& inode) {
  if (inode.links != 1 || tracker_.mayBeAskedFor(inode.inode)) {
    return add(inodes_.insert(inode));
  }
  addSingle(inode);
  const HotNames::Rank rank{1, inode.inode};
  return !coolest_.isHotterThan(rank) && hot_names_.offer(rank, coolest_);
}

/// Those that a copy links are alike to a layer's frontier, which names the one with the lowest
/// number. That one may bind the root and be asked for then, so it is held back.
void UnitTally::addSingle(const InodeTable::Inode& inode) {
  if (listed_singles_.size() < most_listed_) {
    listed_singles_.push_back(inode.inode);
  }
  countSingle(inode);
}

void UnitTally::countSingle(const InodeTable::Inode& inode) {
  const bool is_linked = request_.farm.links_special_files || InodeTable::isRegular(inode.kind);
  if (is_linked && !first_single_) {
    first_single_ = inode;
    return;
  }
  InodeTable::Inode counted = inode;
  if (is_linked && inode.inode < first_single_->inode) {
    std::swap(counted, *first_single_);
  }
  singles_.add(counted);
}

void UnitTally::keepFirstSingle(const Unit& unit) {
  if (!first_single_) {
    return;
  }
  if (unit.is_layer) {
    add(inodes_.insert(*first_single_));
  } else {
    singles_.add(*first_single_);
  }
}

void UnitTally::absorb(UnitTally& other) {
  removeMarks();
  other.removeMarks();
  for (const InodeTable::Index index : other.present_) {
    if (index >= names_.size()) {
      grow(index);
    }
    if (names_[index] == 0) {
      present_.push_back(index);
    }
    names_[index] += other.names_[index];
  }
  singles_.merge(other.singles_);
  if (other.first_single_) {
    countSingle(*other.first_single_);
  }
  listed_singles_.insert(listed_singles_.end(), other.listed_singles_.begin(),
                         other.listed_singles_.end());
  for (const auto& [inode, range] : other.found_) {
    found_[inode].merge(range);
  }
  directories_.below += other.directories_.below;
  directories_.large += other.directories_.large;
  directories_.large_bytes += other.directories_.large_bytes;
  other.discard();
}

LayerCounts UnitTally::finish(const Unit& unit, std::uint32_t number) {
  keepFirstSingle(unit);
  if (has_marked_ || !found_.empty()) {
    removeMarks();
    coolest_ = hot_names_.addUnit(number, found_);
  }
  addToTable(unit, number);
  all_singles_.addUnit(singles_, number, unit.is_layer);
  LayerCounts layer;
  layer.name = unit.layer_name;
  layer.head = unit.is_head;
  fillDirectories(layer);
  tracker_.addUnit(summary(unit, number, layer),
                   [this](std::uint64_t inode) { return namesOf(inode); });
  discard();
  return layer;
}

void UnitTally::fillDirectories(LayerCounts& layer) const {
  layer.directories = directories_.below + 1;
  const std::uint64_t small = layer.directories - std::min(layer.directories, directories_.large);
  layer.directory_bytes =
      directories_.large_bytes + small * directoryBytes(costs_, kDotEntriesBytes);
}

void UnitTally::addToTable(const Unit& unit, std::uint32_t number) {
  const std::uint32_t layers = unit.is_layer ? 1 : 0;
  // Only series have rounds. Measured: an addition for each name more takes 4 % of a census.
  const bool counts_heads = unit.is_head && request_.farm.layout != Layout::docker_overlay;
  inodes_.update(present_, [=, this](InodeTable::Index index, InodeTable::Record& record) {
    const std::uint32_t names = names_[index];
    record.names += names;
    if (counts_heads) {
      record.head_names += names;
    }
    record.layers += layers;
    record.first_unit = std::min(record.first_unit, number);
    record.last_unit = std::max(record.last_unit, number);
  });
  if (unit.is_layer) {
    layer_sets_.addLayer(unit.layer_name, number, present_, names_, singles_.allocatedBytes());
  }
}

void UnitTally::discard() {
  for (const InodeTable::Index index : present_) {
    names_[index] = 0;
  }
  present_.clear();
  singles_.clear();
  first_single_.reset();
  listed_singles_.clear();
  if (has_marked_ || !has_marks_) {
    removeMarks();
    std::erase_if(marked_, [this](InodeTable::Index index) { return !mayBeHot(index); });
    for (const InodeTable::Index index : marked_) {
      names_[index] = kWatched;
    }
    has_marks_ = true;
    has_marked_ = false;
  }
  found_.clear();
  directories_ = {};
}

void UnitTally::meet() {
  const InodeTable::Index known = inodes_.size();
  if (known > names_.size()) {
    grow(known - 1);
  }
  for (; met_ < known; ++met_) {
    const InodeTable::Record& record = inodes_.record(met_);
    if (mayBeHot(met_) && hot_names_.offer({record.links, record.inode}, coolest_)) {
      marked_.push_back(met_);
      names_[met_] |= kWatched;
    }
  }
}

bool UnitTally::mayBeHot(InodeTable::Index index) const {
  const InodeTable::Record& record = inodes_.record(index);
  return !coolest_.isHotterThan({record.links, record.inode});
}

void UnitTally::removeMarks() {
  has_marks_ = false;
  for (const InodeTable::Index index : marked_) {
    names_[index] &= ~kWatched;
  }
}

void UnitTally::grow(InodeTable::Index index) {
  names_.resize(std::max<std::size_t>(std::size_t{index} + 1, names_.size() * 2));
}

CountedUnit UnitTally::summary(const Unit& unit, std::uint32_t number, LayerCounts& layer) const {
  CountedUnit counted{
      .number = number, .head = unit.is_head ? &layer : nullptr, .sampled = sampled()};
  layer.inode_links = BucketCounts(request_.buckets);
  layer.inodes = present_.size();
  fillSingles(layer);
  const bool links_all = request_.farm.links_special_files;
  std::uint64_t most_shared_names = 0;
  // Inodes side by side mostly have as many links and names. Measured: to look twice at each takes
  // a tenth of a census.
  LinkPressure last;
  std::uint64_t run = 0;  // of inodes with as many links as `last`
  for (const InodeTable::Index index : present_) {
    const InodeTable::Record& record = inodes_.record(index);
    const std::uint64_t names = names_[index];
    layer.names += names;
    if (record.links != last.links) {
      layer.inode_links.add(last.links, std::exchange(run, 0));
      layer.max_links = std::max<std::uint64_t>(layer.max_links, record.links);
      last = {.links = record.links};
    }
    ++run;
    if (record.links == names) {
      layer.exclusive_bytes += inodes_.allocatedBytes(index);
    }
    if (!record.isRegular() && !links_all) {  // a copy makes it anew, for each name
      layer.remade_names += names;
      layer.long_symlinks += record.kind == InodeTable::Kind::long_symlink ? names : 0;
      continue;
    }
    if (names != last.names || record.inode < last.inode) {
      layer.max_names_per_inode = std::max(layer.max_names_per_inode, names);
      last = {record.inode, record.links, names};
      layer.pressure.offer(last);
    }
    if (record.links > names) {
      most_shared_names = std::max(most_shared_names, names);
    }
    if (unit.is_head && tracker_.isTight(record.links, names)) {
      counted.tight.push_back(record.inode);
    }
  }
  layer.inode_links.add(last.links, run);
  counted.most_shared_names = most_shared_names;
  return counted;
}

void UnitTally::fillSingles(LayerCounts& layer) const {
  const std::uint64_t singles = singles_.inodes();
  if (singles == 0) {
    return;
  }
  layer.inodes += singles;
  layer.names += singles;
  layer.max_links = 1;
  layer.inode_links.add(1, singles);
  layer.exclusive_bytes += singles_.allocatedBytes();
  if (!request_.farm.links_special_files) {
    layer.remade_names += singles_.notRegular();
    layer.long_symlinks += singles_.count(InodeTable::Kind::long_symlink);
  }
}

/// Goes through the shorter of the two lists: a root may have many small units.
std::vector<std::uint64_t> UnitTally::sampled() const {
  const std::vector<std::uint64_t>& samples = tracker_.samples();
  std::vector<std::uint64_t> found;
  if (samples.size() < present_.size()) {
    std::copy_if(samples.begin(), samples.end(), std::back_inserter(found),
                 [this](std::uint64_t inode) { return namesOf(inode) > 0; });
    return found;
  }
  for (const InodeTable::Index index : present_) {
    const std::uint64_t inode = inodes_.record(index).inode;
    if (std::binary_search(samples.begin(), samples.end(), inode)) {
      found.push_back(inode);
    }
  }
  return found;
}

std::uint64_t UnitTally::namesOf(std::uint64_t inode) const {
  const InodeTable::Index index = inodes_.find(inode, InodeTable::kNone);
  return index < names_.size() ? names_[index] & ~kWatched : 0;
}

}  // namespace hardlink
