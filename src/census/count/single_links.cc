#include "census/count/single_links.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "census/count/hot_names.h"

namespace hardlink {
namespace {

bool isHotter(const InodeTable::Record& a, const InodeTable::Record& b) {
  return HotNames::Rank{a.links, a.inode}.isHotterThan({b.links, b.inode});
}

}  // namespace

void HottestInodes::offer(const InodeTable::Record& inode) {
  if (heap_.size() == most_) {
    if (most_ == 0 || !isHotter(inode, heap_.front())) {
      return;
    }
    std::pop_heap(heap_.begin(), heap_.end(), isHotter);
    heap_.pop_back();
  }
  heap_.push_back(inode);
  std::push_heap(heap_.begin(), heap_.end(), isHotter);
}

std::vector<InodeTable::Record> HottestInodes::take() {
  std::sort_heap(heap_.begin(), heap_.end(), isHotter);
  return std::exchange(heap_, {});
}

void SingleLinks::add(const InodeTable::Inode& inode) {
  ++by_kind_[static_cast<std::size_t>(inode.kind)];
  bytes_ += inode.allocated_bytes;
  InodeTable::Record record;
  record.inode = inode.inode;
  record.links = 1;
  record.kind = inode.kind;
  record.names = 1;
  hottest_.offer(record);
}

void SingleLinks::addUnit(const SingleLinks& of_unit, std::uint32_t unit, bool is_layer) {
  addSums(of_unit);
  for (InodeTable::Record record : of_unit.hottest()) {
    record.layers = is_layer ? 1 : 0;
    record.first_unit = unit;
    record.last_unit = unit;
    hottest_.offer(record);
  }
}

void SingleLinks::merge(const SingleLinks& other) {
  addSums(other);
  for (const InodeTable::Record& record : other.hottest()) {
    hottest_.offer(record);
  }
}

void SingleLinks::clear() {
  by_kind_.fill(0);
  bytes_ = 0;
  hottest_.clear();
}

std::uint64_t SingleLinks::inodes() const {
  return std::accumulate(by_kind_.begin(), by_kind_.end(), std::uint64_t{0});
}

void SingleLinks::addSums(const SingleLinks& other) {
  std::transform(by_kind_.begin(), by_kind_.end(), other.by_kind_.begin(), by_kind_.begin(),
                 std::plus<>());
  bytes_ += other.bytes_;
}

}  // namespace hardlink
