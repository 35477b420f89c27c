#include "census/root_census.h"

#include <algorithm>
#include <cerrno>
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
      exclusions_(request.exclude) {}

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
  const CensusContext context{request_, filesystem_, exclusions_, root_.get(), inodes_, progress_};
  WalkReader shallow(context);
  units_ = shallow.countShallow(plan_, stop_);
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
    auto layer = reader->countUnit(unit, static_cast<std::uint32_t>(index + 1), stop_);
    progress_.layers_done.fetch_add(unit.is_layer ? 1U : 0U, std::memory_order_relaxed);
    if (layer) {
      const std::lock_guard lock(mutex_);
      counts_.layers.push_back(std::move(*layer));
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
  std::sort(counts_.layers.begin(), counts_.layers.end(),
            [](const LayerCounts& a, const LayerCounts& b) { return a.name < b.name; });
}

void RootCensus::dropUnsharedLayers() {
  if (plan_.only_if_shared && !shared_between_layers_) {
    plan_.layout = Layout::none;
    counts_.layers.clear();
  }
  counts_.layout = toString(plan_.layout);
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
