#pragma once

/// `preflight --unpack=DIR`: each layer of an image unpacked by itself, on paper, into an empty
/// directory on the filesystem of DIR. overlay2, containerd and containers/storage do that, and
/// mount the directories over each other. No link leads from layer to layer, but one layer can have
/// more names of one file than an inode can have links. Any thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "commands/preflight/unpacking/current_layer.h"
#include "commands/preflight/unpacking/unpacker.h"
#include "exposition/terminal/table.h"
#include "model/layer_entry.h"
#include "model/report.h"

namespace hardlink {

struct PreflightOptions;
class ImageArchive;

/// The largest of several counts, and where it is: below the layer's directory, and empty for that
/// directory itself.
struct LargestCount {
  std::uint64_t count = 0;
  std::string path{};

  bool operator==(const LargestCount&) const = default;
};

/// One layer in a directory of its own.
struct UnpackedLayer {
  std::string image{};       ///< the first image that has it: its first tag, else its id
  std::uint64_t number = 0;  ///< in that image; the base is 1
  std::uint64_t of = 0;      ///< layers of that image
  std::string diff_id{};
  std::uint64_t names = 0;  ///< of everything but directories; a whiteout is one
  /// What unpacking takes at the peak; an upper bound, as directories may be smaller.
  Objects needed{};
  /// What the content of its files takes in whole blocks. Without directories, because their size
  /// is not known on every filesystem.
  std::uint64_t content_bytes = 0;
  LargestCount links{};            ///< names of one inode; without a path if it is only one
  LargestCount subdirectories{};   ///< of one directory
  LargestCount reference_bytes{};  ///< of one inode in one directory, as btrfs counts its names
  /// Why engines may disagree on this layer, or all refuse it: a sentence about one of its paths.
  /// Empty where they agree.
  std::string doubt{};

  bool operator==(const UnpackedLayer&) const = default;
};

enum class Answer : std::uint8_t { yes, no, unknown };

struct UnpackPreflight {
  std::string archive;  ///< path of the image
  std::string format;   ///< docker-save or oci-layout
  std::string directory;
  FilesystemReport filesystem;
  /// Layers that several images or an image have with the same layers below are here once.
  std::vector<UnpackedLayer> layers;

  /// What all layers take together.
  [[nodiscard]] Objects needed() const;
};

/// Unpacks the layer whose entries `read` passes to its visitor. Only names and figures of the
/// layer itself are set in the result. Fails if `read` does.
[[nodiscard]] Result<UnpackedLayer> unpackLayer(
    const std::function<Result<void>(const EntryVisitor&)>& read, const CopyCosts& costs);

/// The limit of `filesystem` that keeps `layer` from being unpacked even if it is the only one;
/// `left` is what the limit allows, or for inodes and space what is free.
[[nodiscard]] std::optional<ExtractionFailure> failureOf(const UnpackedLayer& layer,
                                                         const FilesystemReport& filesystem);

struct UnpackVerdict {
  Answer answer = Answer::yes;
  std::string text{};  ///< one line: "yes: …", "no: …", "cannot be told: …"
};

/// No: one layer fails. Unknown: one may fail, the link limit is not known and matters, or there
/// is room for each layer but not for all, and some may be there already.
[[nodiscard]] UnpackVerdict verdictOf(const UnpackPreflight& preflight);

/// As renderPreflight() and renderPreflightJson() of preflight_report.h.
[[nodiscard]] std::string renderUnpack(const UnpackPreflight& preflight,
                                       const TableOptions& options);
[[nodiscard]] std::string renderUnpackJson(const UnpackPreflight& preflight);

/// Reads all layers of `options.image`, and the filesystem of `options.unpack`, a directory.
[[nodiscard]] Result<UnpackPreflight> unpackImage(const PreflightOptions& options);

}  // namespace hardlink
