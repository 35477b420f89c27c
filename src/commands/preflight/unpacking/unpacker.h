#pragma once

/// The tar of one layer unpacked on paper, as Docker's unpacker does it: entry by entry, in a root
/// directory of its own (moby 20.10: pkg/archive/diff.go). With Whiteouts::keep, as overlay2,
/// containerd and containers/storage do it into a layer's own directory. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "commands/preflight/unpacking/current_layer.h"
#include "model/layer_entry.h"
#include "model/limits.h"

namespace hardlink {

/// Why a layer cannot be extracted.
struct ExtractionFailure {
  /// The name that cannot be made, below the layer's tree; empty where it is none of the layer's.
  std::string path{};
  std::optional<Limit> limit{};  ///< the one that is reached; unset for another reason
  /// Of that limit: links of the name's inode; inodes or bytes of what Docker makes up to there,
  /// and where it is the copy of the layer below, of all of the copy.
  std::uint64_t needed = 0;
  std::uint64_t left = 0;
  /// For people: without a limit, why; with one, what needs it where that is no layer.
  std::string reason{};

  bool operator==(const ExtractionFailure&) const = default;
};

/// What a whiteout in a layer's tar does.
enum class Whiteouts : std::uint8_t {
  remove,  ///< It removes the name from the layer's tree, which began as a copy of its parent's.
  /// It becomes a character device of that name, or an xattr of an opaque directory (overlayfs).
  /// The layer's tree began empty, and a path that comes again replaces what was made of it before.
  keep,
};

/// Unpacks one tar into one layer. After a failure it is of no more use. Not thread-safe.
class Unpacker {
 public:
  /// `layer` must outlive the object. `limit`: links an inode can have.
  Unpacker(CurrentLayer& layer, std::uint64_t limit, Whiteouts whiteouts = Whiteouts::remove);

  /// Applies the next entry, whose path is `path` when cleaned.
  [[nodiscard]] std::optional<ExtractionFailure> apply(const LayerEntry& entry,
                                                       const std::string& path);
  /// After the last entry: Docker sets the times of the directories that the tar has, and removes
  /// what it kept meanwhile.
  [[nodiscard]] std::optional<ExtractionFailure> finish();
  [[nodiscard]] std::size_t entries() const { return entries_.size(); }
  /// A path that came twice; empty if none did. Only with Whiteouts::keep.
  [[nodiscard]] const std::string& repeatedPath() const { return repeated_path_; }

 private:
  using FileId = LayerTree::FileId;
  using NodeId = LayerTree::NodeId;
  using Outcome = std::optional<ExtractionFailure>;

  [[nodiscard]] Outcome makeDirectories(std::string_view path);
  [[nodiscard]] Outcome applyAufsMetadata(const LayerEntry& entry, const std::string& path);
  [[nodiscard]] Outcome applyWhiteout(const std::string& directory, std::string_view name);
  [[nodiscard]] Outcome applyOpaque(const std::string& directory);
  [[nodiscard]] Outcome keepWhiteout(const std::string& directory, std::string_view name);
  [[nodiscard]] Outcome applyName(const LayerEntry& entry, const std::string& path);
  [[nodiscard]] Outcome makeName(const LayerEntry& entry, const std::string& path);
  [[nodiscard]] Outcome applyHardLink(const LayerEntry& entry, const std::string& path,
                                      NodeId directory);
  [[nodiscard]] Outcome applyAufsLink(const std::string& target, const std::string& path,
                                      NodeId directory);

  CurrentLayer& layer_;
  std::uint64_t limit_;
  Whiteouts whiteouts_;
  std::string repeated_path_;
  std::unordered_set<std::size_t> entries_;   // hashes of the paths in the tar
  std::unordered_set<std::size_t> unpacked_;  // and of the paths below the tree that were made
  std::vector<std::string> directories_;      // which get their times at the end
  std::unordered_map<std::string, std::uint64_t> aufs_link_targets_;  // and the bytes they take
  bool has_temporary_directory_ = true;  // where those are kept while the layer is made
};

}  // namespace hardlink
