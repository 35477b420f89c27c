#include "commands/plan/search/removal_ledger.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace hardlink {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

RemovalLedger::Stock stockOf(const TrackedInode& tracked, std::uint64_t limit,
                             const std::vector<LayerCounts>& layers,
                             const std::vector<std::uint32_t>& group_of) {
  std::map<std::uint32_t, RemovalLedger::GroupShare> shares;
  for (const LayerNames& layer : tracked.layers) {
    const auto names = static_cast<std::int64_t>(layer.names);
    RemovalLedger::GroupShare& share = shares[group_of[layer.layer]];
    share.group = group_of[layer.layer];
    share.freed += names;
    share.taken = std::max(share.taken, layers[layer.layer].head ? names : 0);
  }
  RemovalLedger::Stock stock;
  stock.used = static_cast<std::int64_t>(tracked.links);
  stock.of = static_cast<std::int64_t>(limit);
  for (const auto& [group, share] : shares) {
    stock.in_groups.push_back(share);
  }
  return stock;
}

std::vector<std::uint32_t> groupsByLayer(const std::vector<LayerBatch>& groups,
                                         std::size_t layers) {
  std::vector<std::uint32_t> group_of(layers);
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    for (const std::uint32_t layer : groups[group].layers) {
      group_of[layer] = group;
    }
  }
  return group_of;
}

/// The removals that it takes for all of `layers` to go; none if one of them stays.
std::vector<Removal> neededFor(const std::vector<std::uint32_t>& layers,
                               const std::vector<LayerBatch>& groups,
                               const std::vector<std::uint32_t>& group_of) {
  std::vector<Removal> needed;
  for (const std::uint32_t layer : layers) {
    const std::vector<Removal>& removals = groups[group_of[layer]].removals;
    if (removals.empty()) {
      return {};
    }
    needed.insert(needed.end(), removals.begin(), removals.end());
  }
  std::sort(needed.begin(), needed.end());
  needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
  return needed;
}

RemovalLedger::Stock stockOf(const LayerStock& of_layers, const std::vector<LayerCounts>& layers,
                             const std::vector<LayerBatch>& groups) {
  RemovalLedger::Stock stock;
  stock.limit = of_layers.limit;
  stock.used = static_cast<std::int64_t>(of_layers.used);
  stock.of = static_cast<std::int64_t>(of_layers.of);
  stock.unit = static_cast<std::int64_t>(of_layers.unit);
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    RemovalLedger::GroupShare share{.group = group};
    for (const std::uint32_t layer : groups[group].layers) {
      const LayerStock::OfLayer& of_layer = of_layers.of_layers[layer];
      share.freed += static_cast<std::int64_t>(of_layer.freed);
      if (layers[layer].head) {
        share.taken = std::max(share.taken, static_cast<std::int64_t>(of_layer.take.each));
        stock.beside.temporary = std::max(stock.beside.temporary, of_layer.take.temporary);
        stock.beside.at_once = std::max(stock.beside.at_once, of_layer.take.at_once);
        stock.beside.once = std::max(stock.beside.once, of_layer.take.once);
      }
    }
    if (share.freed > 0) {
      stock.in_groups.push_back(share);
    }
  }
  return stock;
}

bool before(const RemovalLedger::GroupShare& a, const RemovalLedger::GroupShare& b) {
  return std::tie(a.group, a.freed, a.taken) < std::tie(b.group, b.freed, b.taken);
}

/// Any order that puts equal inodes side by side.
bool inOrder(const RemovalLedger::Stock& a, const RemovalLedger::Stock& b) {
  return a.used != b.used
             ? a.used < b.used
             : std::lexicographical_compare(a.in_groups.begin(), a.in_groups.end(),
                                            b.in_groups.begin(), b.in_groups.end(), before);
}

}  // namespace

std::int64_t RemovalLedger::Stock::lacks(std::int64_t copies, std::int64_t taken) const {
  Take take = beside;
  take.each = static_cast<std::uint64_t>(taken);
  return used + static_cast<std::int64_t>(takenBy(take, static_cast<std::uint64_t>(copies))) - of;
}

RemovalLedger::RemovalLedger(std::vector<LayerBatch> groups, std::size_t removals)
    : groups_(std::move(groups)), groups_of_(removals), made_(removals) {
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    missing_.push_back(groups_[group].removals.size());
    for (const Removal removal : groups_[group].removals) {
      groups_of_[removal].push_back(group);
    }
  }
}

RemovalLedger::RemovalLedger(const RootCounts& counts, std::optional<std::uint64_t> limit,
                             std::vector<LayerBatch> groups, std::size_t removals,
                             const std::vector<LayerStock>& stocks)
    : RemovalLedger(std::move(groups), removals) {
  if (!limit) {
    index();
    return;
  }
  const std::vector<std::uint32_t> group_of = groupsByLayer(groups_, counts.layers.size());
  for (const TrackedInode& tracked : counts.tracked) {
    if (tracked.linked && !tracked.layers.empty()) {
      stocks_.push_back(stockOf(tracked, *limit, counts.layers, group_of));
    }
  }
  std::sort(stocks_.begin(), stocks_.end(), inOrder);
  stocks_.erase(std::unique(stocks_.begin(), stocks_.end()), stocks_.end());
  for (const LayerStock& stock : stocks) {
    stocks_.push_back(stockOf(stock, counts.layers, groups_));
  }
  index();
}

RemovalLedger RemovalLedger::ofBytes(const RootCounts& counts,
                                     const std::vector<LayerBatch>& groups, std::size_t removals,
                                     std::uint64_t wanted_bytes) {
  const std::vector<std::uint32_t> group_of = groupsByLayer(groups, counts.layers.size());
  std::map<std::vector<Removal>, std::int64_t> sectors_by_needs;
  for (const BytesOfLayers& bytes : counts.bytes_of_layers) {
    const std::vector<Removal> needed = neededFor(bytes.layers, groups, group_of);
    if (!needed.empty()) {
      sectors_by_needs[needed] += static_cast<std::int64_t>(bytes.bytes / kSectorBytes);
    }
  }
  // Layers go as before. What they hold together goes with groups that have no layer. The last
  // group stays: one copy takes what is wanted, and there is room for none.
  std::vector<LayerBatch> all = groups;
  Stock stock;
  stock.limit = Limit::space;
  for (const auto& [needs, sectors] : sectors_by_needs) {
    stock.in_groups.push_back({.group = static_cast<std::uint32_t>(all.size()), .freed = sectors});
    stock.used += sectors;
    all.push_back({needs, {}});
  }
  stock.of = stock.used;
  stock.in_groups.push_back(
      {.group = static_cast<std::uint32_t>(all.size()),
       .taken = static_cast<std::int64_t>(wanted_bytes / kSectorBytes +
                                          (wanted_bytes % kSectorBytes == 0 ? 0 : 1))});
  all.emplace_back();
  RemovalLedger ledger(std::move(all), removals);
  ledger.stocks_.push_back(std::move(stock));
  ledger.index();
  return ledger;
}

std::uint64_t RemovalLedger::bytesFreed() const {
  const Stock& stock = stocks_.front();
  return static_cast<std::uint64_t>(stock.of - stock.used) * kSectorBytes;
}

void RemovalLedger::index() {
  stocks_of_.assign(groups_.size(), {});
  by_taken_.clear();
  for (std::uint32_t i = 0; i < stocks_.size(); ++i) {
    for (const GroupShare& share : stocks_[i].in_groups) {
      stocks_of_[share.group].push_back({i, share.freed});
    }
    by_taken_.push_back(stocks_[i].in_groups);
    std::stable_sort(by_taken_.back().begin(), by_taken_.back().end(),
                     [](const GroupShare& a, const GroupShare& b) { return a.taken > b.taken; });
  }
}

void RemovalLedger::keepInTheWayOf(std::uint64_t target) {
  std::vector<Stock> kept;
  for (std::size_t i = 0; i < stocks_.size(); ++i) {
    if (excessOf(i, target) > 0) {
      kept.push_back(stocks_[i]);
    }
  }
  stocks_ = std::move(kept);
  index();
}

bool RemovalLedger::isGone(std::uint32_t group) const {
  return missing_[group] == 0 && !groups_[group].removals.empty();
}

void RemovalLedger::remove(Removal removal) {
  made_[removal] = true;
  for (const std::uint32_t group : groups_of_[removal]) {
    if (--missing_[group] == 0) {
      layers_gone_ += groups_[group].layers.size();
      addShares(group, -1);
    }
  }
}

void RemovalLedger::restore(Removal removal) {
  made_[removal] = false;
  for (const std::uint32_t group : groups_of_[removal]) {
    if (missing_[group]++ == 0) {
      layers_gone_ -= groups_[group].layers.size();
      addShares(group, 1);
    }
  }
}

void RemovalLedger::addShares(std::uint32_t group, std::int64_t sign) {
  for (const StockShare& share : stocks_of_[group]) {
    stocks_[share.stock].used += sign * share.freed;
  }
}

std::int64_t RemovalLedger::mostTaken(std::size_t stock) const {
  for (const GroupShare& share : by_taken_[stock]) {
    if (!isGone(share.group)) {
      return share.taken;
    }
  }
  return 0;
}

std::optional<RemovalLedger::End> RemovalLedger::end() const {
  std::optional<End> end;
  for (std::size_t i = 0; i < stocks_.size(); ++i) {
    // Of the heads that remain, the one that takes most of a stock is the one it binds most.
    const std::int64_t taken = mostTaken(i);
    if (taken == 0) {
      continue;
    }
    const Stock& stock = stocks_[i];
    const auto left = static_cast<std::uint64_t>(std::max<std::int64_t>(0, stock.of - stock.used));
    Take take = stock.beside;
    take.each = static_cast<std::uint64_t>(taken);
    const auto margin = layersThatFit(take, left);
    const End found{stock.limit, *margin};
    if (!end || std::tie(found.margin, found.limit) < std::tie(end->margin, end->limit)) {
      end = found;
    }
  }
  return end;
}

std::optional<std::uint64_t> RemovalLedger::margin() const {
  const auto found = end();
  return found ? std::optional(found->margin) : std::nullopt;
}

std::int64_t RemovalLedger::excessOf(std::size_t stock, std::uint64_t target) const {
  const std::int64_t taken = mostTaken(stock);
  // A margin of 0 is what there is, even where an inode is over a lowered limit.
  if (taken == 0 || target == 0) {
    return 0;
  }
  const std::int64_t lacks = stocks_[stock].lacks(static_cast<std::int64_t>(target), taken);
  const std::int64_t unit = stocks_[stock].unit;
  return std::max<std::int64_t>(0, (lacks + unit - 1) / unit);
}

std::int64_t RemovalLedger::excess(std::uint64_t target) const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < stocks_.size(); ++i) {
    sum += excessOf(i, target);
  }
  return sum;
}

bool RemovalLedger::reaches(std::uint64_t target) const {
  for (std::size_t i = 0; i < stocks_.size(); ++i) {
    if (excessOf(i, target) > 0) {
      return false;
    }
  }
  return true;
}

}  // namespace hardlink
