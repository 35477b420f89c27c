#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/layer_entry.h"

namespace hardlink {

/// The names of one layer, as a tree that is changed name by name. About 80 bytes per name, and
/// what does not fit into a short string. A value: copies share nothing. Not thread-safe.
///
/// Paths are relative to the top, without a leading slash; the top itself is the empty path.
class LayerTree {
 public:
  using NodeId = std::uint32_t;
  using FileId = std::uint32_t;  ///< whatever its owner numbers files by

  static constexpr NodeId kTop = 0;

  struct Place {
    enum class What : std::uint8_t { found, missing, not_a_directory, loop };

    What what = What::missing;
    NodeId node = kTop;  ///< if found

    [[nodiscard]] bool found() const { return what == What::found; }
  };

  LayerTree();

  /// Follows `path` as the kernel does for a process whose root directory is the top: symlinks on
  /// the way always, at its end if `follow_last`; `..` never leads out.
  [[nodiscard]] Place resolve(std::string_view path, bool follow_last) const;
  [[nodiscard]] std::optional<NodeId> child(NodeId directory, std::string_view name) const;

  /// Adds a name that `directory` does not have yet. `file` is ignored for directories.
  NodeId add(NodeId directory, std::string_view name, NameKind kind, FileId file,
             std::string_view symlink_target = {});
  /// Takes out `node`, which is not the top, and everything below; `gone` is called with each of
  /// these while it can still be asked about.
  void remove(NodeId node, const std::function<void(NodeId)>& gone);
  /// Gives `node` another file; of the same kind.
  void setFile(NodeId node, FileId file) { nodes_[node].file = file; }

  /// Names in it, directories too.
  [[nodiscard]] std::size_t size() const { return live_ - 1; }
  [[nodiscard]] NameKind kind(NodeId node) const { return nodes_[node].kind; }
  [[nodiscard]] NodeId parent(NodeId node) const { return nodes_[node].parent; }
  [[nodiscard]] FileId file(NodeId node) const { return nodes_[node].file; }
  /// Where a symlink leads; empty for everything else.
  [[nodiscard]] std::string symlinkTarget(NodeId node) const;
  [[nodiscard]] const std::string& name(NodeId node) const { return nodes_[node].name; }
  [[nodiscard]] std::string path(NodeId node) const;
  /// The entries of `directory`, ascending by name: the order in which Docker walks.
  [[nodiscard]] std::vector<NodeId> children(NodeId directory) const;

 private:
  static constexpr NodeId kNone = ~NodeId{0};

  struct Node {
    std::string name;
    NodeId parent = kNone;
    NodeId first_child = kNone;
    NodeId next = kNone;      // among the siblings, in no order
    NodeId previous = kNone;  // the same backwards
    NodeId chain = kNone;     // the next in the same bucket, or on the free list
    FileId file = 0;
    NameKind kind = NameKind::directory;
  };

  [[nodiscard]] std::size_t bucketOf(NodeId parent, std::string_view name) const;
  NodeId allocate();
  void enterBucket(NodeId node);
  void leaveBucket(NodeId node);
  void leaveSiblings(NodeId node);
  void growBuckets();

  std::vector<Node> nodes_;
  std::vector<NodeId> buckets_;
  std::unordered_map<NodeId, std::string> symlink_targets_;
  NodeId free_ = kNone;
  std::size_t live_ = 1;
};

}  // namespace hardlink
