#include "commands/preflight/unpacking/layer_tree.h"

#include <algorithm>

namespace hardlink {
namespace {

constexpr std::size_t kFirstBuckets = 64;  // a power of two, as all that follow
// As many as the kernel follows.
constexpr unsigned kMostSymlinks = 40;

/// Cuts the first component off `path`; empty at its end.
std::string_view takeComponent(std::string_view& path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const std::string_view component = path.substr(0, path.find('/'));
  path.remove_prefix(component.size());
  return component;
}

}  // namespace

LayerTree::LayerTree() : nodes_(1), buckets_(kFirstBuckets, kNone) {}

std::size_t LayerTree::bucketOf(NodeId parent, std::string_view name) const {
  constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
  const std::uint64_t mixed = (std::hash<std::string_view>()(name) ^ parent) * kSpread;
  return (mixed >> 32U) & (buckets_.size() - 1);
}

std::optional<LayerTree::NodeId> LayerTree::child(NodeId directory, std::string_view name) const {
  for (NodeId at = buckets_[bucketOf(directory, name)]; at != kNone; at = nodes_[at].chain) {
    if (nodes_[at].parent == directory && nodes_[at].name == name) {
      return at;
    }
  }
  return std::nullopt;
}

LayerTree::Place LayerTree::resolve(std::string_view path, bool follow_last) const {
  using What = Place::What;
  std::string followed;  // holds what is left of the path once it leads through a symlink
  unsigned symlinks = 0;
  NodeId at = kTop;
  for (std::string_view name = takeComponent(path); !name.empty(); name = takeComponent(path)) {
    if (nodes_[at].kind != NameKind::directory) {
      return {What::not_a_directory, kTop};
    }
    if (name == "." || name == "..") {
      at = name == ".." && at != kTop ? nodes_[at].parent : at;
      continue;
    }
    const auto next = child(at, name);
    if (!next) {
      return {What::missing, kTop};
    }
    if (nodes_[*next].kind != NameKind::symlink || (path.empty() && !follow_last)) {
      at = *next;
      continue;
    }
    if (++symlinks > kMostSymlinks) {
      return {What::loop, kTop};
    }
    // `path` may lie in `followed` itself, so that the new one is made first.
    std::string way = symlink_targets_.at(*next) + std::string(path);
    followed = std::move(way);
    path = followed;
    at = path.starts_with('/') ? kTop : at;
  }
  return {What::found, at};
}

LayerTree::NodeId LayerTree::allocate() {
  ++live_;
  if (live_ > buckets_.size()) {
    growBuckets();
  }
  if (free_ == kNone) {
    nodes_.emplace_back();
    return static_cast<NodeId>(nodes_.size() - 1);
  }
  const NodeId node = free_;
  free_ = nodes_[node].chain;
  nodes_[node] = Node();
  return node;
}

void LayerTree::growBuckets() {
  std::vector<NodeId> members;
  for (NodeId head : buckets_) {
    for (; head != kNone; head = nodes_[head].chain) {
      members.push_back(head);
    }
  }
  buckets_.assign(buckets_.size() * 2, kNone);
  for (const NodeId node : members) {
    enterBucket(node);
  }
}

void LayerTree::enterBucket(NodeId node) {
  NodeId& head = buckets_[bucketOf(nodes_[node].parent, nodes_[node].name)];
  nodes_[node].chain = head;
  head = node;
}

void LayerTree::leaveBucket(NodeId node) {
  NodeId* at = &buckets_[bucketOf(nodes_[node].parent, nodes_[node].name)];
  while (*at != node) {
    at = &nodes_[*at].chain;
  }
  *at = nodes_[node].chain;
}

LayerTree::NodeId LayerTree::add(NodeId directory, std::string_view name, NameKind kind,
                                 FileId file, std::string_view symlink_target) {
  const NodeId id = allocate();
  Node& node = nodes_[id];
  node.name = name;
  node.parent = directory;
  node.kind = kind;
  node.file = file;
  NodeId& first = nodes_[directory].first_child;
  node.next = first;
  if (first != kNone) {
    nodes_[first].previous = id;
  }
  first = id;
  enterBucket(id);
  if (kind == NameKind::symlink) {
    symlink_targets_[id] = symlink_target;
  }
  return id;
}

void LayerTree::leaveSiblings(NodeId node) {
  const Node& leaving = nodes_[node];
  if (leaving.previous == kNone) {
    nodes_[leaving.parent].first_child = leaving.next;
  } else {
    nodes_[leaving.previous].next = leaving.next;
  }
  if (leaving.next != kNone) {
    nodes_[leaving.next].previous = leaving.previous;
  }
}

void LayerTree::remove(NodeId node, const std::function<void(NodeId)>& gone) {
  leaveSiblings(node);
  std::vector<NodeId> left{node};
  while (!left.empty()) {
    const NodeId id = left.back();
    left.pop_back();
    for (NodeId below = nodes_[id].first_child; below != kNone; below = nodes_[below].next) {
      left.push_back(below);
    }
    gone(id);
    if (nodes_[id].kind == NameKind::symlink) {
      symlink_targets_.erase(id);
    }
    leaveBucket(id);
    nodes_[id].chain = free_;
    free_ = id;
    --live_;
  }
}

std::string LayerTree::symlinkTarget(NodeId node) const {
  const auto target = symlink_targets_.find(node);
  return target == symlink_targets_.end() ? std::string() : target->second;
}

std::string LayerTree::path(NodeId node) const {
  std::vector<NodeId> way;
  for (; node != kTop; node = nodes_[node].parent) {
    way.push_back(node);
  }
  std::string path;
  for (auto at = way.rbegin(); at != way.rend(); ++at) {
    path.append(path.empty() ? "" : "/").append(nodes_[*at].name);
  }
  return path;
}

std::vector<LayerTree::NodeId> LayerTree::children(NodeId directory) const {
  std::vector<NodeId> found;
  for (NodeId at = nodes_[directory].first_child; at != kNone; at = nodes_[at].next) {
    found.push_back(at);
  }
  std::sort(found.begin(), found.end(),
            [this](NodeId a, NodeId b) { return nodes_[a].name < nodes_[b].name; });
  return found;
}

}  // namespace hardlink
