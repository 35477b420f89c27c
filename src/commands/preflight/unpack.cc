#include "commands/preflight/unpack.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/clean_path.h"
#include "census/census.h"
#include "commands/preflight/preflight.h"
#include "commands/standard_streams.h"
#include "image/archive.h"
#include "roots/count_root.h"
#include "roots/roots.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

/// Bytes of a name in the back reference of its inode: struct btrfs_inode_ref, and the name.
std::uint64_t referenceBytes(std::string_view name) { return 10 + name.size(); }

void keepLargest(LargestCount& largest, std::uint64_t count, const LayerTree& tree,
                 LayerTree::NodeId node) {
  if (count > largest.count) {
    largest = {count, tree.path(node)};
  }
}

/// The most names that any file has had at once, also if a later entry replaces some of them.
class MostLinks {
 public:
  explicit MostLinks(const CurrentLayer& layer) : layer_(layer) {}

  /// After `entry`, a hard link, has made the name `path`.
  void add(const LayerEntry& entry, const std::string& path) {
    const auto place = layer_.tree().resolve(path, false);
    const LayerTree::FileId file = layer_.tree().file(place.node);
    if (!place.found() || layer_.links(file) <= most_.count) {
      return;
    }
    if (file != file_) {
      file_ = file;
      most_.path = cleanPath(entry.target);
    }
    most_.count = layer_.links(file);
  }
  [[nodiscard]] const LargestCount& most() const { return most_; }

 private:
  const CurrentLayer& layer_;
  std::optional<LayerTree::FileId> file_;
  LargestCount most_{1};
};

/// Goes through the tree of a layer, directory by directory in the order of the names, so that of
/// equal counts the same one is kept each time.
class LargestCounts {
 public:
  LargestCounts(const CurrentLayer& layer, UnpackedLayer& result)
      : tree_(layer.tree()), names_(layer.counted().names), result_(result) {}

  void find() {
    std::vector<LayerTree::NodeId> left{LayerTree::kTop};
    while (!left.empty()) {
      const LayerTree::NodeId directory = left.back();
      left.pop_back();
      const std::size_t before = left.size();
      addDirectory(directory, left);
      keepLargest(result_.subdirectories, left.size() - before, tree_, directory);
      std::reverse(left.begin() + static_cast<std::ptrdiff_t>(before), left.end());
    }
  }

 private:
  void addDirectory(LayerTree::NodeId directory, std::vector<LayerTree::NodeId>& subdirectories) {
    std::unordered_map<LayerTree::FileId, std::uint64_t> bytes;  // of the directory's own names
    for (const LayerTree::NodeId node : tree_.children(directory)) {
      if (tree_.kind(node) == NameKind::directory) {
        subdirectories.push_back(node);
        continue;
      }
      const LayerTree::FileId file = tree_.file(node);
      if (names_[file] > 1) {
        std::uint64_t& own = bytes[file];
        own += referenceBytes(tree_.name(node));
        keepLargest(result_.reference_bytes, own, tree_, directory);
      }
    }
  }

  const LayerTree& tree_;
  const std::vector<std::uint32_t>& names_;
  UnpackedLayer& result_;
};

std::uint64_t contentBytes(const CurrentLayer& layer) {
  Objects content;
  for (LayerTree::FileId file = 0; file < layer.fileCount(); ++file) {
    if (layer.isRegular(file) && layer.links(file) > 0) {
      content.add({0, layer.bytes(file)});
    }
  }
  return content.bytes;
}

std::string doubtOf(const std::optional<ExtractionFailure>& failure) {
  return failure->path + ": " + failure->reason;
}

/// Each layer of the archive's images once, with its place.
std::vector<std::pair<ArchivedLayer, UnpackedLayer>> distinctLayers(const ImageArchive& archive) {
  std::vector<std::pair<ArchivedLayer, UnpackedLayer>> layers;
  std::set<std::string> chains;
  for (const ArchivedImage& image : archive.images()) {
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
      const ArchivedLayer& layer = image.layers[i];
      if (chains.insert(layer.chain_id).second) {
        layers.push_back({layer,
                          {.image = image.tags.empty() ? image.id : image.tags.front(),
                           .number = i + 1,
                           .of = image.layers.size(),
                           .diff_id = layer.diff_id}});
      }
    }
  }
  return layers;
}

Result<std::vector<UnpackedLayer>> unpackLayers(ImageArchive& archive, const CopyCosts& costs) {
  auto layers = distinctLayers(archive);
  std::set<std::string> files;
  for (const auto& [stored, layer] : layers) {
    files.insert(stored.file);
  }
  RETURN_IF_ERROR(archive.prepareLayers({files.begin(), files.end()}));
  std::vector<UnpackedLayer> unpacked;
  unpacked.reserve(layers.size());
  for (auto& [stored, layer] : layers) {
    const auto read = [&archive, &file = stored.file](const EntryVisitor& visit) {
      return archive.readLayer(file, visit);
    };
    ASSIGN_OR_RETURN(UnpackedLayer figures, unpackLayer(read, costs));
    figures.image = std::move(layer.image);
    figures.number = layer.number;
    figures.of = layer.of;
    figures.diff_id = std::move(layer.diff_id);
    unpacked.push_back(std::move(figures));
  }
  return unpacked;
}

}  // namespace

Objects UnpackPreflight::needed() const {
  Objects all;
  for (const UnpackedLayer& layer : layers) {
    all.add(layer.needed);
  }
  return all;
}

Result<UnpackedLayer> unpackLayer(const std::function<Result<void>(const EntryVisitor&)>& read,
                                  const CopyCosts& costs) {
  CurrentLayer layer({}, costs);
  layer.becomeCopy();  // of an empty tree; from here on names take room
  layer.use().take({1, directoryBytes(costs, kDotEntriesBytes)});
  Unpacker unpacker(layer, kNoLimit, Whiteouts::keep);
  UnpackedLayer result;
  const auto keep_first = [&](const std::optional<ExtractionFailure>& failure) {
    if (failure && result.doubt.empty()) {
      result.doubt = doubtOf(failure);
    }
  };
  MostLinks links(layer);
  RETURN_IF_ERROR(read([&](const LayerEntry& entry) {
    const std::string path = cleanPath(entry.path);
    const auto failure = unpacker.apply(entry, path);
    keep_first(failure);
    if (!failure && entry.kind == LayerEntry::Kind::hard_link) {
      links.add(entry, path);
    }
    return true;
  }));
  keep_first(unpacker.finish());
  if (const std::string& path = unpacker.repeatedPath(); !path.empty()) {
    keep_first(ExtractionFailure{.path = path, .reason = "the layer has this path twice"});
  }
  const CountedTree& counted = layer.counted();
  result.names = counted.regular_names + counted.special_names;
  result.needed = layer.use().peak();
  result.content_bytes = contentBytes(layer);
  if (result.names > 0) {
    result.links = links.most();
  }
  LargestCounts(layer, result).find();
  return result;
}

std::optional<ExtractionFailure> failureOf(const UnpackedLayer& layer,
                                           const FilesystemReport& filesystem) {
  const auto exceeded = [](Limit limit, const LargestCount& largest,
                           const std::optional<std::uint64_t>& allowed) {
    return allowed && largest.count > *allowed
               ? std::optional(ExtractionFailure{largest.path, limit, largest.count, *allowed})
               : std::nullopt;
  };
  const auto left_of = [](const std::optional<Quota>& quota) {
    return quota ? std::optional(quota->left) : std::nullopt;
  };
  const auto first = [](std::initializer_list<std::optional<ExtractionFailure>> all) {
    const auto* const failure =
        std::find_if(all.begin(), all.end(), [](const auto& each) { return each.has_value(); });
    return failure == all.end() ? std::nullopt : *failure;
  };
  return first(
      {exceeded(Limit::links, layer.links, filesystem.link_limit),
       exceeded(Limit::subdirectories, layer.subdirectories, filesystem.subdirectory_limit),
       exceeded(Limit::names_per_directory, layer.reference_bytes, filesystem.back_reference_bytes),
       exceeded(Limit::inodes, {layer.needed.inodes}, left_of(filesystem.room.inodes)),
       exceeded(Limit::space, {layer.content_bytes}, left_of(filesystem.room.bytes))});
}

Result<UnpackPreflight> unpackImage(const PreflightOptions& options) {
  const std::string& directory = *options.unpack;
  ASSIGN_OR_RETURN(const auto filesystem, inspectFilesystem(directory, options.link_limit));
  UnpackPreflight preflight;
  preflight.archive = options.image;
  preflight.directory = directory;
  preflight.filesystem = describe(filesystem);
  if (const auto warning = refusedLimit(preflight.filesystem)) {
    complain("preflight", *warning);
  }
  ASSIGN_OR_RETURN(ImageArchive archive, ImageArchive::open(options.image, hostPlatform()));
  preflight.format = archive.format();
  ASSIGN_OR_RETURN(preflight.layers, unpackLayers(archive, filesystem.costs));
  return preflight;
}

}  // namespace hardlink
