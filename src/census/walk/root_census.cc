#include "census/walk/root_census.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <tuple>
#include <utility>

#include "base/os/os.h"
#include "base/os/threads.h"
#include "census/count/shared_reading.h"
#include "census/walk/walk_reader.h"

namespace hardlink {
namespace {

/// How long a census that was stopped looks for names of what it has found: an operator waits.
constexpr std::chrono::milliseconds kPatienceForNames{500};

/// Calls `end` when it is destroyed: other threads wait for that, also after an exception.
template <class End>
class AtExit {
 public:
  explicit AtExit(End end) : end_(std::move(end)) {}
  AtExit(const AtExit&) = delete;
  AtExit& operator=(const AtExit&) = delete;
  ~AtExit() { end_(); }

 private:
  End end_;
};

}  // namespace

RootCensus::RootCensus(const CensusRequest& request, const FilesystemInfo& filesystem, int root,
                       CensusProgress& progress, const MakeReader& make_reader,
                       std::stop_token stop)
    : request_(request),
      progress_(progress),
      make_reader_(make_reader),
      stop_(std::move(stop)),
      exclusions_(request.options.exclude),
      rule_(request.farm, request.options.globs),
      tracker_(request, filesystem.link_limit),
      layer_sets_(request),
      hot_names_(request.hot_inodes),
      context_{request,  filesystem,  exclusions_, root,   inodes_,
               tracker_, layer_sets_, hot_names_,  parts_, progress},
      shallow_(context_),
      totals_(request),
      names_(context_, rule_, units_, make_reader, shallow_) {}

Result<RootCounts> RootCensus::run(std::string_view engine) {
  os::useIoPriority(request_.idle_io);
  countUnits();
  counts_.engine = engine;
  counts_.layout = toString(request_.farm.layout);
  if (stop_.stop_requested()) {
    return partialCounts();
  }
  RETURN_IF_ERROR(verifyCounts());
  sumUpInodes();
  sumUpUnits();
  sumUpHeads();
  sumUpUsers();
  counts_.bytes_of_layers = layer_sets_.bytes(inodes_, layer_of_unit_);
  countTracked();
  findNames();
  const std::uint64_t read_for_names = names_.directoriesRead();
  counts_.directories_read += read_for_names;
  counts_.directories_unchanged -= std::min(counts_.directories_unchanged, read_for_names);
  RETURN_IF_ERROR(verifyRootUnchanged());
  if (stop_.stop_requested()) {
    return Error{ECANCELED, "census of " + request_.path};
  }
  return std::move(counts_);
}

Result<RootCounts> RootCensus::partialCounts() {
  if (!request_.partial_on_stop || totals_.names == 0) {
    return Error{ECANCELED, "census of " + request_.path};
  }
  sumUpInodes();
  sumUpUnits();
  counts_.stopped = true;
  const Alarm patience(kPatienceForNames);
  stop_ = patience.token();
  findNames();
  return std::move(counts_);
}

void RootCensus::countUnits() {
  units_ = shallow_.countShallow(rule_, stop_);
  if (request_.farm.layout == Layout::docker_overlay) {
    markUnfinishedLayers(context_.root, units_);
  }
  progress_.layers_total = static_cast<std::uint64_t>(
      std::count_if(units_.begin(), units_.end(), [](const Unit& unit) { return unit.is_layer; }));
  parts_.begin(units_.size());
  inThreads(units_.empty() ? 1 : request_.threads, [this] { takeUnits(); });
  totals_.merge(shallow_.totals());
  counts_.holders = shallow_.holders();
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

void RootCensus::takeUnits() {
  os::useIoPriority(request_.idle_io);
  const auto reader = make_reader_(context_);
  for (;;) {
    const std::size_t index = next_unit_.fetch_add(1, std::memory_order_relaxed);
    if (index >= units_.size() || stop_.stop_requested()) {
      break;
    }
    const AtExit ended([this] { parts_.endUnit(); });
    countUnit(*reader, index);
  }
  while (auto part = parts_.take(stop_)) {
    const AtExit ended([reading = part->reading] { reading->endPart(); });
    reader->countPart(std::move(*part), stop_);
  }
  const std::lock_guard lock(mutex_);
  totals_.merge(reader->totals());
}

void RootCensus::countUnit(UnitReader& reader, std::size_t index) {
  const Unit& unit = units_[index];
  const auto number = static_cast<std::uint32_t>(index + 1);
  auto layer = reader.countUnit(unit, number, stop_);
  const bool is_done = unit.is_layer && !stop_.stop_requested();
  progress_.layers_done.fetch_add(is_done ? 1U : 0U, std::memory_order_relaxed);
  // After a stop the layer may not have been read to its end.
  if (layer && !stop_.stop_requested()) {
    const std::lock_guard lock(mutex_);
    layers_.emplace_back(number, std::move(*layer));
  }
}

void RootCensus::sumUpInodes() {
  counts_.names = totals_.names;
  counts_.directories = totals_.directories;
  counts_.directories_read = totals_.directories_read;
  counts_.directories_unchanged = totals_.directories_unchanged;
  counts_.contradictions = totals_.contradictions;
  std::sort(counts_.contradictions.begin(), counts_.contradictions.end());
  counts_.errors = totals_.errors;
  counts_.fullest_names = totals_.fullest_names;
  counts_.inode_links = BucketCounts(request_.buckets);
  SaturatedInodes saturated;
  for (InodeTable::Index i = 0; i < inodes_.size(); ++i) {
    const InodeTable::Record& inode = inodes_.record(i);
    if (inode.names == 0) {
      continue;  // met only in a reading that was discarded
    }
    const std::uint64_t bytes = inodes_.allocatedBytes(i);
    counts_.allocated_bytes += bytes;
    counts_.referenced_bytes += bytes * inode.names;
    if (tracker_.isSaturated(inode.links)) {
      ++saturated.inodes;
      saturated.empty += inode.isEmpty() ? 1U : 0U;
      saturated.bytes += bytes;
    }
    ++counts_.inodes;
    counts_.multilink_inodes += inode.links > 1 ? 1U : 0U;
    counts_.max_links = std::max<std::uint64_t>(counts_.max_links, inode.links);
    counts_.inode_links.add(inode.links);
  }
  if (context_.filesystem.link_limit) {
    counts_.saturated = saturated;
  }
  sumUpSingles();
}

void RootCensus::sumUpSingles() {
  const SingleLinks& singles = totals_.singles;
  const std::uint64_t inodes = singles.inodes();
  if (inodes == 0) {
    return;
  }
  counts_.inodes += inodes;
  counts_.allocated_bytes += singles.allocatedBytes();
  counts_.referenced_bytes += singles.allocatedBytes();
  counts_.max_links = std::max<std::uint64_t>(counts_.max_links, 1);
  counts_.inode_links.add(1, inodes);
  if (counts_.saturated && tracker_.isSaturated(1)) {
    counts_.saturated->inodes += inodes;
    counts_.saturated->empty += singles.empty();
    counts_.saturated->bytes += singles.allocatedBytes();
  }
}

void RootCensus::sumUpUnits() {
  std::sort(layers_.begin(), layers_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.name, a.first) < std::tie(b.second.name, b.first);
  });
  layer_of_unit_.assign(units_.size() + 1, 0);
  for (auto& [unit, layer] : layers_) {
    layer_of_unit_[unit] = static_cast<std::uint32_t>(counts_.layers.size());
    counts_.layers.push_back(std::move(layer));
  }
  layers_.clear();
  for (const Unit& unit : units_) {
    if (unit.is_unfinished) {
      counts_.unfinished_layers.push_back(unit.path);
    }
  }
}

bool RootCensus::isLinked(const InodeTable::Record& inode) const {
  return inode.isRegular() || request_.farm.links_special_files;
}

void RootCensus::sumUpHeads() {
  if (request_.farm.layout == Layout::docker_overlay) {
    return;
  }
  for (InodeTable::Index i = 0; i < inodes_.size(); ++i) {
    const InodeTable::Record& inode = inodes_.record(i);
    if (inode.head_names > 0 && isLinked(inode)) {
      counts_.round_pressure.offer({inode.inode, inode.links, inode.head_names});
    }
  }
}

void RootCensus::sumUpUsers() {
  const bool is_known = request_.farm.layout == Layout::store;
  for (const auto& [number, names] : tracker_.sharedNames()) {
    if (number == 0) {
      continue;
    }
    const Unit& unit = units_[number - 1];
    if (is_known && unit.is_user) {
      counts_.links_per_user = std::max(counts_.links_per_user.value_or(0), names);
    } else if (!tracker_.samples().empty()) {
      counts_.child_links.push_back({unit.path, names});
    }
  }
  std::sort(counts_.child_links.begin(), counts_.child_links.end(),
            [](const ChildLinks& a, const ChildLinks& b) { return a.child < b.child; });
  for (const auto& [inode, numbers] : tracker_.located()) {
    LocatedInode& located = counts_.located.emplace_back();
    located.inode = inode;
    for (const std::uint32_t number : numbers) {
      if (number > 0) {
        located.children.push_back(units_[number - 1].path);
      }
    }
    std::sort(located.children.begin(), located.children.end());
  }
}

void RootCensus::countTracked() {
  std::vector<std::uint64_t> inodes = tracker_.requested();
  counts_.tight_inodes = tracker_.tightInodes();
  if (const auto binding = tracker_.binding()) {
    const auto at = std::lower_bound(inodes.begin(), inodes.end(), *binding);
    if (at == inodes.end() || *at != *binding) {
      inodes.insert(at, *binding);
    }
  }
  for (const std::uint64_t inode : inodes) {
    const InodeTable::Index index = inodes_.find(inode, InodeTable::kNone);
    if (index == InodeTable::kNone || inodes_.record(index).names == 0) {
      continue;
    }
    const InodeTable::Record& record = inodes_.record(index);
    std::vector<NamesInUnit> units = tracker_.unitsOf(inode);
    const auto missed = names_.countMissed(record, stop_);
    units.insert(units.end(), missed.begin(), missed.end());
    counts_.tracked.push_back(trackedInode(record, units));
    if (request_.tracked_paths > 0 && tracker_.isRequested(inode)) {
      counts_.tracked.back().paths = names_.listPaths(std::move(units), inode, stop_);
    }
  }
}

TrackedInode RootCensus::trackedInode(const InodeTable::Record& inode,
                                      const std::vector<NamesInUnit>& units) const {
  TrackedInode tracked{.inode = inode.inode,
                       .links = inode.links,
                       .linked = isLinked(inode),
                       .names_in_root = inode.names,
                       .layers = {}};
  for (const NamesInUnit& entry : units) {
    if (entry.unit == 0) {
      continue;
    }
    const Unit& unit = units_[entry.unit - 1];
    if (unit.is_layer) {
      tracked.layers.push_back({layer_of_unit_[entry.unit], entry.names});
    }
    tracked.names_unfinished += unit.is_unfinished ? entry.names : 0;
  }
  std::sort(tracked.layers.begin(), tracked.layers.end(),
            [](const LayerNames& a, const LayerNames& b) { return a.layer < b.layer; });
  return tracked;
}

void RootCensus::findNames() {
  const std::vector<InodeTable::Record> inodes = inodesToName();
  NamesByUnit names;
  WantedByUnit wanted = names_.takeKept(inodes, names);
  for (const FullDirectory& directory : totals_.fullest.entries()) {
    if (!directory.subdirectories.path.empty()) {
      continue;
    }
    if (auto path = names_.directoryPath(directory.inode)) {
      names[directory.unit][directory.inode].offer(std::move(*path));
    } else {
      wanted[directory.unit].push_back(directory.inode);
    }
  }
  for (const auto& [unit, wanted_inodes] : wanted) {
    names[unit].merge(names_.find(unit, wanted_inodes, stop_));
  }
  std::vector<HotInode> named = nameHotInodes(inodes, context_.root, request_.known_paths, names);
  if (const auto binding = counts_.stopped ? std::nullopt : tracker_.binding()) {
    const auto found = std::find_if(named.begin(), named.end(),
                                    [&](const HotInode& inode) { return inode.inode == *binding; });
    if (found != named.end() && !found->paths.empty()) {
      counts_.binding_path = found->paths.front();
    }
  }
  named.resize(std::min(named.size(), request_.hot_inodes));
  counts_.hot_inodes = std::move(named);
  nameFullestDirectories(names);
}

std::vector<InodeTable::Record> RootCensus::inodesToName() const {
  std::vector<InodeTable::Record> inodes =
      hottestInodes(inodes_, totals_.singles, request_.hot_inodes);
  // After a stop the layer that an inode binds may not have been read to its end.
  const auto binding = counts_.stopped ? std::nullopt : tracker_.binding();
  const auto index = binding ? inodes_.find(*binding, InodeTable::kNone) : InodeTable::kNone;
  const bool is_hot = std::any_of(inodes.begin(), inodes.end(),
                                  [&](const auto& inode) { return inode.inode == binding; });
  if (index != InodeTable::kNone && !is_hot) {
    inodes.push_back(inodes_.record(index));
  }
  return inodes;
}

void RootCensus::nameFullestDirectories(const NamesByUnit& names) {
  for (const FullDirectory& directory : totals_.fullest.entries()) {
    Subdirectories named = directory.subdirectories;
    if (named.path.empty()) {
      const NamesByInode& of_unit = names.at(directory.unit);
      const auto found = of_unit.find(directory.inode);
      named.path = found == of_unit.end() ? "" : found->second.first;
    }
    if (!named.path.empty()) {  // it is still there
      counts_.fullest_directories.push_back(std::move(named));
    }
  }
}

Result<void> RootCensus::verifyCounts() const {
  if (totals_.shortage != 0) {
    return Error{totals_.shortage, "census of " + request_.path};
  }
  const CensusErrors& errors = totals_.errors;
  if (totals_.names == 0 && errors.unread_directories > 0) {
    return Error{0, request_.path + ": nothing in it can be read (" + errors.example + ")"};
  }
  return {};
}

Result<void> RootCensus::verifyRootUnchanged() const {
  ASSIGN_OR_RETURN(const Fd now, os::openRoot(request_.path));
  int error = 0;
  const auto before = os::statDescriptor(context_.root, error);
  const auto after = os::statDescriptor(now.get(), error);
  if (!before || !after) {
    return Error{error, "stat " + request_.path};
  }
  if (before->inode != after->inode || before->device != after->device) {
    return Error{0, request_.path + " was replaced or remounted during the census"};
  }
  return {};
}

}  // namespace hardlink
