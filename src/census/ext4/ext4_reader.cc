#include "census/ext4/ext4_reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "base/os/os.h"
#include "filesystem/mounts.h"

namespace hardlink {
namespace {

/// How often a unit is read before a directory that changes all the time is given up on.
constexpr int kAttempts = 3;

/// Inodes whose bytes lie no further apart are read together.
constexpr std::uint64_t kInodeGapBytes = 4096;
constexpr std::uint64_t kInodeRunBytes = std::uint64_t{64} << 10U;

std::string join(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string(name) : directory + "/" + std::string(name);
}

std::size_t depthOf(const std::string& path) {
  return path.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

/// What an error says of an inode whose name is not known.
std::string describe(const std::string& path, std::uint32_t inode) {
  return path + " (inode " + std::to_string(inode) + ")";
}

/// The path of an open directory, without symlinks; empty if the kernel does not tell.
std::string pathOfDescriptor(int fd) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length =
      readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target.data(), target.size());
  return length <= 0 ? "" : std::string(target.data(), static_cast<std::size_t>(length));
}

}  // namespace

HiddenDirectories::HiddenDirectories(const std::string& path, int root) {
  const std::string canonical = pathOfDescriptor(root);
  const std::string prefix = (canonical.empty() ? path : canonical) + "/";
  const auto mounts = readMounts("/proc/self/mountinfo");
  if (!mounts) {
    return;
  }
  for (const MountEntry& mount : *mounts) {
    if (!mount.mountpoint.starts_with(prefix)) {
      continue;
    }
    const std::string below = mount.mountpoint.substr(prefix.size());
    int error = 0;
    if (os::openDirectoryAt(root, below.c_str(), error).valid() || error != EXDEV) {
      continue;  // a later mount, further up, covers this one
    }
    const std::size_t slash = below.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : below.substr(0, slash);
    const Fd directory = os::openDirectoryAt(root, parent.c_str(), error);
    const auto status =
        directory.valid() ? os::statDescriptor(directory.get(), error) : std::nullopt;
    if (status) {  // otherwise it lies under another mount, and is hidden by that
      names_[static_cast<std::uint32_t>(status->inode)].push_back(
          slash == std::string::npos ? below : below.substr(slash + 1));
    }
  }
}

bool HiddenDirectories::contains(std::uint32_t parent, std::string_view name) const {
  const auto names = names_.find(parent);
  return names != names_.end() &&
         std::find(names->second.begin(), names->second.end(), name) != names->second.end();
}

/// Takes in one level of a unit and gathers the next.
class Ext4Reader::Counter : public Ext4DirectoryReader::Visitor {
 public:
  Counter(Ext4Reader& reader, const Unit& unit)
      : totals(reader.context_.request), unit_directories(1), reader_(reader), unit_(unit) {}

  /// Begins a level; `nodes` and the directories read are the same, one by one.
  void startLevel(const std::vector<Node>& nodes, std::size_t depth) {
    nodes_ = &nodes;
    entry_bytes_.assign(nodes.size(), kDotEntriesBytes);
    with_paths_ =
        !reader_.context_.exclusions.none() && reader_.context_.exclusions.concern(depth + 1);
    subdirectories_.assign(nodes.size(), 0);
    next.clear();
  }

  void endLevel(const std::vector<Ext4Directory>& directories) {
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

  UnitTotals totals;
  std::vector<Node> next;
  std::uint64_t unit_directories;

 private:
  void onUnknown(std::size_t directory, const Ext4Entry& entry) {
    if (!reader_.volume_.isNameable(entry.inode)) {
      totals.addError(EUCLEAN, describe(unit_.path, entry.inode), false);
      return;
    }
    const Ext4InodeMap::Entry inode = reader_.entryOf(entry.inode);
    switch (inode.kind) {
      case Ext4Kind::unused:
        totals.addError(ENOENT, describe(unit_.path, entry.inode), false);
        return;
      case Ext4Kind::directory:
        onDirectory(directory, entry);
        return;
      case Ext4Kind::regular:
      case Ext4Kind::other:
      case Ext4Kind::long_symlink:
        if (reader_.context_.tracker.isSaturated(inode.links)) {
          reader_.addSaturated(entry.inode);
        }
        reader_.tally_.add(
            reader_.context_.inodes.insert(entry.inode, inode.links, kindOf(inode.kind)));
        ++totals.names;
        return;
    }
  }

  static InodeTable::Kind kindOf(Ext4Kind kind) {
    if (kind == Ext4Kind::regular) {
      return InodeTable::Kind::regular;
    }
    return kind == Ext4Kind::long_symlink ? InodeTable::Kind::long_symlink
                                          : InodeTable::Kind::other;
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
      node.path = join(parent.path, entry.name);
      if (reader_.context_.exclusions.match(node.path)) {
        return;
      }
    }
    // More than there are: a damaged filesystem whose directories contain each other.
    if (++unit_directories > reader_.map_.directoryCount() * 2 + 1024) {
      totals.addError(ELOOP, describe(unit_.path, entry.inode), true);
      return;
    }
    next.push_back(std::move(node));
  }

  Ext4Reader& reader_;
  const Unit& unit_;
  const std::vector<Node>* nodes_ = nullptr;
  bool with_paths_ = false;
  std::vector<std::uint64_t> subdirectories_;
  std::vector<std::uint64_t> entry_bytes_;
};

/// Collects the names of wanted inodes, and gathers the next level.
class Ext4Reader::Collector : public Ext4DirectoryReader::Visitor {
 public:
  explicit Collector(Ext4Reader& reader) : reader_(reader) {}

  void startLevel(const std::vector<Node>& nodes) {
    nodes_ = &nodes;
    next.clear();
  }

  void onEntries(std::size_t directory, std::span<const Ext4Entry> entries) override {
    const Node& parent = (*nodes_)[directory];
    for (const Ext4Entry& entry : entries) {
      if (const auto wanted = found.find(entry.inode); wanted != found.end()) {
        wanted->second.offer(join(parent.path, entry.name));
      }
      const bool directory_entry = reader_.volume_.isNameable(entry.inode) &&
                                   reader_.map_.at(entry.inode).kind == Ext4Kind::directory;
      if (directory_entry) {
        onDirectory(parent, entry);
      }
    }
  }

  void onError(std::size_t /*directory*/, int /*error*/) override {
    // Counted when it was met the first time.
  }

  NamesByInode found;
  std::vector<Node> next;

 private:
  void onDirectory(const Node& parent, const Ext4Entry& entry) {
    Node node{entry.inode, join(parent.path, entry.name)};
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
                       const Ext4InodeMap& map, const HiddenDirectories& hidden)
    : context_(context),
      volume_(volume),
      map_(map),
      hidden_(hidden),
      walk_(context),
      directories_(volume),
      tally_(context),
      totals_(context.request) {}

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
  const UnitTotals unit_totals = readUnchanged(unit, start, stop);
  const bool needs_kernel = is_encrypted_ || unit_totals.errors[CensusErrorReason::io] > 0;
  if (needs_kernel && !stop.stop_requested()) {
    return askKernel(unit, number, stop);
  }
  LayerCounts layer = finishUnit(unit, number, unit_totals);
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
  return finishUnit(unit, number, readUnchanged(unit, start, stop));
}

UnitTotals Ext4Reader::readUnchanged(const Unit& unit, std::uint32_t start,
                                     const std::stop_token& stop) {
  UnitTotals unit_totals = readUnit(unit, start, false, stop);
  std::uint64_t changed = countChanged();
  for (int attempt = 1; changed > 0 && attempt < kAttempts && !stop.stop_requested(); ++attempt) {
    tally_.discard();
    unit_totals = readUnit(unit, start, true, stop);
    changed = countChanged();
  }
  unit_totals.errors[CensusErrorReason::vanished] += changed;
  return unit_totals;
}

LayerCounts Ext4Reader::finishUnit(const Unit& unit, std::uint32_t number,
                                   const UnitTotals& unit_totals) {
  totals_.merge(unit_totals);
  context_.progress.names.fetch_add(unit_totals.names, std::memory_order_relaxed);
  context_.progress.directories.fetch_add(unit_totals.directories + 1, std::memory_order_relaxed);
  return tally_.finish(unit, number);
}

UnitTotals Ext4Reader::readUnit(const Unit& unit, std::uint32_t start, bool fresh,
                                const std::stop_token& stop) {
  seen_.clear();
  fresh_ = fresh;
  is_encrypted_ = false;
  Counter counter(*this, unit);
  std::vector<Node> level = {{start, unit.path}};
  for (std::size_t depth = depthOf(unit.path); !level.empty() && !stop.stop_requested(); ++depth) {
    fresh_extents_.clear();
    fresh_inline_entries_.clear();
    const std::vector<Ext4Directory> directories = lookUp(level, fresh, unit, counter.totals);
    for (const Ext4Directory& directory : directories) {
      seen_.push_back({directory.inode, directory.fingerprint});
    }
    if (std::any_of(directories.begin(), directories.end(),
                    [](const Ext4Directory& directory) { return directory.is_encrypted; })) {
      is_encrypted_ = true;
      break;
    }
    counter.startLevel(level, depth);
    directories_.read(directories, counter);
    counter.endLevel(directories);
    std::swap(level, counter.next);
  }
  return std::move(counter.totals);
}

NamesByInode Ext4Reader::collectNames(const Unit& unit, const std::vector<std::uint64_t>& wanted,
                                      const std::stop_token& stop) {
  if (volume_.mayEncryptNames()) {
    return walk_.collectNames(unit, wanted, stop);
  }
  int error = 0;
  const std::uint32_t start = unitInode(unit, error);
  return start != 0 ? collectFrom(start, unit, wanted, stop) : NamesByInode{};
}

NamesByInode Ext4Reader::collectFrom(std::uint32_t start, const Unit& unit,
                                     const std::vector<std::uint64_t>& wanted,
                                     const std::stop_token& stop) {
  Collector collector(*this);
  UnitTotals ignored;  // counted when the unit was
  for (const std::uint64_t inode : wanted) {
    collector.found.try_emplace(inode).first->second.wanted_paths = context_.request.tracked_paths;
  }
  std::vector<Node> level = {{start, unit.path}};
  while (!level.empty() && !stop.stop_requested()) {
    fresh_extents_.clear();
    fresh_inline_entries_.clear();
    const std::vector<Ext4Directory> directories = lookUp(level, false, unit, ignored);
    collector.startLevel(level);
    directories_.read(directories, collector);
    std::swap(level, collector.next);
  }
  return std::move(collector.found);
}

std::vector<Ext4Directory> Ext4Reader::lookUp(std::vector<Node>& nodes, bool fresh,
                                              const Unit& unit, UnitTotals& totals) {
  std::vector<Ext4Directory> directories;
  directories.reserve(nodes.size());
  std::erase_if(nodes, [&](const Node& node) {
    auto directory = fresh ? std::nullopt : map_.directory(node.inode);
    int error = 0;
    if (!directory) {
      directory = freshDirectory(node.inode, error);
    }
    if (directory) {
      directories.push_back(*directory);
    } else {
      totals.addError(error, describe(unit.path, node.inode), true);
    }
    return !directory;
  });
  return directories;
}

std::optional<Ext4Directory> Ext4Reader::freshDirectory(std::uint32_t inode, int& error) {
  inode_bytes_.resize(volume_.inodeSize());
  // Torn by a change under way, it makes sense a moment later.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    error = volume_.read(volume_.inodeOffset(inode), inode_bytes_);
    if (error != 0) {
      return std::nullopt;
    }
    const Ext4Inode decoded = volume_.decodeInode(inode_bytes_);
    if (decoded.kind != Ext4Kind::directory) {
      error = ENOENT;
      return std::nullopt;
    }
    std::vector<Ext4Extent> extents;
    error = volume_.directoryExtents(inode_bytes_, extents);
    if (error != 0) {
      continue;
    }
    fresh_extents_.push_back(std::move(extents));
    Ext4Directory directory{.inode = inode,
                            .fingerprint = decoded.fingerprint,
                            .is_indexed = decoded.is_indexed,
                            .is_encrypted = decoded.is_encrypted,
                            .extents = fresh_extents_.back(),
                            .inline_entries = nullptr};
    auto inline_entries = volume_.inlineEntries(inode_bytes_);
    if (!inline_entries.empty()) {
      fresh_inline_entries_.push_back(std::move(inline_entries));
      directory.inline_entries = &fresh_inline_entries_.back();
    }
    return directory;
  }
  return std::nullopt;
}

Ext4InodeMap::Entry Ext4Reader::entryOf(std::uint32_t inode) {
  const Ext4InodeMap::Entry entry = map_.at(inode);
  if (entry.kind != Ext4Kind::unused && !fresh_) {
    return entry;
  }
  // Made, or made into something else, since the pass over the inode tables.
  inode_bytes_.resize(volume_.inodeSize());
  if (volume_.read(volume_.inodeOffset(inode), inode_bytes_) != 0) {
    return {};
  }
  const Ext4Inode decoded = volume_.decodeInode(inode_bytes_);
  return {decoded.links, decoded.kind};
}

void Ext4Reader::addSaturated(std::uint32_t inode) {
  inode_bytes_.resize(volume_.inodeSize());
  SaturatedInode saturated{.inode = inode};
  if (volume_.read(volume_.inodeOffset(inode), inode_bytes_) == 0) {
    const Ext4Allocation allocation = volume_.allocation(inode_bytes_);
    saturated.is_empty = allocation.size_bytes == 0;
    saturated.allocated_bytes = allocation.allocated_bytes;
  }
  context_.tracker.addSaturated(saturated);
}

std::uint64_t Ext4Reader::countChanged() {
  std::sort(seen_.begin(), seen_.end(),
            [](const Seen& a, const Seen& b) { return a.inode < b.inode; });
  const std::uint64_t inode_size = volume_.inodeSize();
  std::uint64_t changed = 0;
  for (std::size_t first = 0; first < seen_.size();) {
    const std::uint64_t begin = volume_.inodeOffset(seen_[first].inode);
    std::uint64_t end = begin + inode_size;
    std::size_t last = first + 1;
    for (; last < seen_.size(); ++last) {
      const std::uint64_t offset = volume_.inodeOffset(seen_[last].inode);
      // Tables need not ascend with inode numbers.
      if (offset < begin || offset > end + kInodeGapBytes || offset - begin > kInodeRunBytes) {
        break;
      }
      end = std::max(end, offset + inode_size);
    }
    inode_bytes_.resize(end - begin);
    const bool read = volume_.read(begin, inode_bytes_) == 0;
    for (; first < last; ++first) {
      const std::uint64_t at = volume_.inodeOffset(seen_[first].inode) - begin;
      const Ext4Inode now =
          read ? volume_.decodeInode(std::span(inode_bytes_).subspan(at, inode_size)) : Ext4Inode{};
      const bool same =
          now.kind == Ext4Kind::directory && now.fingerprint == seen_[first].fingerprint;
      changed += same ? 0U : 1U;
    }
  }
  return changed;
}

}  // namespace hardlink
