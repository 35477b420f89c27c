#pragma once

/// Internal to exposition/: how figures, names, bars and the lists of a root are written in a
/// table.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exposition/terminal/columns.h"
#include "exposition/terminal/table.h"

namespace hardlink {

/// A bar of `width` columns of which `part` of `whole` is filled; to an eighth of a column with
/// `utf8`, else in `#` and `-`. Something, and less than all, is filled wherever `part` is more
/// than nothing and less than `whole`.
[[nodiscard]] std::string bar(std::uint64_t part, std::uint64_t whole, std::size_t width,
                              bool utf8);

inline constexpr std::string_view kBold = "1";
inline constexpr std::string_view kRed = "1;31";
inline constexpr std::string_view kYellow = "33";
inline constexpr std::size_t kIndent = 2;

/// `options` must outlive it.
class TableText {
 public:
  explicit TableText(const TableOptions& options) : options_(options) {}

  [[nodiscard]] std::string number(std::uint64_t value) const;
  [[nodiscard]] std::string number(std::int64_t value) const;
  [[nodiscard]] std::string number(const std::optional<std::uint64_t>& value) const;
  [[nodiscard]] std::string number(const std::optional<std::int64_t>& value) const;
  /// A figure with its noun.
  [[nodiscard]] std::string counted(std::uint64_t count, std::string_view one,
                                    std::string_view many) const;
  /// What a terminal can show of bytes from outside; of what it has been given before, the same.
  [[nodiscard]] std::string shown(std::string_view bytes) const;
  /// shown() for the name of a file or layer.
  [[nodiscard]] std::string name(std::string_view bytes) const;
  [[nodiscard]] std::string layerName(std::string_view bytes) const;
  /// `ext4 (/dev/sda1 at /srv), link limit 65,000 from kernel`.
  [[nodiscard]] std::string filesystem(const FilesystemReport& filesystem) const;
  /// `text` in `style` where there are to be colours.
  [[nodiscard]] std::string colored(std::string_view text, std::string_view style) const;
  /// A line: `label`, then `text` in `style`, wrapped beside it where labels of at most
  /// `label_columns` end.
  [[nodiscard]] std::string labelled(std::string_view label, std::size_t label_columns,
                                     std::string_view text, std::string_view style = {}) const;

  /// The title of a list, and how many of `all` are shown where that is not all of them.
  [[nodiscard]] std::string title(std::string_view title, std::uint64_t shown,
                                  std::uint64_t all) const;
  /// The first `most` of `rows` under a title; nothing where there are no rows.
  template <class Row>
  [[nodiscard]] std::string list(
      std::string_view title, const std::vector<Column<Row>>& columns, const std::vector<Row>& rows,
      std::size_t most, const std::function<std::string_view(const Row&)>& style = [](const Row&) {
        return "";
      }) const {
    const std::size_t shown = std::min(most, rows.size());
    return shown == 0 ? ""
                      : this->title(title, shown, rows.size()) +
                            tableOf(columns, rows, shown, style).render(kIndent, options_.width);
  }

  /// A whole table that is made of such texts: where it is to be ASCII, with `~` where names were
  /// shortened.
  [[nodiscard]] std::string finished(std::string table) const;

 private:
  const TableOptions& options_;
};

/// How a figure has changed: "+197", "-3", or nothing.
[[nodiscard]] std::string change(std::uint64_t before, std::uint64_t now);

/// The series, the hottest inodes, the tightest layers and the tightest images of `census`, each
/// with its title, those that are not empty. `before` is the census before, or null. If
/// `interrupted`, the links outside the root are not known.
[[nodiscard]] std::string renderLists(const CensusReport& census, bool interrupted,
                                      const CensusReport* before, const TableOptions& options);

}  // namespace hardlink
