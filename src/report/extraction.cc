#include "report/extraction.h"

#include <algorithm>
#include <utility>

#include "base/clean_path.h"
#include "base/margin.h"

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
  return {std::move(path), 0, 0, std::move(reason)};
}

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

LayerTree::FileId Extraction::newFile(bool regular, std::uint64_t links, std::uint64_t inode) {
  links_.push_back(links);
  links_before_.push_back(inode == 0 ? 0 : links);
  inodes_.push_back(inode);
  regular_.push_back(regular);
  return static_cast<FileId>(links_.size() - 1);
}

void Extraction::addName(NodeId directory, std::string_view name, NameKind kind, FileId file,
                         std::string_view target) {
  current_.tree.add(directory, name, kind, file, target);
  if (kind == NameKind::directory) {
    return;
  }
  if (current_.names.size() < links_.size()) {
    current_.names.resize(links_.size());
  }
  ++current_.names[file];
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
      known->second = newFile(true, name.links, name.inode);
    }
    file = known->second;
  } else if (name.kind != NameKind::directory) {
    file = newFile(false, 1);
  }
  addName(place.node, nameOf(name.path), name.kind, file, name.target);
}

void Extraction::removeNode(NodeId node) {
  current_.tree.remove(node, [this](FileId file) {
    --current_.names[file];
    --links_[file];
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
      --current_.names[current_.tree.file(node)];
      current_.tree.setFile(node, newFile(false, 1));
      current_.names.resize(links_.size());
      ++current_.names.back();
    }
  }
}

std::optional<ExtractionFailure> Extraction::beginLayer() {
  separateSpecialFiles();
  entries_.clear();
  unpacked_.clear();
  directories_.clear();
  aufs_link_targets_.clear();
  has_temporary_directory_ = true;
  for (FileId file = 0; file < current_.names.size(); ++file) {
    if (regular_[file] && links_[file] + current_.names[file] > limit_ &&
        current_.names[file] != 0) {
      return firstLinkThatFails();
    }
  }
  for (FileId file = 0; file < current_.names.size(); ++file) {
    links_[file] = regular_[file] ? links_[file] + current_.names[file] : current_.names[file];
  }
  return std::nullopt;
}

/// Docker walks the parent's tree in the order of the names and stops at this one.
ExtractionFailure Extraction::firstLinkThatFails() const {
  std::unordered_map<FileId, std::uint64_t> made;
  std::vector<NodeId> left{LayerTree::kTop};
  while (!left.empty()) {
    const NodeId node = left.back();
    left.pop_back();
    if (current_.tree.kind(node) == NameKind::directory) {
      const auto below = current_.tree.children(node);
      left.insert(left.end(), below.rbegin(), below.rend());
      continue;
    }
    const FileId file = current_.tree.file(node);
    if (current_.tree.kind(node) == NameKind::regular && links_[file] + ++made[file] > limit_) {
      return {current_.tree.path(node), current_.names[file],
              limit_ - std::min(limit_, links_[file]), ""};
    }
  }
  return {};
}

std::optional<ExtractionFailure> Extraction::endLayer() {
  for (const std::string& directory : directories_) {
    if (!current_.tree.resolve(directory, true).found()) {
      return impossible(directory, "its layer removes this directory again");
    }
  }
  most_names_.resize(links_.size());
  for (FileId file = 0; file < current_.names.size(); ++file) {
    most_names_[file] = std::max(most_names_[file], current_.names[file]);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Extraction::least(const std::vector<std::uint32_t>& names) const {
  std::optional<std::uint64_t> least;
  for (FileId file = 0; file < names.size(); ++file) {
    if (regular_[file] && names[file] != 0) {
      const std::uint64_t fit = extractionsRemaining(limit_, links_[file], names[file]);
      least = std::min(least.value_or(fit), fit);
    }
  }
  return least;
}

std::optional<std::uint64_t> Extraction::margin() const { return least(current_.names); }

std::optional<std::uint64_t> Extraction::marginOfNewLayers() const { return least(most_names_); }

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
  aufs_link_targets_.emplace(nameOf(path));
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
      addName(parent.node, name, NameKind::regular, newFile(true, 1));
      break;
    case Kind::symlink:
      if (entry.target.empty() || entry.target.size() > kLongestPath + 1) {
        return impossible(path, "a symlink to a path that is empty or too long");
      }
      addName(parent.node, name, NameKind::symlink, newFile(false, 1), entry.target);
      break;
    case Kind::other:
      addName(parent.node, name, NameKind::other, newFile(false, 1));
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
    addName(directory, name, NameKind::regular, newFile(true, 1));
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
    return ExtractionFailure{path, 1, 0, ""};
  }
  ++links_[file];
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
