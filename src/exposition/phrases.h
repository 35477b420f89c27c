#pragma once

/// Internal to exposition/: pieces of sentences.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exposition/number.h"
#include "model/report.h"

namespace hardlink {

/// What stands for a figure that is not known.
inline constexpr std::string_view kUnknown = "-";

/// A figure with its noun: `1 layer`, `7,147,595 names`.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

/// What people call the layers of a root.
struct LayerWords {
  std::string_view one;
  std::string_view many;
};

/// Layers of Docker, snapshots of a series, copies of what a store holds (ostree's deployments);
/// layers where there are none.
[[nodiscard]] LayerWords layerWords(std::string_view layout);

/// Whether the root has layers, or is of a kind that is made of them.
[[nodiscard]] bool isLayered(const CensusReport& census);

/// Those of a root: layers before its first census, and in a store without copies.
[[nodiscard]] LayerWords wordsOf(const RootReport& root);

/// `text` with its first letter in upper case; it is ASCII.
[[nodiscard]] std::string capitalized(std::string_view text);

/// `0 rounds of all 3 series`: how many times each of them can still get one more layer. Empty
/// where that is not known, and with fewer than two series.
[[nodiscard]] std::string roundsText(const std::optional<std::uint64_t>& rounds,
                                     std::size_t series);

/// `snapshots, tool rsync`; the layout alone where no tool is known.
[[nodiscard]] std::string layoutAndTool(const std::string& layout, const std::string& tool);

/// What kind of tree it is and why: `snapshots, tool rsync: …`. Holds raw names.
[[nodiscard]] std::string layoutText(const CensusReport& census);

/// The series whose heads leave the least room, at most `most`; the tightest first, of equals in
/// the order of the report.
[[nodiscard]] std::vector<const SeriesReport*> tightestSeries(const CensusReport& census,
                                                              std::size_t most);

/// `65,000 links per file on ext4, from kernel`; `unknown on nfs4`. Holds raw names.
[[nodiscard]] std::string linkLimitText(const FilesystemReport& filesystem);

/// A figure in the unit of `limit`: space as byteSize(), anything else in full.
[[nodiscard]] std::string amountOf(Limit limit, std::uint64_t amount);
[[nodiscard]] std::string amountOf(Limit limit, std::int64_t amount);

/// What a limit is called in a table: `names in a directory` for names_per_directory.
[[nodiscard]] std::string_view limitTitle(Limit limit);

/// `inodes end first`.
[[nodiscard]] std::string endsFirst(Limit limit);

/// `inodes end first: 6,000 of 24,000 used, one more layer takes 267`; empty where there is no
/// margin. Holds raw names.
[[nodiscard]] std::string firstLimitText(const CensusReport& census);

/// `lib: 412 subdirectories`, `the root: 301 of 64,998 subdirectories`; empty where none is known.
/// Holds raw names.
[[nodiscard]] std::string fullestDirectoryText(const CensusReport& census);

/// `3 inodes are full (12 KiB; 1 of them is empty)`; empty where there are none.
[[nodiscard]] std::string saturatedText(const CensusReport& census);

/// `12 GiB stored, 480 GiB as copies: links save 468 GiB`, with `in what was read` for a census
/// that is not complete; empty where it is not known.
[[nodiscard]] std::string bytesText(const CensusReport& census);

/// `snapshot daily.1 holds the most alone: 6 GiB`, or that the removal of any frees only
/// directories; empty where it is not known, and without layers. `name` is that of the largest
/// layer, as it is to be shown. It says no `removal`: the largest is often the newest, which must
/// stay.
[[nodiscard]] std::string largestLayerText(const CensusReport& census, std::string_view name);

/// `no more names of one file fit in d: …`; empty where they do, and with layers. Holds raw names.
[[nodiscard]] std::string exhaustedNamesText(const CensusReport& census);

template <class Number>
[[nodiscard]] std::string orUnknown(const std::optional<Number>& number) {
  return number ? thousands(*number) : std::string(kUnknown);
}

}  // namespace hardlink
