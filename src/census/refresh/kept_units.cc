#include "census/refresh/kept_units.h"

#include <algorithm>
#include <utility>

namespace hardlink {
namespace {

// What the containers add, roughly.
constexpr std::size_t kUnitOverhead = sizeof(KeptUnits::Unit) + 64;
constexpr std::size_t kRunOverhead = 96;
constexpr std::size_t kPointerBytes = sizeof(void*);

std::size_t bytesOf(const KeptUnits::Unit& unit) {
  return kUnitOverhead + unit.path.size() + unit.named.size() +
         (unit.directories.size() + unit.runs.size()) * kPointerBytes +
         unit.fullest.size() * sizeof(FullDirectory) +
         unit.hot_names.size() * sizeof(NameRanges::value_type);
}

/// Whether both have the same contents, as they must if their directories are the same. Runs with
/// the same contents are the same.
bool isSame(const KeptUnits::Unit& a, const KeptUnits::Unit& b) {
  return a.fingerprint != b.fingerprint ||
         (a.runs == b.runs && a.directories == b.directories && a.figures == b.figures &&
          std::equal(a.fullest.begin(), a.fullest.end(), b.fullest.begin(), b.fullest.end(),
                     [](const FullDirectory& x, const FullDirectory& y) {
                       // Not the path: a directory above the unit can be renamed.
                       return x.inode == y.inode &&
                              x.subdirectories.count == y.subdirectories.count &&
                              x.subdirectories.limit == y.subdirectories.limit;
                     }));
}

}  // namespace

bool KeptUnits::Unit::hasNames(const std::vector<std::uint64_t>& wanted) const {
  return std::all_of(wanted.begin(), wanted.end(),
                     [this](std::uint64_t inode) { return names.contains(inode); });
}

std::vector<KeptUnits::Unit*> KeptUnits::begin() {
  std::vector<Unit*> all;
  all.reserve(units_.size());
  for (auto& [inode, unit] : units_) {
    unit.is_current = false;
    unit.is_unchanged = false;
    unit.singles = {};
    all.push_back(&unit);
  }
  return all;
}

bool KeptUnits::anyUnchanged() const {
  return std::any_of(units_.begin(), units_.end(),
                     [](const auto& entry) { return entry.second.is_unchanged; });
}

KeptUnits::Unit* KeptUnits::find(std::uint64_t inode) {
  const std::lock_guard lock(mutex_);
  const auto found = units_.find(inode);
  if (found == units_.end()) {
    return nullptr;
  }
  found->second.is_current = true;
  return &found->second;
}

bool KeptUnits::keep(std::uint64_t inode, UnitContents contents) {
  Unit unit;
  unit.is_current = true;
  unit.path = std::move(contents.path);
  unit.figures = contents.figures;
  unit.fullest = std::move(contents.fullest);
  unit.hot_names = std::move(contents.hot_names);
  unit.fingerprint = contents.directories.fingerprint;
  unit.directory_count = contents.directories.count;
  unit.named = std::move(contents.directories.named);
  std::vector<std::string> runs = packRuns(contents.inodes);

  const std::lock_guard lock(mutex_);
  unit.runs = share(std::move(runs));
  unit.directories = share(std::move(contents.directories.runs));
  bytes_ += bytesOf(unit);
  const auto before = units_.find(inode);
  bool contradicts = false;
  if (before != units_.end()) {
    contradicts = before->second.is_unchanged && !isSame(unit, before->second);
    release(before->second);
    units_.erase(before);
  }
  if (bytes_ > kMostBytes) {
    release(unit);
  } else {
    units_.emplace(inode, std::move(unit));
  }
  return contradicts;
}

void KeptUnits::forget(std::uint64_t inode) {
  const std::lock_guard lock(mutex_);
  if (const auto found = units_.find(inode); found != units_.end()) {
    release(found->second);
    units_.erase(found);
  }
}

void KeptUnits::forgetOthers() {
  std::erase_if(units_, [this](const auto& entry) {
    if (!entry.second.is_current) {
      release(entry.second);
    }
    return !entry.second.is_current;
  });
}

void KeptUnits::clear() {
  units_.clear();
  runs_.clear();
  bytes_ = 0;
}

std::vector<const std::string*> KeptUnits::share(std::vector<std::string> runs) {
  std::vector<const std::string*> shared;
  shared.reserve(runs.size());
  for (std::string& run : runs) {
    const std::size_t bytes = run.size() + kRunOverhead;
    const auto [entry, is_new] = runs_.try_emplace(std::move(run), 0);
    bytes_ += is_new ? bytes : 0;
    ++entry->second;
    shared.push_back(&entry->first);
  }
  return shared;
}

void KeptUnits::release(const Unit& unit) {
  bytes_ -= bytesOf(unit);
  releaseRuns(unit.runs);
  releaseRuns(unit.directories);
}

void KeptUnits::releaseRuns(const std::vector<const std::string*>& runs) {
  for (const std::string* run : runs) {
    const auto entry = runs_.find(*run);
    if (--entry->second == 0) {
      bytes_ -= entry->first.size() + kRunOverhead;
      runs_.erase(entry);
    }
  }
}

}  // namespace hardlink
