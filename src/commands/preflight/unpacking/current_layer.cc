#include "commands/preflight/unpacking/current_layer.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "base/clean_path.h"

namespace hardlink {
namespace {

/// An archive can say of its files that they are of any size.
std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return a > kMost - b ? kMost : a + b;
}

}  // namespace

void Objects::add(const Objects& other) {
  inodes = sum(inodes, other.inodes);
  bytes = sum(bytes, other.bytes);
}

std::uint64_t inClusters(std::uint64_t bytes, const CopyCosts& costs) {
  const std::uint64_t cluster = std::max<std::uint64_t>(costs.cluster_bytes, 1);
  const std::uint64_t over = bytes % cluster;
  return over == 0 ? bytes : sum(bytes, cluster - over);
}

void RoomUse::take(const Objects& objects) {
  used_.add({objects.inodes, sum(objects.bytes, objects.inodes * costs_.inode_bytes)});
  peak_.inodes = std::max(peak_.inodes, used_.inodes);
  peak_.bytes = std::max(peak_.bytes, used_.bytes);
}

void RoomUse::giveBack(const Objects& objects) {
  const std::uint64_t bytes = objects.bytes + objects.inodes * costs_.inode_bytes;
  used_.inodes -= std::min(used_.inodes, objects.inodes);
  used_.bytes -= std::min(used_.bytes, bytes);
}

std::optional<Shortage> RoomUse::shortage() const {
  const auto of = [](Limit limit, const std::optional<Quota>& quota, std::uint64_t used,
                     std::uint64_t before) -> std::optional<Shortage> {
    if (!quota || used <= quota->left) {
      return std::nullopt;
    }
    return Shortage{limit, used - std::min(used, before),
                    quota->left - std::min(quota->left, before)};
  };
  const auto inodes = of(Limit::inodes, left_.inodes, used_.inodes, step_.inodes);
  return inodes ? inodes : of(Limit::space, left_.bytes, used_.bytes, step_.bytes);
}

FreeRoom RoomUse::left() const {
  FreeRoom left = left_;
  if (left.inodes) {
    left.inodes->left -= std::min(left.inodes->left, used_.inodes);
  }
  if (left.bytes) {
    left.bytes->left -= std::min(left.bytes->left, used_.bytes);
  }
  return left;
}

Objects takenUnpacked(const std::vector<LayerEntry>& files, const CopyCosts& costs) {
  Objects taken;
  std::map<std::string, std::uint64_t> directories{{"", kDotEntriesBytes}};
  const auto add_name = [&](const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string above = slash == std::string::npos ? std::string() : path.substr(0, slash);
    directories[above] += entryBytes(path.size() - (slash == std::string::npos ? 0 : slash + 1));
  };
  const auto add_directory = [&](const std::string& path) {
    if (directories.try_emplace(path, kDotEntriesBytes).second) {
      add_name(path);
    }
  };
  for (const LayerEntry& file : files) {
    const std::string path = cleanPath(file.path);
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      add_directory(path.substr(0, slash));
    }
    if (file.kind == LayerEntry::Kind::directory) {
      add_directory(path);
      continue;
    }
    add_name(path);
    if (file.kind != LayerEntry::Kind::hard_link) {
      taken.add({1, inClusters(file.size, costs)});
    }
  }
  for (const auto& [path, entry_bytes] : directories) {
    taken.add({1, directoryBytes(costs, entry_bytes)});
  }
  return taken;
}

CurrentLayer::CurrentLayer(const FreeRoom& left, const CopyCosts& costs)
    : costs_(costs), use_(left, costs) {
  startEmpty();
}

void CurrentLayer::startEmpty() {
  CountedTree empty;
  empty.entry_bytes = {kDotEntriesBytes};
  empty.directories = 1;
  empty.directory_bytes = directoryBytes(costs_, kDotEntriesBytes);
  setCurrent(std::move(empty));
}

void CurrentLayer::setCurrent(CountedTree layer) {
  current_ = std::move(layer);
  making_ = false;
}

CurrentLayer::FileId CurrentLayer::newFile(bool regular, std::uint64_t links, std::uint64_t bytes,
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
void CurrentLayer::growDirectory(NodeId directory, std::uint64_t entry_bytes) {
  const std::uint64_t before = directoryBytes(costs_, current_.entry_bytes[directory]);
  current_.entry_bytes[directory] += entry_bytes;
  const std::uint64_t after = directoryBytes(costs_, current_.entry_bytes[directory]);
  current_.directory_bytes += after - before;
  if (making_) {
    use_.take({0, after - before});
  }
}

template <class Change>
void CurrentLayer::changeNameCounts(NameKind kind, std::size_t target_bytes, Change change) {
  change(kind == NameKind::regular ? current_.regular_names : current_.special_names);
  if (kind == NameKind::symlink && target_bytes >= kLongSymlink) {
    change(current_.long_symlinks);
  }
}

void CurrentLayer::addName(NodeId directory, std::string_view name, NameKind kind, FileId file,
                           std::string_view target) {
  const NodeId node = current_.tree.add(directory, name, kind, file, target);
  current_.entry_bytes.resize(std::max<std::size_t>(current_.entry_bytes.size(), node + 1));
  growDirectory(directory, entryBytes(name.size()));
  if (kind == NameKind::directory) {
    const std::uint64_t bytes = directoryBytes(costs_, kDotEntriesBytes);
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

std::uint64_t CurrentLayer::symlinkBytes(std::size_t target_bytes) const {
  return target_bytes >= kLongSymlink ? costs_.cluster_bytes : 0;
}

void CurrentLayer::addPresent(const LayerName& name) {
  // A walk reports directories before what is in them.
  const auto place = current_.tree.resolve(parentOf(name.path), false);
  if (!place.found() || current_.tree.child(place.node, leafOf(name.path))) {
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
  addName(place.node, leafOf(name.path), name.kind, file, name.target);
}

void CurrentLayer::removeNode(NodeId node) {
  const NodeId parent = current_.tree.parent(node);
  const std::uint64_t shrunk =
      current_.entry_bytes[parent] - entryBytes(current_.tree.name(node).size());
  current_.directory_bytes -=
      directoryBytes(costs_, current_.entry_bytes[parent]) - directoryBytes(costs_, shrunk);
  current_.entry_bytes[parent] = shrunk;
  current_.tree.remove(node, [this](NodeId gone) {
    const NameKind kind = current_.tree.kind(gone);
    if (kind == NameKind::directory) {
      const std::uint64_t bytes = directoryBytes(costs_, current_.entry_bytes[gone]);
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

void CurrentLayer::separateSpecialFiles() {
  making_ = false;
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

bool CurrentLayer::hasLinksForCopy(std::uint64_t limit) const {
  for (FileId file = 0; file < current_.names.size(); ++file) {
    if (regular_[file] && current_.names[file] != 0 &&
        links_[file] + current_.names[file] > limit) {
      return false;
    }
  }
  return true;
}

void CurrentLayer::becomeCopy() {
  for (FileId file = 0; file < current_.names.size(); ++file) {
    links_[file] = regular_[file] ? links_[file] + current_.names[file] : current_.names[file];
  }
  making_ = true;
}

void CurrentLayer::addLink(NodeId node, NodeId directory, std::string_view name) {
  const NameKind kind = tree().kind(node);
  const FileId file = tree().file(node);
  ++links_[file];
  use_.take({costs_.names_take_inodes ? 1U : 0U, 0});
  current_.shared_special_files = current_.shared_special_files || kind != NameKind::regular;
  addName(directory, name, kind, file, tree().symlinkTarget(node));
}

std::vector<LinksAfter> CurrentLayer::grown() const {
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

}  // namespace hardlink
