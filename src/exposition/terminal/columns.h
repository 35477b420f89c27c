#pragma once

/// Text laid out in a terminal's columns, as display_width.h counts
/// them.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hardlink {

/// Columns that well-formed UTF-8 takes.
[[nodiscard]] std::size_t columnsOf(std::string_view text);

/// `text` in at most `width` columns, at least 1, with `…` in place of what is left out of its
/// middle. The end gets the greater share: it tells more about a path than the start.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

/// `path` with every component of 64 hexadecimal digits (Docker's layer names) cut to the first 12.
[[nodiscard]] std::string withShortIds(std::string_view path);

/// `text` as lines of at most `width` columns (0: one line), broken at spaces, and within
/// words only where those are longer than a line. The first line starts with `head`, the others are
/// indented as far. No newline at the end.
[[nodiscard]] std::string wrapped(std::string_view head, std::string_view text, std::size_t width);

/// Rows with aligned columns, two spaces apart.
class Columns {
 public:
  enum class Align : std::uint8_t { left, right };
  struct Header {
    std::string title;
    Align align;
    /// Where a terminal is too narrow, columns are left out, those with the highest figure first;
    /// those with 0, and the last one, never.
    int drop = 0;
  };

  explicit Columns(std::vector<Header> headers);
  /// `cells` has one entry per header: printable, well-formed UTF-8. `style` as for styled().
  void addRow(std::vector<std::string> cells, std::string_view style = {}) {
    rows_.push_back(std::move(cells));
    styles_.emplace_back(style);
  }
  /// Every line after `indent` spaces. Where `width` is not 0, columns are left out (Header::drop)
  /// and the last one is shortened to fit, but not below 8 columns: a terminal that is narrower
  /// still breaks the lines rather than lose figures.
  [[nodiscard]] std::string render(std::size_t indent, std::size_t width) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;
  [[nodiscard]] std::vector<std::size_t> columnsThatFit(const std::vector<std::size_t>& widths,
                                                        std::size_t width) const;
  [[nodiscard]] std::string line(const std::vector<std::string>& cells,
                                 const std::vector<std::size_t>& shown,
                                 const std::vector<std::size_t>& widths, std::size_t indent) const;

  std::vector<Header> headers_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::string> styles_;  // one per row
};

/// One column of a table, and how its cells are made. Lambdas in `cell` must outlive nothing but
/// the call that makes the table.
template <class Row>
struct Column {
  std::string title;
  Columns::Align align;
  int drop;  ///< as Columns::Header::drop
  std::function<std::string(const Row&)> cell;
  bool is_shown = true;
};

/// A table of the first `most` of `rows`; `style` is that of a row, as for styled().
template <class Row>
[[nodiscard]] Columns tableOf(
    const std::vector<Column<Row>>& columns, const std::vector<Row>& rows, std::size_t most,
    const std::function<std::string_view(const Row&)>& style = [](const Row&) { return ""; }) {
  std::vector<Columns::Header> headers;
  for (const Column<Row>& column : columns) {
    if (column.is_shown) {
      headers.push_back({column.title, column.align, column.drop});
    }
  }
  Columns table(std::move(headers));
  for (std::size_t i = 0; i < rows.size() && i < most; ++i) {
    std::vector<std::string> cells;
    for (const Column<Row>& column : columns) {
      if (column.is_shown) {
        cells.push_back(column.cell(rows[i]));
      }
    }
    table.addRow(std::move(cells), style(rows[i]));
  }
  return table;
}

/// `text`, a line with or without its newline, between the ANSI sequences of `style` ("1;31") and
/// of its end; as it is if `style` is empty.
[[nodiscard]] std::string styled(std::string_view text, std::string_view style);

}  // namespace hardlink
