#pragma once

/// What an extraction on paper takes of a filesystem's inodes and bytes, step by step, and whether
/// that is there. Pure. Not thread-safe.

#include <cstdint>
#include <optional>
#include <vector>

#include "model/layer_entry.h"
#include "model/limits.h"

namespace hardlink {

/// Inodes, and bytes beside what the inodes themselves take.
struct Objects {
  std::uint64_t inodes = 0;
  std::uint64_t bytes = 0;

  /// No further than to the largest number.
  void add(const Objects& other);

  bool operator==(const Objects&) const = default;
};

/// Where an extraction takes place.
struct ExtractionRoom {
  FreeRoom left{};  ///< before it; what is unset limits nothing
  CopyCosts costs{};
  /// Directories that the one with the layers can still hold; unset where there is no limit.
  std::optional<std::uint64_t> subdirectories_left{};
  Objects making{};        ///< Docker's own files beside a layer while the layer below is copied
  Objects unpacking{};     ///< Docker's further files from then on, until the layer is complete
  Objects made{};          ///< Docker's own files for a complete layer, instead of the two above
  MakersOwn makers_own{};  ///< upper bounds of the same, for the margins of later layers
};

/// One of the limits that is not enough.
struct Shortage {
  Limit limit{};
  std::uint64_t needed = 0;  ///< by the step that began with begin(), so far
  std::uint64_t left = 0;    ///< when it began

  bool operator==(const Shortage&) const = default;
};

/// What `bytes` of a file's content take.
[[nodiscard]] std::uint64_t inClusters(std::uint64_t bytes, const CopyCosts& costs);

class RoomUse {
 public:
  RoomUse(const FreeRoom& left, const CopyCosts& costs) : left_(left), costs_(costs) {}

  /// Begins a step. shortage() tells the needs of one step as one figure.
  void begin() { step_ = used_; }
  void take(const Objects& objects);
  void giveBack(const Objects& objects);
  [[nodiscard]] std::optional<Shortage> shortage() const;
  /// What is left by now.
  [[nodiscard]] FreeRoom left() const;

  [[nodiscard]] const Objects& used() const { return used_; }
  /// The most that was in use at once since the last startPeak().
  [[nodiscard]] const Objects& peak() const { return peak_; }
  void startPeak() { peak_ = used_; }

 private:
  FreeRoom left_;
  CopyCosts costs_;
  Objects used_;
  Objects peak_;
  Objects step_;
};

/// What `files`, each with a path of its own, take when they are unpacked into a new directory.
[[nodiscard]] Objects takenUnpacked(const std::vector<LayerEntry>& files, const CopyCosts& costs);

}  // namespace hardlink
