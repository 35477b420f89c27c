#include "census/ext4/ext4_reader.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clean_path.h"
#include "base/os/os.h"

namespace hardlink {
namespace {

/// How often a unit is read before a directory that changes all the time is given up on.
constexpr int kAttempts = 3;

std::size_t depthOf(const std::string& path) {
  return path.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

/// What an error says of an inode whose name is not known.
std::string describe(const std::string& path, std::uint32_t inode) {
  return path + " (inode " + std::to_string(inode) + ")";
}

}  // namespace

/// What a walk over a unit, level by level, does with what it meets.
class Ext4Reader::LevelVisitor : public Ext4DirectoryReader::Visitor {
 public:
  /// The directories of a level, one for each node, before they are read; false ends the walk.
  virtual bool startLevel(const std::vector<Node>& nodes,
                          const std::vector<Ext4Directory>& directories, std::size_t depth) = 0;
  virtual void endLevel(const std::vector<Ext4Directory>& /*directories*/) {}
  /// A directory that is none any more, or cannot be read.
  virtual void onLost(std::uint32_t /*inode*/, int /*error*/) {}

  std::vector<Node> next;  ///< the next level
};

/// Counts a unit.
class Ext4Reader::Counter : public LevelVisitor {
 public:
  /// `fresh`: the unit is read again, and the map is of another moment.
  Counter(Ext4Reader& reader, const Unit& unit, bool fresh)
      : totals(reader.context_.request), reader_(reader), unit_(unit), fresh_(fresh) {}

  bool startLevel(const std::vector<Node>& nodes, const std::vector<Ext4Directory>& directories,
                  std::size_t depth) override {
    for (const Ext4Directory& directory : directories) {
      seen.push_back({directory.inode, directory.fingerprint});
      is_encrypted = is_encrypted || directory.is_encrypted;
      is_recent = is_recent || directory.is_recent;
    }
    totals.directories_read += directories.size();
    nodes_ = &nodes;
    entry_bytes_.assign(nodes.size(), kDotEntriesBytes);
    with_paths_ =
        !reader_.context_.exclusions.none() && reader_.context_.exclusions.concern(depth + 1);
    subdirectories_.assign(nodes.size(), 0);
    return !is_encrypted;
  }

  void endLevel(const std::vector<Ext4Directory>& directories) override {
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
      const InodeTable::Index known = reader_.tally_.find(entry.inode);
      if (known != InodeTable::kNone) {
        reader_.tally_.add(known);
        ++totals.names;
      } else {
        onUnknown(directory, entry);
      }
    }
    entry_bytes_[directory] += bytes;
  }

  void onError(std::size_t directory, int error) override {
    totals.addError(error, describe(unit_.path, (*nodes_)[directory].inode), true);
  }

  void onLost(std::uint32_t inode, int error) override {
    totals.addError(error, describe(unit_.path, inode), true);
  }

  UnitTotals totals;
  std::vector<SeenDirectory> seen;
  bool is_encrypted = false;  ///< one of them can be read by the kernel alone
  bool is_recent = false;     ///< one of them has changed too late

 private:
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
        reader_.tally_.addNew(inodeOf(reader_.volume_, entry.inode, inode));
        ++totals.names;
        return;
    }
  }

  Ext4InodeMap::Entry entryOf(std::uint32_t inode) {
    const Ext4InodeMap::Entry entry = reader_.map_.at(inode);
    // Made, or made into something else, since the pass over the inode tables.
    return entry.kind == Ext4Kind::unused || fresh_ ? reader_.inodes_.entry(inode) : entry;
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
    const Node& parent = (*nodes_)[directory];
    ++subdirectories_[directory];
    ++totals.directories;
    reader_.tally_.addDirectory();
    if (reader_.hidden_.contains(parent.inode, entry.name)) {
      return;
    }
    Node node{entry.inode, {}};
    if (with_paths_) {
      node.path = pathIn(parent.path, entry.name);
      if (reader_.context_.exclusions.match(node.path)) {
        return;
      }
    }
    // More than there are: a damaged filesystem whose directories contain each other.
    if (++unit_directories_ > reader_.map_.directoryCount() * 2 + 1024) {
      totals.addError(ELOOP, describe(unit_.path, entry.inode), true);
      return;
    }
    next.push_back(std::move(node));
  }

  Ext4Reader& reader_;
  const Unit& unit_;
  const bool fresh_;
  std::uint64_t unit_directories_ = 1;
  const std::vector<Node>* nodes_ = nullptr;
  bool with_paths_ = false;
  std::vector<std::uint64_t> subdirectories_;
  std::vector<std::uint64_t> entry_bytes_;
};

/// Collects the names of wanted inodes. Errors were counted when the unit was.
class Ext4Reader::Collector : public LevelVisitor {
 public:
  Collector(Ext4Reader& reader, const std::vector<std::uint64_t>& wanted) : reader_(reader) {
    for (const std::uint64_t inode : wanted) {
      found.try_emplace(inode).first->second.wanted_paths = reader.context_.request.tracked_paths;
    }
  }

  bool startLevel(const std::vector<Node>& nodes, const std::vector<Ext4Directory>& /*directories*/,
                  std::size_t /*depth*/) override {
    nodes_ = &nodes;
    return true;
  }

  void onEntries(std::size_t directory, std::span<const Ext4Entry> entries) override {
    const Node& parent = (*nodes_)[directory];
    for (const Ext4Entry& entry : entries) {
      if (const auto wanted = found.find(entry.inode); wanted != found.end()) {
        wanted->second.offer(pathIn(parent.path, entry.name));
      }
      const bool directory_entry =
          reader_.volume_.isNameable(entry.inode) && reader_.map_.isDirectory(entry.inode);
      if (directory_entry) {
        onDirectory(parent, entry);
      }
    }
  }

  void onError(std::size_t /*directory*/, int /*error*/) override {}

  NamesByInode found;

 private:
  void onDirectory(const Node& parent, const Ext4Entry& entry) {
    Node node{entry.inode, pathIn(parent.path, entry.name)};
    const bool entered = !reader_.hidden_.contains(parent.inode, entry.name) &&
                         !reader_.context_.exclusions.match(node.path) &&
                         ++directories_ <= reader_.map_.directoryCount();
    if (entered) {
      next.push_back(std::move(node));
    }
  }

  Ext4Reader& reader_;
  const std::vector<Node>* nodes_ = nullptr;
  std::uint64_t directories_ = 0;
};

Ext4Reader::Ext4Reader(const CensusContext& context, const Ext4Volume& volume,
                       const Ext4InodeMap& map, const HiddenDirectories& hidden, KeptUnits* kept)
    : context_(context),
      volume_(volume),
      map_(map),
      hidden_(hidden),
      walk_(context),
      directories_(volume),
      inodes_(volume),
      tally_(context, totals_.singles),
      totals_(context.request) {
  if (kept != nullptr) {
    recall_.emplace(context, volume, map, *kept);
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
    recall_->keep(unit, start, tally_, reading);
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

UnitReading Ext4Reader::countUnchanged(const Unit& unit, std::uint32_t start,
                                       const std::stop_token& stop) {
  for (int attempt = 1;; ++attempt) {
    Counter counter(*this, unit, attempt > 1);
    walk(unit, start, attempt > 1, counter, stop);
    const std::uint64_t changed = inodes_.countChanged(counter.seen);
    if (changed == 0 || attempt == kAttempts || stop.stop_requested()) {
      counter.totals.errors[CensusErrorReason::vanished] += changed;
      const bool is_settled = attempt == 1 && !counter.is_recent && !stop.stop_requested() &&
                              counter.totals.errors == CensusErrors{};
      return {std::move(counter.totals), std::move(counter.seen), counter.is_encrypted, is_settled};
    }
    tally_.discard();
  }
}

LayerCounts Ext4Reader::finishUnit(const Unit& unit, std::uint32_t number,
                                   const UnitTotals& unit_totals) {
  totals_.merge(unit_totals);
  context_.progress.names.fetch_add(unit_totals.names, std::memory_order_relaxed);
  context_.progress.directories.fetch_add(unit_totals.directories + 1, std::memory_order_relaxed);
  return tally_.finish(unit, number);
}

void Ext4Reader::walk(const Unit& unit, std::uint32_t start, bool fresh, LevelVisitor& visitor,
                      const std::stop_token& stop) {
  std::vector<Node> level = {{start, unit.path}};
  for (std::size_t depth = depthOf(unit.path); !level.empty() && !stop.stop_requested(); ++depth) {
    inodes_.releaseDirectories();
    const std::vector<Ext4Directory> directories = lookUp(level, fresh, visitor);
    if (!visitor.startLevel(level, directories, depth)) {
      return;
    }
    directories_.read(directories, recall_ && recall_->isRefresh(), visitor);
    visitor.endLevel(directories);
    std::swap(level, visitor.next);
    visitor.next.clear();
  }
}

NamesByInode Ext4Reader::collectNames(const Unit& unit, const std::vector<std::uint64_t>& wanted,
                                      const std::stop_token& stop) {
  if (volume_.mayEncryptNames()) {
    return walk_.collectNames(unit, wanted, stop);
  }
  int error = 0;
  const std::uint32_t start = unitInode(unit, error);
  if (start == 0) {
    return {};
  }
  const auto collect = [&] { return collectFrom(start, unit, wanted, stop); };
  if (!recall_ || context_.request.tracked_paths > 0) {
    return collect();
  }
  return recall_->names(unit, start, wanted, collect, stop, totals_);
}

NamesByInode Ext4Reader::collectFrom(std::uint32_t start, const Unit& unit,
                                     const std::vector<std::uint64_t>& wanted,
                                     const std::stop_token& stop) {
  Collector collector(*this, wanted);
  walk(unit, start, false, collector, stop);
  return std::move(collector.found);
}

std::vector<Ext4Directory> Ext4Reader::lookUp(std::vector<Node>& nodes, bool fresh,
                                              LevelVisitor& visitor) {
  std::vector<Ext4Directory> directories;
  directories.reserve(nodes.size());
  std::erase_if(nodes, [&](const Node& node) {
    if (const auto known = fresh ? std::nullopt : map_.directory(node.inode)) {
      directories.push_back(*known);
      return false;
    }
    const auto found = inodes_.directory(node.inode);
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
