#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>
#include <utility>

#include "census/engine.h"
#include "census/hot_inodes.h"
#include "census/inode_table.h"
#include "census/os.h"
#include "census/unit_counter.h"
#include "census/units.h"

namespace hardlink {
namespace {

/// One census by the walk engine. The calling thread and `threads - 1` others take units, one
/// after the other, until none is left.
class Walk {
 public:
  Walk(const CensusRequest& request, const FilesystemInfo& filesystem, CensusProgress& progress,
       std::stop_token stop)
      : request_(request),
        filesystem_(filesystem),
        progress_(progress),
        stop_(std::move(stop)),
        exclusions_(request.exclude) {}

  Result<RootCounts> run();

 private:
  void countUnits(UnitCounter& counter);
  void countUnitsInThread();
  void add(const UnitCounter::Totals& totals);
  void sumUpInodes();
  void dropUnsharedLayers();
  [[nodiscard]] Result<bool> isStillThere() const;

  const CensusRequest& request_;
  const FilesystemInfo& filesystem_;
  CensusProgress& progress_;
  std::stop_token stop_;
  Exclusions exclusions_;
  Fd root_;
  LayerPlan plan_;
  std::vector<Unit> units_;
  std::atomic<std::size_t> next_unit_{0};
  InodeTable inodes_;
  bool shared_between_layers_ = false;
  std::mutex mutex_;  // guards counts_ while there are threads
  RootCounts counts_;
};

Result<RootCounts> Walk::run() {
  auto root = os::openRoot(request_.path);
  if (!root) {
    return root.error();
  }
  root_ = std::move(*root);
  if (request_.idle_io) {
    os::useIdleIoPriority();
  }
  plan_ = probeLayers(root_.get(), request_.layers);

  UnitCounter counter(request_, filesystem_, exclusions_, inodes_, progress_);
  units_ = counter.countShallow(root_.get(), plan_, stop_);
  progress_.layers_total = static_cast<std::uint64_t>(
      std::count_if(units_.begin(), units_.end(), [](const Unit& unit) { return unit.is_layer; }));
  {
    std::vector<std::jthread> helpers;
    const std::size_t useful = std::max<std::size_t>(1, units_.size());
    for (std::size_t i = 1; i < std::min<std::size_t>(request_.threads, useful); ++i) {
      helpers.emplace_back([this] { countUnitsInThread(); });
    }
    countUnits(counter);
  }
  add(counter.totals());
  if (stop_.stop_requested()) {
    return Error{ECANCELED, "census of " + request_.path};
  }
  sumUpInodes();
  dropUnsharedLayers();
  counts_.hot_inodes = nameHotInodes(hottestInodes(inodes_, request_.hot_inodes), root_.get(),
                                     request_, filesystem_, plan_, units_, stop_);
  if (counts_.layers.empty()) {
    for (HotInode& hot : counts_.hot_inodes) {
      hot.layers = 0;  // counted before it turned out that the children are no layers
    }
  }
  if (const auto there = isStillThere(); !there) {
    return there.error();
  }
  if (stop_.stop_requested()) {
    return Error{ECANCELED, "census of " + request_.path};
  }
  return std::move(counts_);
}

void Walk::countUnitsInThread() {
  if (request_.idle_io) {
    os::useIdleIoPriority();
  }
  UnitCounter counter(request_, filesystem_, exclusions_, inodes_, progress_);
  countUnits(counter);
  add(counter.totals());
}

void Walk::countUnits(UnitCounter& counter) {
  for (;;) {
    const std::size_t index = next_unit_.fetch_add(1, std::memory_order_relaxed);
    if (index >= units_.size() || stop_.stop_requested()) {
      return;
    }
    const Unit& unit = units_[index];
    auto layer = counter.countUnit(root_.get(), unit, static_cast<std::uint32_t>(index + 1), stop_);
    progress_.layers_done.fetch_add(unit.is_layer ? 1U : 0U, std::memory_order_relaxed);
    if (layer) {
      const std::lock_guard lock(mutex_);
      counts_.layers.push_back(std::move(*layer));
    }
  }
}

void Walk::add(const UnitCounter::Totals& totals) {
  const std::lock_guard lock(mutex_);
  counts_.names += totals.names;
  counts_.directories += totals.directories;
  counts_.max_subdirectories = std::max(counts_.max_subdirectories, totals.max_subdirectories);
  for (std::size_t i = 0; i < totals.errors.by_reason.size(); ++i) {
    counts_.errors.by_reason[i] += totals.errors.by_reason[i];
  }
  counts_.errors.unread_directories += totals.errors.unread_directories;
  if (counts_.errors.example.empty()) {
    counts_.errors.example = totals.errors.example;
  }
}

void Walk::sumUpInodes() {
  counts_.engine = "walk";
  counts_.inode_links = BucketCounts(request_.buckets);
  counts_.inodes = inodes_.size();
  for (InodeTable::Index i = 0; i < inodes_.size(); ++i) {
    const InodeTable::Record& inode = inodes_.record(i);
    counts_.multilink_inodes += inode.links > 1 ? 1U : 0U;
    counts_.max_links = std::max<std::uint64_t>(counts_.max_links, inode.links);
    counts_.inode_links.add(inode.links);
    shared_between_layers_ = shared_between_layers_ || inode.layers > 1;
  }
  std::sort(counts_.layers.begin(), counts_.layers.end(),
            [](const LayerCounts& a, const LayerCounts& b) { return a.name < b.name; });
}

void Walk::dropUnsharedLayers() {
  if (plan_.only_if_shared && !shared_between_layers_) {
    plan_.layout = Layout::none;
    counts_.layers.clear();
  }
  counts_.layout = toString(plan_.layout);
}

/// Whether the path still leads to the directory that was counted.
Result<bool> Walk::isStillThere() const {
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

class WalkEngine : public CensusEngine {
 public:
  [[nodiscard]] std::string_view name() const override { return "walk"; }

  [[nodiscard]] Result<RootCounts> count(const CensusRequest& request,
                                         const FilesystemInfo& filesystem, CensusProgress& progress,
                                         const std::stop_token& stop) override {
    return Walk(request, filesystem, progress, stop).run();
  }
};

}  // namespace

std::unique_ptr<CensusEngine> makeWalkEngine() { return std::make_unique<WalkEngine>(); }

}  // namespace hardlink
