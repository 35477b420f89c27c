#include "commands/preflight/unpacking/unpacker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clean_path.h"

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

/// Docker keeps the targets of aufs' links in a directory below the layer's tree meanwhile.
constexpr const char* kNoTemporaryDirectory =
    "an opaque whiteout of the whole tree has removed the files in .wh..wh.plnk";

std::size_t hashOf(std::string_view path) { return std::hash<std::string_view>()(path); }

ExtractionFailure impossible(std::string path, std::string reason) {
  return {.path = std::move(path), .reason = std::move(reason)};
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

Unpacker::Unpacker(CurrentLayer& layer, std::uint64_t limit, Whiteouts whiteouts)
    : layer_(layer), limit_(limit), whiteouts_(whiteouts) {}

std::optional<ExtractionFailure> Unpacker::makeDirectories(std::string_view path) {
  const LayerTree& tree = layer_.tree();
  using What = LayerTree::Place::What;
  if (tree.resolve(path, false).what != What::missing) {
    return std::nullopt;
  }
  for (std::size_t end = 0; end < path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    const std::string_view part = path.substr(0, end);
    const auto there = tree.resolve(part, true);
    if (there.found()) {
      continue;
    }
    const auto parent = tree.resolve(parentOf(part), true);
    const bool free = there.what == What::missing && parent.found() &&
                      tree.kind(parent.node) == NameKind::directory &&
                      !tree.child(parent.node, leafOf(part));
    if (!free) {
      return impossible(std::string(part), reasonFor(there.what));
    }
    layer_.addName(parent.node, leafOf(part), NameKind::directory, 0);
  }
  return std::nullopt;
}

std::optional<ExtractionFailure> Unpacker::apply(const LayerEntry& entry, const std::string& path) {
  if (isTooLong(path)) {
    return impossible(path.substr(0, kLongestPath), "its path, or a name in it, is too long");
  }
  if (layer_.tree().size() > kMostNames || entries_.size() > kMostNames) {
    return impossible(path, fmt::format("more than {} names in a layer", kMostNames));
  }
  const std::string as_written = shortestPath(entry.path);
  const bool is_repeated = !entries_.insert(hashOf(as_written)).second;
  if (is_repeated && whiteouts_ == Whiteouts::remove) {
    return impossible(as_written,
                      "the layer has this path twice (\"duplicates of file paths not supported\")");
  }
  if (is_repeated && repeated_path_.empty()) {
    repeated_path_ = as_written;
  }
  const std::string directory(parentOf(path));
  if (auto failure = makeDirectories(directory)) {
    return failure;
  }
  if (whiteouts_ == Whiteouts::keep) {
    const std::string_view name = leafOf(path);
    return name.starts_with(kWhiteout) ? keepWhiteout(directory, name) : applyName(entry, path);
  }
  // Only what is at the top, and without a slash before it, is taken for metadata.
  if (as_written.starts_with(kAufsMetadata) && as_written != kOpaque) {
    return applyAufsMetadata(entry, path);
  }
  const std::string_view name = leafOf(path);
  if (name == kOpaque) {
    return applyOpaque(directory);
  }
  if (name.starts_with(kWhiteout)) {
    return applyWhiteout(directory, name.substr(kWhiteout.size()));
  }
  return applyName(entry, path);
}

std::optional<ExtractionFailure> Unpacker::applyAufsMetadata(const LayerEntry& entry,
                                                             const std::string& path) {
  if (!path.starts_with(kAufsLinks) || entry.kind != LayerEntry::Kind::regular) {
    return std::nullopt;
  }
  if (!has_temporary_directory_) {
    return impossible(path, kNoTemporaryDirectory);
  }
  const std::uint64_t bytes = inClusters(entry.size, layer_.costs());
  aufs_link_targets_[std::string(leafOf(path))] = bytes;
  layer_.use().take({1, bytes});
  return std::nullopt;
}

std::optional<ExtractionFailure> Unpacker::applyWhiteout(const std::string& directory,
                                                         std::string_view name) {
  const LayerTree& tree = layer_.tree();
  const std::string path = cleanPath(std::string(directory).append("/").append(name));
  if (path.empty()) {
    return impossible(path, "a whiteout of the whole tree");
  }
  const auto place = tree.resolve(path, false);
  if (place.found()) {
    layer_.removeNode(place.node);
  } else if (place.what != LayerTree::Place::What::missing) {
    return impossible(path, reasonFor(place.what));
  }
  return std::nullopt;
}

std::optional<ExtractionFailure> Unpacker::applyOpaque(const std::string& directory) {
  const LayerTree& tree = layer_.tree();
  const auto place = tree.resolve(directory, false);
  if (!place.found()) {
    return impossible(directory, reasonFor(place.what));
  }
  if (tree.kind(place.node) != NameKind::directory) {
    return std::nullopt;
  }
  has_temporary_directory_ = has_temporary_directory_ && place.node != LayerTree::kTop;
  std::vector<std::pair<NodeId, std::string>> left{{place.node, directory}};
  while (!left.empty()) {
    const auto [node, path] = std::move(left.back());
    left.pop_back();
    for (const NodeId below : tree.children(node)) {
      std::string name = path.empty() ? std::string() : path + "/";
      name += tree.name(below);
      if (!unpacked_.contains(hashOf(name))) {
        layer_.removeNode(below);
      } else if (tree.kind(below) == NameKind::directory) {
        left.emplace_back(below, std::move(name));
      }
    }
  }
  return std::nullopt;
}

std::optional<ExtractionFailure> Unpacker::keepWhiteout(const std::string& directory,
                                                        std::string_view name) {
  const LayerTree& tree = layer_.tree();
  const auto parent = tree.resolve(directory, true);
  const std::string_view hidden = name.substr(kWhiteout.size());
  const std::string path = pathIn(directory, name);
  if (!parent.found() || tree.kind(parent.node) != NameKind::directory) {
    return impossible(
        path, reasonFor(parent.found() ? LayerTree::Place::What::not_a_directory : parent.what));
  }
  if (name == kOpaque) {
    return std::nullopt;
  }
  if (hidden.empty() || hidden == "." || hidden == ".." || tree.child(parent.node, hidden)) {
    return impossible(path, "a whiteout of a name that the layer itself has");
  }
  layer_.addName(parent.node, hidden, NameKind::other, layer_.newFile(false, 1, 0));
  return std::nullopt;
}

std::optional<ExtractionFailure> Unpacker::applyName(const LayerEntry& entry,
                                                     const std::string& path) {
  const LayerTree& tree = layer_.tree();
  using Kind = LayerEntry::Kind;
  if (path.empty()) {
    return entry.kind == Kind::directory
               ? std::nullopt
               : Outcome(
                     impossible(entry.path, "an entry for the whole tree that is not a directory"));
  }
  unpacked_.insert(hashOf(path));
  if (entry.kind == Kind::directory) {
    directories_.push_back(path);
  }
  if (const auto existing = tree.resolve(path, false); existing.found()) {
    if (entry.kind == Kind::directory && tree.kind(existing.node) == NameKind::directory) {
      return std::nullopt;
    }
    layer_.removeNode(existing.node);
  }
  return entry.kind == Kind::comment ? std::nullopt : makeName(entry, path);
}

std::optional<ExtractionFailure> Unpacker::makeName(const LayerEntry& entry,
                                                    const std::string& path) {
  const LayerTree& tree = layer_.tree();
  using Kind = LayerEntry::Kind;
  // What was removed to make room may have been a symlink on the way here.
  const auto parent = tree.resolve(parentOf(path), true);
  if (!parent.found() || tree.kind(parent.node) != NameKind::directory) {
    return impossible(
        path, reasonFor(parent.found() ? LayerTree::Place::What::not_a_directory : parent.what));
  }
  const std::string_view name = leafOf(path);
  switch (entry.kind) {
    case Kind::directory:
      layer_.addName(parent.node, name, NameKind::directory, 0);
      break;
    case Kind::regular:
      layer_.addName(parent.node, name, NameKind::regular,
                     layer_.newFile(true, 1, inClusters(entry.size, layer_.costs())));
      break;
    case Kind::symlink:
      if (entry.target.empty() || entry.target.size() > kLongestPath + 1) {
        return impossible(path, "a symlink to a path that is empty or too long");
      }
      layer_.addName(parent.node, name, NameKind::symlink,
                     layer_.newFile(false, 1, layer_.symlinkBytes(entry.target.size())),
                     entry.target);
      break;
    case Kind::other:
      layer_.addName(parent.node, name, NameKind::other, layer_.newFile(false, 1, 0));
      break;
    case Kind::hard_link:
      return applyHardLink(entry, path, parent.node);
    case Kind::comment:
      break;
    case Kind::unknown:
      return impossible(path, "an entry of a type that Docker does not unpack");
  }
  return std::nullopt;
}

std::optional<ExtractionFailure> Unpacker::applyAufsLink(const std::string& target,
                                                         const std::string& path,
                                                         NodeId directory) {
  if (!has_temporary_directory_) {
    return impossible(path, kNoTemporaryDirectory);
  }
  const auto kept = aufs_link_targets_.find(std::string(leafOf(target)));
  if (kept == aufs_link_targets_.end()) {
    return impossible(
        path, fmt::format("a hard link to a file that is not in the layer's {}", kAufsLinks));
  }
  // Docker keeps what it was given for the first one and writes it for each.
  layer_.addName(directory, leafOf(path), NameKind::regular, layer_.newFile(true, 1, kept->second));
  return std::nullopt;
}

std::optional<ExtractionFailure> Unpacker::applyHardLink(const LayerEntry& entry,
                                                         const std::string& path,
                                                         NodeId directory) {
  const std::string target = cleanPath(entry.target);
  if (isTooLong(target)) {
    return impossible(path, "a hard link to a path that is too long");
  }
  if (shortestPath(entry.target).starts_with(kAufsLinks)) {
    return applyAufsLink(target, path, directory);
  }
  const LayerTree& tree = layer_.tree();
  const auto place = tree.resolve(target, false);
  if (!place.found()) {
    return impossible(path, fmt::format("a hard link to {}, which does not exist", target));
  }
  const NameKind kind = tree.kind(place.node);
  if (kind == NameKind::directory) {
    return impossible(path, fmt::format("a hard link to /{}, which is a directory", target));
  }
  if (layer_.links(tree.file(place.node)) >= limit_) {
    return ExtractionFailure{path, Limit::links, 1, 0};
  }
  layer_.addLink(place.node, directory, leafOf(path));
  // Docker sets the mode of what it has made unless the target, as it is written, is a symlink.
  const auto as_written = tree.resolve(entry.target, false);
  if (kind == NameKind::symlink && as_written.found() &&
      tree.kind(as_written.node) != NameKind::symlink && !tree.resolve(path, true).found()) {
    return impossible(path, "a hard link to a symlink that leads nowhere");
  }
  return std::nullopt;
}

std::optional<ExtractionFailure> Unpacker::finish() {
  for (const std::string& directory : directories_) {
    if (!layer_.tree().resolve(directory, true).found()) {
      return impossible(directory, "its layer removes this directory again");
    }
  }
  for (const auto& [name, bytes] : aufs_link_targets_) {
    layer_.use().giveBack({1, bytes});
  }
  return std::nullopt;
}

}  // namespace hardlink
