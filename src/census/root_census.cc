#include "census/root_census.h"

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

#include "census/hot_inodes.h"
#include "census/os.h"
#include "census/parallel.h"
#include "census/walk_reader.h"

namespace hardlink {

RootCensus::RootCensus(const CensusRequest& request, const FilesystemInfo& filesystem,
                       CensusProgress& progress, std::stop_token stop)
    : request_(request),
      filesystem_(filesystem),
      progress_(progress),
      stop_(std::move(stop)),
      exclusions_(request.exclude),
      tracker_(request, filesystem.link_limit) {}

Result<bool> RootCensus::open() {
  auto root = os::openRoot(request_.path);
  if (!root) {
    return root.error();
  }
  root_ = std::move(*root);
  return true;
}

Result<RootCounts> RootCensus::run(std::string_view engine, const MakeReader& make_reader) {
  if (request_.idle_io) {
    os::useIdleIoPriority();
  }
  plan_ = probeLayers(root_.get(), request_.layers);
  const CensusContext context{request_, filesystem_, exclusions_, root_.get(),
                              inodes_,  tracker_,    progress_};
  WalkReader shallow(context);
  units_ = shallow.countShallow(plan_, stop_);
  counts_.unfinished_layers = findUnfinishedLayers(root_.get(), plan_, units_);
  progress_.layers_total = static_cast<std::uint64_t>(
      std::count_if(units_.begin(), units_.end(), [](const Unit& unit) { return unit.is_layer; }));
  inThreads(std::min<std::size_t>(request_.threads, units_.size()),
            [&] { countUnits(context, make_reader); });
  totals_.merge(shallow.totals());
  if (stop_.stop_requested()) {
    return Error{ECANCELED, "census of " + request_.path};
  }
  counts_.engine = engine;
  sumUpInodes();
  dropUnsharedLayers();
  countTracked(context, make_reader);
  nameHottest(context, make_reader, shallow);
  if (const auto there = isStillThere(); !there) {
    return there.error();
  }
  if (stop_.stop_requested()) {
    return Error{ECANCELED, "census of " + request_.path};
  }
  return std::move(counts_);
}

std::vector<std::uint64_t> RootCensus::inodes() const {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(inodes_.size());
  for (InodeTable::Index i = 0; i < inodes_.size(); ++i) {
    if (inodes_.record(i).names > 0) {
      numbers.push_back(inodes_.record(i).inode);
    }
  }
  return numbers;
}

void RootCensus::countUnits(const CensusContext& context, const MakeReader& make_reader) {
  if (request_.idle_io) {
    os::useIdleIoPriority();
  }
  const auto reader = make_reader(context);
  for (;;) {
    const std::size_t index = next_unit_.fetch_add(1, std::memory_order_relaxed);
    if (index >= units_.size() || stop_.stop_requested()) {
      break;
    }
    const Unit& unit = units_[index];
    const auto number = static_cast<std::uint32_t>(index + 1);
    auto layer = reader->countUnit(unit, number, stop_);
    progress_.layers_done.fetch_add(unit.is_layer ? 1U : 0U, std::memory_order_relaxed);
    if (layer) {
      const std::lock_guard lock(mutex_);
      layers_.emplace_back(number, std::move(*layer));
    }
  }
  const std::lock_guard lock(mutex_);
  totals_.merge(reader->totals());
}

void RootCensus::sumUpInodes() {
  counts_.names = totals_.names;
  counts_.directories = totals_.directories;
  counts_.max_subdirectories = totals_.max_subdirectories;
  counts_.errors = totals_.errors;
  counts_.inode_links = BucketCounts(request_.buckets);
  for (InodeTable::Index i = 0; i < inodes_.size(); ++i) {
    const InodeTable::Record& inode = inodes_.record(i);
    if (inode.names == 0) {
      continue;  // met only in a reading that was discarded
    }
    ++counts_.inodes;
    counts_.multilink_inodes += inode.links > 1 ? 1U : 0U;
    counts_.max_links = std::max<std::uint64_t>(counts_.max_links, inode.links);
    counts_.inode_links.add(inode.links);
    shared_between_layers_ = shared_between_layers_ || inode.layers > 1;
  }
  std::sort(layers_.begin(), layers_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.name, a.first) < std::tie(b.second.name, b.first);
  });
  layer_of_unit_.assign(units_.size() + 1, 0);
  for (auto& [unit, layer] : layers_) {
    layer_of_unit_[unit] = static_cast<std::uint32_t>(counts_.layers.size());
    counts_.layers.push_back(std::move(layer));
  }
  layers_.clear();
}

void RootCensus::dropUnsharedLayers() {
  if (plan_.only_if_shared && !shared_between_layers_) {
    plan_.layout = Layout::none;
    counts_.layers.clear();
  }
  counts_.layout = toString(plan_.layout);
}

void RootCensus::countTracked(const CensusContext& context, const MakeReader& make_reader) {
  std::vector<std::uint64_t> inodes = tracker_.requested();
  if (!counts_.layers.empty()) {
    counts_.tight_inodes = tracker_.tightInodes();
    if (const auto binding = tracker_.binding()) {
      const auto at = std::lower_bound(inodes.begin(), inodes.end(), *binding);
      if (at == inodes.end() || *at != *binding) {
        inodes.insert(at, *binding);
      }
    }
  }
  for (const std::uint64_t inode : inodes) {
    const InodeTable::Index index = inodes_.find(inode, InodeTable::kNone);
    if (index == InodeTable::kNone || inodes_.record(index).names == 0) {
      continue;
    }
    const InodeTable::Record& record = inodes_.record(index);
    TrackedInode tracked{.inode = inode,
                         .links = record.links,
                         .regular_file = record.regular_file,
                         .names_in_root = record.names,
                         .layers = {}};
    if (!counts_.layers.empty()) {
      auto layers = tracker_.layersOf(inode);
      const auto missed = countMissed(inode, record, context, make_reader);
      layers.insert(layers.end(), missed.begin(), missed.end());
      tracked.layers = byLayer(layers);
    }
    counts_.tracked.push_back(std::move(tracked));
  }
}

std::vector<NamesInLayer> RootCensus::countMissed(std::uint64_t inode,
                                                  const InodeTable::Record& record,
                                                  const CensusContext& context,
                                                  const MakeReader& make_reader) {
  std::vector<std::uint32_t> units = tracker_.missedBy(inode);
  std::erase_if(units, [&](std::uint32_t unit) {
    return unit < record.first_unit || unit > record.last_unit;
  });
  std::vector<NamesInLayer> layers(units.size());
  std::atomic<std::size_t> next{0};
  inThreads(std::min<std::size_t>(request_.threads, units.size()), [&] {
    if (units.empty()) {
      return;
    }
    const auto reader = make_reader(context);
    for (std::size_t i = next.fetch_add(1, std::memory_order_relaxed); i < units.size();
         i = next.fetch_add(1, std::memory_order_relaxed)) {
      const NamesByInode names = reader->collectNames(units_[units[i] - 1], {inode}, stop_);
      const auto found = names.find(inode);
      layers[i] = {units[i], found == names.end() ? 0 : found->second.count};
    }
  });
  std::erase_if(layers, [](const NamesInLayer& layer) { return layer.names == 0; });
  return layers;
}

std::vector<LayerNames> RootCensus::byLayer(const std::vector<NamesInLayer>& counted) const {
  std::vector<LayerNames> layers;
  layers.reserve(counted.size());
  for (const NamesInLayer& entry : counted) {
    layers.push_back({layer_of_unit_[entry.unit], entry.names});
  }
  std::sort(layers.begin(), layers.end(),
            [](const LayerNames& a, const LayerNames& b) { return a.layer < b.layer; });
  return layers;
}

void RootCensus::nameHottest(const CensusContext& context, const MakeReader& make_reader,
                             WalkReader& shallow) {
  const auto reader = make_reader(context);
  const CollectNames collect = [&](std::uint32_t unit, const std::vector<std::uint64_t>& wanted) {
    return unit == 0 ? shallow.collectShallowNames(plan_, wanted, stop_)
                     : reader->collectNames(units_[unit - 1], wanted, stop_);
  };
  counts_.hot_inodes = nameHotInodes(hottestInodes(inodes_, request_.hot_inodes), root_.get(),
                                     request_.known_paths, collect);
  if (counts_.layers.empty()) {
    for (HotInode& hot : counts_.hot_inodes) {
      hot.layers = 0;  // counted before it turned out that the children are no layers
    }
  }
}

/// Whether the path still leads to the directory that was counted.
Result<bool> RootCensus::isStillThere() const {
  auto now = os::openRoot(request_.path);
  if (!now) {
    return now.error();
  }
  int error = 0;
  const auto before = os::statDescriptor(root_.get(), error);
  const auto after = os::statDescriptor(now->get(), error);
  if (!before || !after) {
    return Error{error, "stat " + request_.path};
  }
  if (before->inode != after->inode || before->device != after->device) {
    return Error{0, request_.path + " was replaced or remounted during the census"};
  }
  return true;
}

}  // namespace hardlink
