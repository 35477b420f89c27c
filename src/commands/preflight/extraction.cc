#include "commands/preflight/extraction.h"

#include <algorithm>
#include <utility>

#include "base/clean_path.h"
#include "model/margin.h"

namespace hardlink {
namespace {

// The names by which aufs, and every layer's tar since, says what a layer removes.
constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr std::string_view kAufsMetadata = ".wh..wh.";
constexpr std::string_view kAufsLinks = ".wh..wh.plnk";

// What the kernel takes, in bytes: a path from the root directory (PATH_MAX without its end, nor
// the slash it begins with here), and a name (NAME_MAX).
constexpr std::size_t kLongestPath = 4094;
constexpr std::size_t kLongestName = 255;
// No image has as many; an archive of a few bytes can describe more than there is memory for.
constexpr std::size_t kMostNames = 10'000'000;

bool isTooLong(std::string_view path) {
  if (path.size() > kLongestPath) {
    return true;
  }
  while (!path.empty()) {
    const std::size_t length = std::min(path.find('/'), path.size());
    if (length > kLongestName) {
      return true;
    }
    path.remove_prefix(std::min(length + 1, path.size()));
  }
  return false;
}

std::string_view directoryOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view nameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// Docker keeps the targets of aufs' links in a directory below the layer's tree meanwhile.
constexpr const char* kNoTemporaryDirectory =
    "an opaque whiteout of the whole tree has removed the files in .wh..wh.plnk";

std::size_t hashOf(std::string_view path) { return std::hash<std::string_view>()(path); }

ExtractionFailure impossible(std::string path, std::string reason) {
  return {.path = std::move(path), .reason = std::move(reason)};
}

/// Bytes of tar-split.json.gz, in which Docker keeps a layer's headers: measured, at most about 70
/// for each entry (random names; a hard link has 17).
constexpr std::uint64_t kNoteBytes = 70;
constexpr std::uint64_t kNotesBegin = 240;

std::string reasonFor(LayerTree::Place::What what) {
  using What = LayerTree::Place::What;
  switch (what) {
    case What::not_a_directory:
      return "a part of its path is not a directory";
    case What::loop:
      return "too many symlinks in its path";
    case What::missing:
    case What::found:
      break;
  }
  return "a part of its path does not exist";
}

}  // namespace

Extraction::Extraction(std::uint64_t limit, const ExtractionRoom& room)
    : limit_(limit), room_(room), use_(room.left, room.costs) {
  startEmpty();
}

void Extraction::startEmpty() {
  Layer empty;
  empty.entry_bytes = {kDotEntriesBytes};
  empty.directories = 1;
  empty.directory_bytes = directoryBytes(room_.costs, kDotEntriesBytes);
  setCurrent(std::move(empty));
}

void Extraction::setCurrent(Layer layer) {
  current_ = std::move(layer);
  making_ = false;
}

LayerTree::FileId Extraction::newFile(bool regular, std::uint64_t links, std::uint64_t bytes,
                                      std::uint64_t inode) {
  links_.push_back(links);
  links_before_.push_back(inode == 0 ? 0 : links);
  inodes_.push_back(inode);
  bytes_.push_back(bytes);
  regular_.push_back(regular);
  if (making_) {
    use_.take({1, bytes});
  }
  return static_cast<FileId>(links_.size() - 1);
}

/// A directory does not shrink when names leave it, but its copy is as small as it can be.
void Extraction::growDirectory(NodeId directory, std::uint64_t entry_bytes) {
  const std::uint64_t before = directoryBytes(room_.costs, current_.entry_bytes[directory]);
  current_.entry_bytes[directory] += entry_bytes;
  const std::uint64_t after = directoryBytes(room_.costs, current_.entry_bytes[directory]);
  current_.directory_bytes += after - before;
  if (making_) {
    use_.take({0, after - before});
  }
}

template <class Change>
void Extraction::changeNameCounts(NameKind kind, std::size_t target_bytes, Change change) {
  change(kind == NameKind::regular ? current_.regular_names : current_.special_names);
  if (kind == NameKind::symlink && target_bytes >= kLongSymlink) {
    change(current_.long_symlinks);
  }
}

void Extraction::addName(NodeId directory, std::string_view name, NameKind kind, FileId file,
                         std::string_view target) {
  const NodeId node = current_.tree.add(directory, name, kind, file, target);
  current_.entry_bytes.resize(std::max<std::size_t>(current_.entry_bytes.size(), node + 1));
  growDirectory(directory, entryBytes(name.size()));
  if (kind == NameKind::directory) {
    const std::uint64_t bytes = directoryBytes(room_.costs, kDotEntriesBytes);
    current_.entry_bytes[node] = kDotEntriesBytes;
    ++current_.directories;
    current_.directory_bytes += bytes;
    if (making_) {
      use_.take({1, bytes});
    }
    return;
  }
  changeNameCounts(kind, target.size(), [](std::uint64_t& count) { ++count; });
  if (current_.names.size() < links_.size()) {
    current_.names.resize(links_.size());
  }
  ++current_.names[file];
}

std::uint64_t Extraction::symlinkBytes(std::size_t target_bytes) const {
  return target_bytes >= kLongSymlink ? room_.costs.cluster_bytes : 0;
}

void Extraction::addPresent(const LayerName& name) {
  // A walk reports directories before what is in them.
  const auto place = current_.tree.resolve(directoryOf(name.path), false);
  if (!place.found() || current_.tree.child(place.node, nameOf(name.path))) {
    return;
  }
  FileId file = 0;
  if (name.kind == NameKind::regular) {
    const auto [known, is_new] = by_inode_.try_emplace(name.inode, 0);
    if (is_new) {
      known->second = newFile(true, name.links, 0, name.inode);
    }
    file = known->second;
  } else if (name.kind != NameKind::directory) {
    file = newFile(false, 1, symlinkBytes(name.target.size()));
  }
  addName(place.node, nameOf(name.path), name.kind, file, name.target);
}

void Extraction::removeNode(NodeId node) {
  const NodeId parent = current_.tree.parent(node);
  const std::uint64_t shrunk =
      current_.entry_bytes[parent] - entryBytes(current_.tree.name(node).size());
  current_.directory_bytes -= directoryBytes(room_.costs, current_.entry_bytes[parent]) -
                              directoryBytes(room_.costs, shrunk);
  current_.entry_bytes[parent] = shrunk;
  current_.tree.remove(node, [this](NodeId gone) {
    const NameKind kind = current_.tree.kind(gone);
    if (kind == NameKind::directory) {
      const std::uint64_t bytes = directoryBytes(room_.costs, current_.entry_bytes[gone]);
      --current_.directories;
      current_.directory_bytes -= bytes;
      use_.giveBack({1, bytes});
      return;
    }
    changeNameCounts(kind, current_.tree.symlinkTarget(gone).size(),
                     [](std::uint64_t& count) { --count; });
    const FileId file = current_.tree.file(gone);
    --current_.names[file];
    if (--links_[file] == 0) {
      use_.giveBack({1, bytes_[file]});
    }
  });
}

void Extraction::separateSpecialFiles() {
  if (!std::exchange(current_.shared_special_files, false)) {
    return;
  }
  std::vector<NodeId> left{LayerTree::kTop};
  while (!left.empty()) {
    const NodeId node = left.back();
    left.pop_back();
    if (current_.tree.kind(node) == NameKind::directory) {
      const auto below = current_.tree.children(node);
      left.insert(left.end(), below.begin(), below.end());
    } else if (current_.tree.kind(node) != NameKind::regular) {
      const FileId shared = current_.tree.file(node);
      --current_.names[shared];
      current_.tree.setFile(node, newFile(false, 1, bytes_[shared]));
      current_.names.resize(links_.size());
      ++current_.names.back();
    }
  }
}

Objects Extraction::copyTakes() const {
  const std::uint64_t linked = room_.costs.names_take_inodes ? current_.regular_names : 0;
  Objects takes = room_.making;
  takes.add({current_.directories + current_.special_names + linked,
             current_.directory_bytes + current_.long_symlinks * room_.costs.cluster_bytes});
  return takes;
}

std::optional<ExtractionFailure> Extraction::beginLayer() {
  making_ = false;
  separateSpecialFiles();
  entries_.clear();
  unpacked_.clear();
  directories_.clear();
  aufs_link_targets_.clear();
  has_temporary_directory_ = true;
  const auto& holder = room_.subdirectories_left;
  if (holder && layers_made_ >= *holder) {
    return ExtractionFailure{.limit = Limit::subdirectories, .needed = 1, .left = 0};
  }
  ++layers_made_;
  const RoomUse before = use_;
  use_.begin();
  use_.take(copyTakes());
  bool enough_links = true;
  for (FileId file = 0; file < current_.names.size() && enough_links; ++file) {
    enough_links = !regular_[file] || current_.names[file] == 0 ||
                   links_[file] + current_.names[file] <= limit_;
  }
  if (!enough_links || use_.shortage()) {
    return firstThatFails(before);
  }
  for (FileId file = 0; file < current_.names.size(); ++file) {
    links_[file] = regular_[file] ? links_[file] + current_.names[file] : current_.names[file];
  }
  making_ = true;
  use_.take(room_.unpacking);
  return shortageAt("");
}

/// Docker walks the parent's tree in the order of the names and stops at this one.
ExtractionFailure Extraction::firstThatFails(const RoomUse& before) const {
  RoomUse use = before;
  use.begin();
  use.take(room_.making);
  std::unordered_map<FileId, std::uint64_t> made;
  std::unordered_map<NodeId, std::uint64_t> entry_bytes;
  std::vector<NodeId> left{LayerTree::kTop};
  while (!left.empty()) {
    const NodeId node = left.back();
    left.pop_back();
    const NameKind kind = current_.tree.kind(node);
    if (node != LayerTree::kTop) {
      std::uint64_t& parent = entry_bytes[current_.tree.parent(node)];
      const std::uint64_t one_before = directoryBytes(room_.costs, parent);
      parent += entryBytes(current_.tree.name(node).size());
      use.take({0, directoryBytes(room_.costs, parent) - one_before});
    }
    const FileId file = current_.tree.file(node);
    if (kind == NameKind::directory) {
      entry_bytes[node] = kDotEntriesBytes;
      use.take({1, directoryBytes(room_.costs, kDotEntriesBytes)});
      const auto below = current_.tree.children(node);
      left.insert(left.end(), below.rbegin(), below.rend());
    } else if (kind != NameKind::regular) {
      use.take({1, bytes_[file]});
    } else if (links_[file] + ++made[file] > limit_) {
      return {current_.tree.path(node), Limit::links, current_.names[file],
              limit_ - std::min(limit_, links_[file])};
    } else if (room_.costs.names_take_inodes) {
      use.take({1, 0});
    }
    if (const auto shortage = use.shortage()) {
      const auto of_all = use_.shortage().value_or(*shortage);
      const bool same = of_all.limit == shortage->limit;
      return {current_.tree.path(node), shortage->limit, same ? of_all.needed : shortage->needed,
              shortage->left};
    }
  }
  return {};
}

std::optional<ExtractionFailure> Extraction::shortageAt(const std::string& path,
                                                        std::string reason) const {
  const auto shortage = use_.shortage();
  if (!shortage) {
    return std::nullopt;
  }
  return ExtractionFailure{path, shortage->limit, shortage->needed, shortage->left,
                           std::move(reason)};
}

std::optional<ExtractionFailure> Extraction::take(const Objects& objects, std::string reason) {
  use_.begin();
  use_.take(objects);
  return shortageAt("", std::move(reason));
}

std::optional<ExtractionFailure> Extraction::endLayer() {
  for (const std::string& directory : directories_) {
    if (!current_.tree.resolve(directory, true).found()) {
      return impossible(directory, "its layer removes this directory again");
    }
  }
  const std::uint64_t notes = inClusters(kNotesBegin + entries_.size() * kNoteBytes, room_.costs);
  const std::uint64_t in_one_block = std::min<std::uint64_t>(notes, room_.costs.cluster_bytes);
  for (const auto& [name, bytes] : aufs_link_targets_) {
    use_.giveBack({1, bytes});
  }
  use_.giveBack(room_.making);
  use_.giveBack(room_.unpacking);
  use_.take(room_.made);
  use_.take({0, notes - in_one_block});
  most_names_.resize(links_.size());
  for (FileId file = 0; file < current_.names.size(); ++file) {
    most_names_[file] = std::max(most_names_[file], current_.names[file]);
  }
  const auto keep_more = [](Take& most, const Take& take) {
    const Take kept = most;
    most = take;
    most.each = std::max(kept.each, take.each);
    most.once = std::max(kept.once, take.once);
  };
  const LayerTakes takes = marginTakes();
  keep_more(most_taken_.inodes, takes.inodes);
  keep_more(most_taken_.bytes, takes.bytes);
  return shortageAt("");
}

LayerTakes Extraction::marginTakes() const {
  LayerCounts counts;
  counts.names = current_.regular_names + current_.special_names;
  counts.directories = current_.directories;
  counts.directory_bytes = current_.directory_bytes;
  counts.remade_names = current_.special_names;
  counts.long_symlinks = current_.long_symlinks;
  return takesOf(counts, room_.makers_own, room_.costs);
}

std::optional<std::uint64_t> Extraction::least(const std::vector<std::uint32_t>& names,
                                               const LayerTakes& takes) const {
  std::optional<std::uint64_t> least = copiesThatFit(takes, roomLeft());
  const auto lower = [&](std::uint64_t fit) { least = std::min(least.value_or(fit), fit); };
  for (FileId file = 0; file < names.size(); ++file) {
    if (regular_[file] && names[file] != 0) {
      lower(extractionsRemaining(limit_, links_[file], names[file]));
    }
  }
  if (room_.subdirectories_left) {
    lower(*room_.subdirectories_left - std::min(*room_.subdirectories_left, layers_made_));
  }
  return least;
}

std::optional<std::uint64_t> Extraction::margin() const {
  return least(current_.names, marginTakes());
}

std::optional<std::uint64_t> Extraction::marginOfNewLayers() const {
  return layers_made_ == 0 ? std::nullopt : least(most_names_, most_taken_);
}

std::vector<LinksAfter> Extraction::grown() const {
  std::vector<LinksAfter> grown;
  for (FileId file = 0; file < links_.size(); ++file) {
    if (links_before_[file] != 0 && links_[file] > links_before_[file]) {
      grown.push_back({inodes_[file], links_[file]});
    }
  }
  std::sort(grown.begin(), grown.end(),
            [](const LinksAfter& a, const LinksAfter& b) { return a.inode < b.inode; });
  return grown;
}

std::optional<ExtractionFailure> Extraction::makeDirectories(std::string_view path) {
  using What = LayerTree::Place::What;
  if (current_.tree.resolve(path, false).what != What::missing) {
    return std::nullopt;
  }
  for (std::size_t end = 0; end < path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    const std::string_view part = path.substr(0, end);
    const auto there = current_.tree.resolve(part, true);
    if (there.found()) {
      continue;
    }
    const auto parent = current_.tree.resolve(directoryOf(part), true);
    const bool free = there.what == What::missing && parent.found() &&
                      current_.tree.kind(parent.node) == NameKind::directory &&
                      !current_.tree.child(parent.node, nameOf(part));
    if (!free) {
      return impossible(std::string(part), reasonFor(there.what));
    }
    addName(parent.node, nameOf(part), NameKind::directory, 0);
  }
  return std::nullopt;
}

std::optional<ExtractionFailure> Extraction::apply(const LayerEntry& entry) {
  const std::string path = cleanPath(entry.path);
  auto failure = applyEntry(entry, path);
  return failure ? failure : shortageAt(path);
}

std::optional<ExtractionFailure> Extraction::applyEntry(const LayerEntry& entry,
                                                        const std::string& path) {
  if (isTooLong(path)) {
    return impossible(path.substr(0, kLongestPath), "its path, or a name in it, is too long");
  }
  if (current_.tree.size() > kMostNames || entries_.size() > kMostNames) {
    return impossible(path, "more than " + std::to_string(kMostNames) + " names in a layer");
  }
  const std::string as_written = shortestPath(entry.path);
  if (!entries_.insert(hashOf(as_written)).second) {
    return impossible(as_written,
                      "the layer has this path twice (\"duplicates of file paths not supported\")");
  }
  const std::string directory(directoryOf(path));
  if (auto failure = makeDirectories(directory)) {
    return failure;
  }
  // Only what is at the top, and without a slash before it, is taken for metadata.
  if (as_written.starts_with(kAufsMetadata) && as_written != kOpaque) {
    return applyAufsMetadata(entry, path);
  }
  const std::string_view name = nameOf(path);
  if (name == kOpaque) {
    return applyOpaque(directory);
  }
  if (name.starts_with(kWhiteout)) {
    return applyWhiteout(directory, name.substr(kWhiteout.size()));
  }
  return applyName(entry, path);
}

std::optional<ExtractionFailure> Extraction::applyAufsMetadata(const LayerEntry& entry,
                                                               const std::string& path) {
  if (!path.starts_with(kAufsLinks) || entry.kind != LayerEntry::Kind::regular) {
    return std::nullopt;
  }
  if (!has_temporary_directory_) {
    return impossible(path, kNoTemporaryDirectory);
  }
  const std::uint64_t bytes = inClusters(entry.size, room_.costs);
  aufs_link_targets_[std::string(nameOf(path))] = bytes;
  use_.take({1, bytes});
  return std::nullopt;
}

std::optional<ExtractionFailure> Extraction::applyWhiteout(const std::string& directory,
                                                           std::string_view name) {
  const std::string path = cleanPath(std::string(directory).append("/").append(name));
  if (path.empty()) {
    return impossible(path, "a whiteout of the whole tree");
  }
  const auto place = current_.tree.resolve(path, false);
  if (place.found()) {
    removeNode(place.node);
  } else if (place.what != LayerTree::Place::What::missing) {
    return impossible(path, reasonFor(place.what));
  }
  return std::nullopt;
}

std::optional<ExtractionFailure> Extraction::applyOpaque(const std::string& directory) {
  const auto place = current_.tree.resolve(directory, false);
  if (!place.found()) {
    return impossible(directory, reasonFor(place.what));
  }
  if (current_.tree.kind(place.node) != NameKind::directory) {
    return std::nullopt;
  }
  has_temporary_directory_ = has_temporary_directory_ && place.node != LayerTree::kTop;
  std::vector<std::pair<NodeId, std::string>> left{{place.node, directory}};
  while (!left.empty()) {
    const auto [node, path] = std::move(left.back());
    left.pop_back();
    for (const NodeId below : current_.tree.children(node)) {
      std::string name = path.empty() ? std::string() : path + "/";
      name += current_.tree.name(below);
      if (!unpacked_.contains(hashOf(name))) {
        removeNode(below);
      } else if (current_.tree.kind(below) == NameKind::directory) {
        left.emplace_back(below, std::move(name));
      }
    }
  }
  return std::nullopt;
}

std::optional<ExtractionFailure> Extraction::applyName(const LayerEntry& entry,
                                                       const std::string& path) {
  using Kind = LayerEntry::Kind;
  if (path.empty()) {
    return entry.kind == Kind::directory
               ? std::nullopt
               : Outcome(impossible(entry.path, "an entry in place of the whole tree"));
  }
  unpacked_.insert(hashOf(path));
  if (entry.kind == Kind::directory) {
    directories_.push_back(path);
  }
  if (const auto existing = current_.tree.resolve(path, false); existing.found()) {
    if (entry.kind == Kind::directory && current_.tree.kind(existing.node) == NameKind::directory) {
      return std::nullopt;
    }
    removeNode(existing.node);
  }
  return entry.kind == Kind::comment ? std::nullopt : makeName(entry, path);
}

std::optional<ExtractionFailure> Extraction::makeName(const LayerEntry& entry,
                                                      const std::string& path) {
  using Kind = LayerEntry::Kind;
  // What was removed to make room may have been a symlink on the way here.
  const auto parent = current_.tree.resolve(directoryOf(path), true);
  if (!parent.found() || current_.tree.kind(parent.node) != NameKind::directory) {
    return impossible(
        path, reasonFor(parent.found() ? LayerTree::Place::What::not_a_directory : parent.what));
  }
  const std::string_view name = nameOf(path);
  switch (entry.kind) {
    case Kind::directory:
      addName(parent.node, name, NameKind::directory, 0);
      break;
    case Kind::regular:
      addName(parent.node, name, NameKind::regular,
              newFile(true, 1, inClusters(entry.size, room_.costs)));
      break;
    case Kind::symlink:
      if (entry.target.empty() || entry.target.size() > kLongestPath + 1) {
        return impossible(path, "a symlink to a path that is empty or too long");
      }
      addName(parent.node, name, NameKind::symlink,
              newFile(false, 1, symlinkBytes(entry.target.size())), entry.target);
      break;
    case Kind::other:
      addName(parent.node, name, NameKind::other, newFile(false, 1, 0));
      break;
    case Kind::hard_link:
      return applyHardLink(entry, path, parent.node, name);
    case Kind::comment:
      break;
    case Kind::unknown:
      return impossible(path, "an entry of a type that Docker does not unpack");
  }
  return std::nullopt;
}

std::optional<ExtractionFailure> Extraction::applyHardLink(const LayerEntry& entry,
                                                           const std::string& path,
                                                           NodeId directory,
                                                           std::string_view name) {
  const std::string target = cleanPath(entry.target);
  if (isTooLong(target)) {
    return impossible(path, "a hard link to a path that is too long");
  }
  if (shortestPath(entry.target).starts_with(kAufsLinks)) {
    if (!has_temporary_directory_) {
      return impossible(path, kNoTemporaryDirectory);
    }
    if (!aufs_link_targets_.contains(std::string(nameOf(target)))) {
      return impossible(
          path, "a hard link to a file that is not in the layer's " + std::string(kAufsLinks));
    }
    // Docker keeps what it was given for the first one and writes it for each.
    const std::uint64_t bytes = aufs_link_targets_.at(std::string(nameOf(target)));
    addName(directory, name, NameKind::regular, newFile(true, 1, bytes));
    return std::nullopt;
  }
  const auto place = current_.tree.resolve(target, false);
  if (!place.found()) {
    return impossible(path, "a hard link to " + target + ", which does not exist");
  }
  const NameKind kind = current_.tree.kind(place.node);
  if (kind == NameKind::directory) {
    return impossible(path, "a hard link to /" + target + ", which is a directory");
  }
  const FileId file = current_.tree.file(place.node);
  if (links_[file] >= limit_) {
    return ExtractionFailure{path, Limit::links, 1, 0};
  }
  ++links_[file];
  use_.take({room_.costs.names_take_inodes ? 1U : 0U, 0});
  current_.shared_special_files = current_.shared_special_files || kind != NameKind::regular;
  addName(directory, name, kind, file, current_.tree.symlinkTarget(place.node));
  // Docker sets the mode of what it has made unless the target, as it is written, is a symlink.
  const auto as_written = current_.tree.resolve(entry.target, false);
  if (kind == NameKind::symlink && as_written.found() &&
      current_.tree.kind(as_written.node) != NameKind::symlink &&
      !current_.tree.resolve(path, true).found()) {
    return impossible(path, "a hard link to a symlink that leads nowhere");
  }
  return std::nullopt;
}

}  // namespace hardlink
