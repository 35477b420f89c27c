#pragma once

/// Whether images would extract into one root, and what would be left: plain values, and the
/// arithmetic behind them. Pure. Any thread.

/// Whether an image would extract, for people and for machines. Any thread.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/preflight/extraction.h"
#include "exposition/terminal/table.h"
#include "model/counts.h"
#include "model/report.h"

namespace hardlink {

struct ImagePreflight {
  std::vector<std::string> tags;
  std::string id;
  std::uint64_t layers = 0;
  std::uint64_t present_layers = 0;  ///< of them, on disk already; from the base upwards
  std::uint64_t shared_layers = 0;   ///< above those, made for an image before it in the archive
  std::string deepest_present;       ///< name of the topmost layer on disk; empty if there is none
  /// Further layers on top of the layer that the first new one builds on, by all limits; unset
  /// without one, and if nothing limits it.
  std::optional<std::uint64_t> margin_before;
  std::uint64_t fitting_layers = 0;          ///< new layers that can be extracted
  std::optional<ExtractionFailure> failure;  ///< of the new layer after those
  /// Further layers on top of the image once it is there; unset if it fails, and as above.
  std::optional<std::uint64_t> margin_after;
  /// What loading it takes at the peak, up to what fails if it does; the archive, unpacked, and
  /// what Docker keeps of its own are in it.
  Objects needed;
  /// What the filesystem has left before it; unset where that is no limit or not known.
  FreeRoom left;

  [[nodiscard]] std::uint64_t newLayers() const { return layers - present_layers - shared_layers; }
  bool operator==(const ImagePreflight&) const = default;
};

struct Preflight {
  std::string archive;  ///< path of the image
  std::string format;   ///< docker-save or oci-layout
  std::string root;     ///< path of the overlay directory
  FilesystemReport filesystem;
  /// In the order of loading; after one that fails no other is loaded, nor listed here.
  std::vector<ImagePreflight> images;
  /// The root's margin once all images are there; unset if that cannot be told.
  std::optional<std::uint64_t> root_margin_after;

  [[nodiscard]] bool fits() const {
    return std::none_of(images.begin(), images.end(),
                        [](const ImagePreflight& image) { return image.failure.has_value(); });
  }
  bool operator==(const Preflight&) const = default;
};

/// What people see as the name of the image at `path`.
[[nodiscard]] std::string imageTitle(const std::string& path);

/// The answer in one line: "yes: …" or "no: …" and the first layer that fails.
[[nodiscard]] std::string verdictOf(const Preflight& preflight);

/// For people: per image what is there already, what is new and the verdict. UTF-8 without control
/// characters but newlines and colours, whatever is in the names. `options.top` is ignored.
[[nodiscard]] std::string renderPreflight(const Preflight& preflight, const TableOptions& options);

/// One JSON object and a newline. Figures that are not known are null; bytes that are not UTF-8 are
/// `\xNN`.
[[nodiscard]] std::string renderPreflightJson(const Preflight& preflight);

}  // namespace hardlink
