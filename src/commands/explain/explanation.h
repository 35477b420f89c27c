#pragma once

/// One file explained: who holds its links; for people and for machines. Pure functions: no system
/// calls, no logging. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exposition/terminal/table.h"
#include "model/counts.h"
#include "model/farm.h"
#include "model/image_store.h"
#include "model/report.h"

namespace hardlink {

/// What stat says of the file.
struct FileFacts {
  std::string path;  ///< absolute, bytes as on disk
  std::string kind;  ///< regular file, directory, symbolic link, …
  std::uint64_t inode = 0;
  std::uint64_t links = 0;  ///< of a directory: 2 and its subdirectories; 1: not told
  std::uint64_t size_bytes = 0;
  bool is_directory = false;
  std::optional<std::string> target;  ///< of a symbolic link
  std::uint64_t allocated_bytes = 0;  ///< as stat(2) says

  bool operator==(const FileFacts&) const = default;
};

/// Layers in which the file has the same number of names.
struct LayerGroup {
  std::uint64_t layers = 0;
  std::uint64_t names = 0;  ///< in each of them
  std::string example;      ///< the first of them by name

  bool operator==(const LayerGroup&) const = default;
};

/// What one image or container holds of the file.
struct HolderShare {
  std::string id;
  std::vector<std::string> names;  ///< tags of the image, or the container's name; may be empty
  std::string state;               ///< of a container
  std::string image;               ///< of a container: a tag, or the id
  std::uint64_t layers = 0;        ///< layers with names of the file
  std::uint64_t links = 0;         ///< names of it in those

  bool operator==(const HolderShare&) const = default;
};

/// The head with the most names of the file: where it gives way first.
struct TightestShare {
  std::string layer;
  std::uint64_t names = 0;                             ///< links that one more layer needs
  std::optional<std::uint64_t> extractions_remaining;  ///< as far as this file goes
  /// As far as all files of the layer go.
  std::optional<std::uint64_t> layer_extractions_remaining;

  bool operator==(const TightestShare&) const = default;
};

/// Where a file's names are.
struct NamesOfFile {
  std::string layout;
  std::string tool;  ///< who makes the links (kNames<Tool>)
  std::string engine;
  bool complete = false;  ///< every directory was read to its end
  std::uint64_t links = 0;
  std::uint64_t in_root = 0;
  std::uint64_t in_layers = 0;
  std::uint64_t in_unfinished_layers = 0;
  std::uint64_t elsewhere_in_root = 0;
  std::uint64_t outside_root = 0;
  std::uint64_t layers = 0;               ///< with at least one name
  std::uint64_t heads = 0;                ///< those of them that the next copy may build on
  std::uint64_t all_layers = 0;           ///< of the root
  std::vector<LayerGroup> groups;         ///< the largest first
  std::optional<TightestShare> tightest;  ///< unset where no head holds it, or it is not linked
  std::optional<std::uint64_t>
      orphan_layers;                    ///< of those with names; unset as LayerReport::orphan
  std::vector<HolderShare> images;      ///< most links first
  std::vector<HolderShare> containers;  ///< most links first
  std::vector<std::string> unfinished_layers;
  std::vector<std::string> paths;  ///< some of the names, below the root, bytes as on disk

  bool operator==(const NamesOfFile&) const = default;
};

struct Explanation {
  FileFacts file;
  FilesystemReport filesystem;
  std::optional<std::int64_t> headroom_links;   ///< unset without a limit and for directories
  std::optional<std::uint64_t> subdirectories;  ///< of a directory, where it tells
  /// What a file takes beside its inode, once for all its names; unset for directories.
  std::optional<std::uint64_t> allocated_bytes;
  std::string root;         ///< where the names were looked for; empty if they were not
  std::string root_reason;  ///< why there, for people
  std::optional<NamesOfFile> names;
  std::vector<std::string> notes;  ///< what else is to be known, for people

  bool operator==(const Explanation&) const = default;
};

/// What copies instead of links would take; unset for directories.
[[nodiscard]] std::optional<std::uint64_t> bytesAsCopies(const Explanation& explanation);

/// What follows from stat alone.
[[nodiscard]] Explanation explainFile(const FileFacts& file, const FilesystemReport& filesystem);

/// Where the names of `inode`, which has `links` of them, are in a root of the kind `farm`.
/// `counts` must have it among `tracked`, unless it has no name in the root.
[[nodiscard]] NamesOfFile explainNames(std::uint64_t inode, std::uint64_t links,
                                       const RootCounts& counts, const Farm& farm,
                                       std::optional<std::uint64_t> limit,
                                       const ImageStore& images);

/// For people. UTF-8 without control characters but newlines and colours, whatever is in the names.
/// `options.top` is the number of rows of each list, except the paths.
[[nodiscard]] std::string renderExplanation(const Explanation& explanation,
                                            const TableOptions& options);

/// One JSON object and a newline. Figures that are not known are null; bytes that are not UTF-8 are
/// `\xNN`.
[[nodiscard]] std::string renderExplanationJson(const Explanation& explanation);

}  // namespace hardlink
