#include "census/ext4/ext4_reader.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "base/clean_path.h"
#include "base/os/os.h"
#include "census/ext4/ext4_reading.h"

namespace hardlink {
namespace {

/// How often a unit is read before a directory that changes all the time is given up on.
constexpr int kAttempts = 3;

/// How many directories are looked up and read at once. In between, threads that wait for work get
/// some, and the walk sees a stop.
constexpr std::size_t kMostAtOnce = 4096;

/// Reading fewer directories takes less time than giving some of them to another thread.
constexpr std::size_t kLeastShared = 16;

std::size_t depthOf(const std::string& path) {
  return path.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

/// Moves the last `count` of `from`, or all of them, to `to`.
void takeLast(std::vector<FoundDirectory>& from, std::size_t count,
              std::vector<FoundDirectory>& to) {
  to.clear();
  if (from.size() <= count) {
    std::swap(from, to);
    return;
  }
  const auto first = from.end() - static_cast<std::ptrdiff_t>(count);
  to.assign(std::make_move_iterator(first), std::make_move_iterator(from.end()));
  from.erase(first, from.end());
}

/// What an error says of an inode whose name is not known.
std::string describe(const std::string& path, std::uint64_t inode) {
  return path + " (inode " + std::to_string(inode) + ")";
}

}  // namespace

/// Counts a unit, or parts of it, in one thread.
class Ext4Reader::Counter : public LevelVisitor {
 public:
  Counter(Ext4Reader& reader, Ext4Reading& reading)
      : totals(reader.context_.request),
        reader_(reader),
        reading_(reading),
        unit_(reading.unit()) {}

  void share(std::vector<FoundDirectory>& level, std::size_t depth) override {
    if (level.size() < kLeastShared || !reading_.isWanted()) {
      return;
    }
    UnitPart part{.depth = depth};
    takeLast(level, level.size() / 2, part.directories);
    reading_.give(std::move(part));
  }

  bool startLevel(const std::vector<FoundDirectory>& nodes,
                  const std::vector<Ext4Directory>& directories, std::size_t depth) override {
    for (const Ext4Directory& directory : directories) {
      seen.push_back({directory.inode, directory.fingerprint});
      if (directory.is_encrypted) {
        reading_.is_encrypted = true;
        reading_.cancel();
      }
      if (directory.is_recent) {
        reading_.is_recent = true;
      }
    }
    totals.directories_read += directories.size();
    unit_directories_ = reading_.directories;
    nodes_ = &nodes;
    entry_bytes_.assign(nodes.size(), kDotEntriesBytes);
    with_paths_ =
        !reader_.context_.exclusions.none() && reader_.context_.exclusions.concern(depth + 1);
    subdirectories_.assign(nodes.size(), 0);
    return !reading_.isCancelled();
  }

  void endLevel(const std::vector<Ext4Directory>& directories) override {
    reading_.directories += new_directories_;
    new_directories_ = 0;
    for (std::size_t i = 0; i < directories.size(); ++i) {
      reader_.tally_.addEntries(entry_bytes_[i]);
      const auto limit = limitOf(directories[i], entry_bytes_[i]);
      if (!totals.fullest.mayWant(subdirectories_[i], limit.has_value())) {
        continue;
      }
      FullDirectory candidate{.subdirectories = {"", subdirectories_[i], limit},
                              .unit = reader_.unit_number_,
                              .inode = directories[i].inode};
      if (totals.fullest.wants(candidate)) {
        candidate.subdirectories.path = (*nodes_)[i].path;
        totals.fullest.offer(std::move(candidate));
      }
    }
  }

  void onEntries(std::size_t directory, std::span<const Ext4Entry> entries) override {
    std::uint64_t bytes = 0;
    for (const Ext4Entry& entry : entries) {
      bytes += entryBytes(entry.name.size());
      // Measured: to look a directory up among the files takes 3 % of a census.
      const InodeTable::Index known =
          entry.is_directory ? InodeTable::kNone : reader_.tally_.find(entry.inode);
      if (known != InodeTable::kNone) {
        count(directory, entry, reader_.tally_.add(known));
      } else {
        onUnknown(directory, entry);
      }
    }
    entry_bytes_[directory] += bytes;
  }

  void onError(std::size_t directory, int error) override {
    totals.addError(error, describe(unit_.path, (*nodes_)[directory].inode), true);
  }

  void onLost(std::uint64_t inode, int error) override {
    totals.addError(error, describe(unit_.path, inode), true);
  }

  UnitTotals totals;
  std::vector<SeenDirectory> seen;

 private:
  /// A name that the tally has; `is_wanted`: it is to be kept.
  void count(std::size_t directory, const Ext4Entry& entry, bool is_wanted) {
    if (is_wanted) {
      reader_.tally_.addName(entry.inode, (*nodes_)[directory].inode, entry.name,
                             [] { return std::string(); });
    }
    ++totals.names;
  }

  void onUnknown(std::size_t directory, const Ext4Entry& entry) {
    if (!reader_.volume_.isNameable(entry.inode)) {
      totals.addError(EUCLEAN, describe(unit_.path, entry.inode), false);
      return;
    }
    const Ext4InodeMap::Entry inode = entryOf(entry.inode);
    switch (inode.kind) {
      case Ext4Kind::unused:
        totals.addError(ENOENT, describe(unit_.path, entry.inode), false);
        return;
      case Ext4Kind::directory:
        onDirectory(directory, entry);
        return;
      case Ext4Kind::regular:
      case Ext4Kind::empty_regular:
      case Ext4Kind::symlink:
      case Ext4Kind::long_symlink:
      case Ext4Kind::special:
        count(directory, entry,
              reader_.tally_.addNew(inodeOf(reader_.volume_, entry.inode, inode)));
        return;
    }
  }

  Ext4InodeMap::Entry entryOf(std::uint32_t inode) {
    const Ext4InodeMap::Entry entry = reader_.map_.at(inode);
    // Made, or made into something else, since the pass over the inode tables.
    return entry.kind == Ext4Kind::unused || reading_.is_fresh ? reader_.inodes_.entry(inode)
                                                               : entry;
  }

  [[nodiscard]] std::optional<std::uint64_t> limitOf(const Ext4Directory& directory,
                                                     std::uint64_t entry_bytes) const {
    const FilesystemInfo& filesystem = reader_.context_.filesystem;
    if (filesystem.subdirectory_limit || !filesystem.unindexed_subdirectory_limit) {
      return filesystem.subdirectory_limit;
    }
    return !directory.is_indexed && directory.hasSeveralBlocks() &&
                   takesMoreThanOneBlock(filesystem.costs, entry_bytes)
               ? filesystem.unindexed_subdirectory_limit
               : std::nullopt;
  }

  void onDirectory(std::size_t directory, const Ext4Entry& entry) {
    const FoundDirectory& parent = (*nodes_)[directory];
    ++subdirectories_[directory];
    ++totals.directories;
    reader_.tally_.addDirectory();
    if (reader_.hidden_.contains(static_cast<std::uint32_t>(parent.inode), entry.name)) {
      return;
    }
    FoundDirectory node{entry.inode};
    if (with_paths_) {
      node.path = pathIn(parent.path, entry.name);
      if (reader_.context_.exclusions.match(node.path)) {
        return;
      }
    }
    // More than there are: a damaged filesystem.
    if (unit_directories_ + ++new_directories_ > reader_.map_.directoryCount() * 2 + 1024) {
      totals.addError(ELOOP, describe(unit_.path, entry.inode), true);
      return;
    }
    next.push_back(std::move(node));
  }

  Ext4Reader& reader_;
  Ext4Reading& reading_;
  const Unit& unit_;
  std::uint64_t unit_directories_ = 1;  // of all threads, at the begin of the level
  std::uint64_t new_directories_ = 0;   // found in the level
  const std::vector<FoundDirectory>* nodes_ = nullptr;
  bool with_paths_ = false;
  std::vector<std::uint64_t> subdirectories_;
  std::vector<std::uint64_t> entry_bytes_;
};

Ext4Reader::Ext4Reader(const CensusContext& context, const Ext4Volume& volume,
                       const Ext4InodeMap& map, const HiddenDirectories& hidden, KeptUnits* kept,
                       bool read_ahead)
    : context_(context),
      volume_(volume),
      map_(map),
      hidden_(hidden),
      walk_(context),
      directories_(volume),
      inodes_(volume),
      read_ahead_(read_ahead),
      tally_(context, totals_.singles),
      totals_(context.request) {
  if (kept != nullptr) {
    recall_.emplace(context, *kept, [this](const KeptUnits::Unit&, std::uint64_t inode) {
      return presentInode(static_cast<std::uint32_t>(inode));
    });
    tally_.listSingles(KeptUnits::kMostInodes);
  }
}

std::uint32_t Ext4Reader::unitInode(const Unit& unit, int& error) const {
  const Fd directory = os::openDirectoryAt(context_.root, unit.path.c_str(), error);
  if (!directory.valid()) {
    return 0;
  }
  const auto status = os::statDescriptor(directory.get(), error);
  return status ? static_cast<std::uint32_t>(status->inode) : 0;
}

std::optional<LayerCounts> Ext4Reader::countUnit(const Unit& unit, std::uint32_t number,
                                                 const std::stop_token& stop) {
  unit_number_ = number;
  int error = 0;
  const std::uint32_t start = unitInode(unit, error);
  if (start == 0 && error != EXDEV) {
    totals_.addError(error, unit.path, true);
    if (os::reasonOf(error) == CensusErrorReason::vanished) {
      return std::nullopt;
    }
  }
  if (start == 0) {
    LayerCounts layer = tally_.finish(unit, number);
    return unit.is_layer ? std::optional(std::move(layer)) : std::nullopt;
  }
  if (const auto recalled = recall_ ? recall_->count(unit, number, start, tally_) : std::nullopt) {
    LayerCounts layer = finishUnit(unit, number, *recalled);
    return unit.is_layer ? std::optional(std::move(layer)) : std::nullopt;
  }
  UnitReading reading = countUnchanged(unit, start, stop);
  const bool needs_kernel =
      reading.is_encrypted || reading.totals.errors[CensusErrorReason::io] > 0;
  if (needs_kernel && !stop.stop_requested()) {
    return askKernel(unit, number, stop);
  }
  if (recall_) {
    keepUnit(unit, start, reading);
  }
  LayerCounts layer = finishUnit(unit, number, reading.totals);
  return unit.is_layer ? std::optional(std::move(layer)) : std::nullopt;
}

/// A read of the device fails as a whole where one block of several is broken, and those that the
/// kernel reads at once are not known. It can tell itself which directories are lost. And only it
/// can spell encrypted names.
std::optional<LayerCounts> Ext4Reader::askKernel(const Unit& unit, std::uint32_t number,
                                                 const std::stop_token& stop) {
  tally_.discard();
  auto layer = walk_.countUnit(unit, number, stop);
  totals_.merge(walk_.takeTotals());
  return layer;
}

LayerCounts Ext4Reader::countFrom(std::uint32_t start, const Unit& unit, std::uint32_t number,
                                  const std::stop_token& stop) {
  unit_number_ = number;
  return finishUnit(unit, number, countUnchanged(unit, start, stop).totals);
}

Ext4Reader::UnitReading Ext4Reader::countUnchanged(const Unit& unit, std::uint32_t start,
                                                   const std::stop_token& stop) {
  for (int attempt = 1;; ++attempt) {
    Ext4Reading reading(context_, unit, unit_number_, attempt > 1);
    readShared(reading, start, stop);
    const std::uint64_t changed = inodes_.countChanged(reading.seen);
    if (changed == 0 || attempt == kAttempts || stop.stop_requested()) {
      reading.totals.errors[CensusErrorReason::vanished] += changed;
      const bool is_settled = attempt == 1 && !reading.is_recent && !stop.stop_requested() &&
                              reading.totals.errors == CensusErrors{};
      return {std::move(reading.totals), std::move(reading.seen), reading.is_encrypted, is_settled};
    }
    tally_.discard();
  }
}

void Ext4Reader::readShared(Ext4Reading& reading, std::uint32_t start,
                            const std::stop_token& stop) {
  Counter counter(*this, reading);
  walk(wholeOf(reading.unit(), start), reading.is_fresh, counter, stop);
  while (auto part = reading.takeBack()) {
    walk(std::move(*part), reading.is_fresh, counter, stop);
  }
  reading.addTo(tally_);
  reading.addFound(counter.totals, std::move(counter.seen));
}

void Ext4Reader::countPart(UnitPart part, const std::stop_token& stop) {
  auto* const reading = dynamic_cast<Ext4Reading*>(part.reading);
  if (reading == nullptr) {  // the kernel reads the unit
    walk_.countPart(std::move(part), stop);
    totals_.merge(walk_.takeTotals());
    return;
  }
  unit_number_ = reading->number();
  Counter counter(*this, *reading);
  walk(std::move(part), reading->is_fresh, counter, stop);
  reading->add(tally_);
  reading->addFound(counter.totals, std::move(counter.seen));
}

std::optional<InodeTable::Inode> Ext4Reader::presentInode(std::uint32_t inode) const {
  const Ext4InodeMap::Entry entry = map_.at(inode);
  if (entry.kind == Ext4Kind::unused || entry.kind == Ext4Kind::directory) {
    return std::nullopt;
  }
  return inodeOf(volume_, inode, entry);
}

void Ext4Reader::keepUnit(const Unit& unit, std::uint32_t start, UnitReading& reading) {
  if (!reading.is_settled) {
    recall_->forget(start);
    return;
  }
  recall_->keep(unit, start, tally_, packed(reading.directories), reading.totals,
                [&] { return areChanging(volume_, reading.directories); });
}

LayerCounts Ext4Reader::finishUnit(const Unit& unit, std::uint32_t number,
                                   const UnitTotals& unit_totals) {
  totals_.merge(unit_totals);
  context_.progress.names.fetch_add(unit_totals.names, std::memory_order_relaxed);
  context_.progress.directories.fetch_add(unit_totals.directories + 1, std::memory_order_relaxed);
  return tally_.finish(unit, number);
}

UnitPart Ext4Reader::wholeOf(const Unit& unit, std::uint32_t start) {
  return {.depth = depthOf(unit.path), .directories = {{start, unit.path}}};
}

void Ext4Reader::walk(UnitPart part, bool fresh, LevelVisitor& visitor,
                      const std::stop_token& stop) {
  std::vector<FoundDirectory> level = std::move(part.directories);
  std::vector<FoundDirectory> nodes;
  for (std::size_t depth = part.depth; !level.empty() && !stop.stop_requested();) {
    visitor.share(level, depth);
    takeLast(level, kMostAtOnce, nodes);
    inodes_.releaseDirectories();
    const std::vector<Ext4Directory> directories = lookUp(nodes, fresh, visitor);
    if (!visitor.startLevel(nodes, directories, depth)) {
      return;
    }
    directories_.read(directories, read_ahead_, visitor);
    visitor.endLevel(directories);
    if (level.empty()) {
      std::swap(level, visitor.next);
      ++depth;
    }
  }
}

std::vector<Ext4Directory> Ext4Reader::lookUp(std::vector<FoundDirectory>& nodes, bool fresh,
                                              LevelVisitor& visitor) {
  std::vector<Ext4Directory> directories;
  directories.reserve(nodes.size());
  std::erase_if(nodes, [&](const FoundDirectory& node) {
    const auto inode = static_cast<std::uint32_t>(node.inode);
    if (const auto known = fresh ? std::nullopt : map_.directory(inode)) {
      directories.push_back(*known);
      return false;
    }
    const auto found = inodes_.directory(inode);
    if (found) {
      directories.push_back(*found);
    } else {
      visitor.onLost(node.inode, found.error().code);
    }
    return !found;
  });
  return directories;
}

}  // namespace hardlink
