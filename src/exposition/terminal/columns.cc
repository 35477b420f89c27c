#include "exposition/terminal/columns.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "exposition/terminal/display_width.h"

namespace hardlink {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowestLastColumn = 8;
/// What the last column should have before others are left out for it.
constexpr std::size_t kWantedLastColumn = 24;
constexpr std::size_t kIdDigits = 64;
constexpr std::size_t kShortIdDigits = 12;

/// The longest start of `text` that takes at most `width` columns, with what combines with it.
std::string_view startOf(std::string_view text, std::size_t width) {
  std::size_t column = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const CodePoint next = firstCodePoint(text.substr(bytes));
    column += displayWidth(next.value);
    if (column > width) {
      break;
    }
    bytes += next.bytes;
  }
  return text.substr(0, bytes);
}

/// The longest end of `text` that takes at most `width` columns and does not begin in the middle of
/// a character.
std::string_view endOf(std::string_view text, std::size_t width) {
  std::size_t column = columnsOf(text);
  std::size_t skipped = 0;
  while (skipped < text.size()) {
    const CodePoint next = firstCodePoint(text.substr(skipped));
    const std::size_t columns = displayWidth(next.value);
    if (column <= width && columns > 0) {
      break;
    }
    column -= columns;
    skipped += next.bytes;
  }
  return text.substr(skipped);
}

bool isHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool isId(std::string_view component) {
  return component.size() == kIdDigits &&
         std::all_of(component.begin(), component.end(), isHexDigit);
}

/// Words laid out line by line.
class Paragraph {
 public:
  Paragraph(std::string_view head, std::size_t width)
      : out_(head), indent_(columnsOf(head)), width_(width), column_(indent_) {}

  void append(std::string_view word) {
    if (column_ > indent_) {
      if (width_ != 0 && column_ + 1 + columnsOf(word) > width_) {
        breakLine();
      } else {
        put(" ");
      }
    }
    while (width_ > indent_ && column_ + columnsOf(word) > width_) {
      // At least one code point, or it would never end.
      const std::size_t fitting =
          std::max(startOf(word, width_ - column_).size(), firstCodePoint(word).bytes);
      put(word.substr(0, fitting));
      word.remove_prefix(fitting);
      if (!word.empty()) {
        breakLine();
      }
    }
    put(word);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void breakLine() {
    out_.append("\n").append(indent_, ' ');
    column_ = indent_;
  }
  void put(std::string_view text) {
    out_ += text;
    column_ += columnsOf(text);
  }

  std::string out_;
  std::size_t indent_;
  std::size_t width_;
  std::size_t column_;
};

}  // namespace

std::size_t columnsOf(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const CodePoint next = firstCodePoint(text);
    columns += displayWidth(next.value);
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (columnsOf(text) <= width) {
    return std::string(text);
  }
  const std::size_t kept = width - 1;
  const std::size_t head = kept / 3;
  std::string out(startOf(text, head));
  return out.append("…").append(endOf(text, kept - head));
}

std::string withShortIds(std::string_view path) {
  std::string out;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    out += isId(component) ? component.substr(0, kShortIdDigits) : component;
    if (slash == std::string_view::npos) {
      return out;
    }
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

std::string wrapped(std::string_view head, std::string_view text, std::size_t width) {
  Paragraph paragraph(head, width);
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    paragraph.append(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return paragraph.take();
}

Columns::Columns(std::vector<Header> headers) : headers_(std::move(headers)) {}

std::vector<std::size_t> Columns::widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headers_.size(); ++i) {
    std::size_t width = columnsOf(headers_[i].title);
    for (const auto& row : rows_) {
      width = std::max(width, columnsOf(row[i]));
    }
    widths.push_back(width);
  }
  return widths;
}

std::vector<std::size_t> Columns::columnsThatFit(const std::vector<std::size_t>& widths,
                                                 std::size_t width) const {
  std::vector<std::size_t> shown(headers_.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  const auto needed = [&] {
    std::size_t sum = std::min(widths.back(), kWantedLastColumn);
    for (std::size_t i = 0; i + 1 < shown.size(); ++i) {
      sum += widths[shown[i]] + kGap;
    }
    return sum;
  };
  while (width != 0 && needed() > width) {
    const auto least = std::max_element(shown.begin(), shown.end() - 1, [&](auto a, auto b) {
      return headers_[a].drop < headers_[b].drop;
    });
    if (least == shown.end() - 1 || headers_[*least].drop == 0) {
      break;
    }
    shown.erase(least);
  }
  return shown;
}

std::string Columns::line(const std::vector<std::string>& cells,
                          const std::vector<std::size_t>& shown,
                          const std::vector<std::size_t>& widths, std::size_t indent) const {
  std::string out(indent, ' ');
  for (const std::size_t i : shown) {
    const std::string cell = shortened(cells[i], std::max<std::size_t>(widths[i], 1));
    const std::size_t padding = widths[i] - std::min(widths[i], columnsOf(cell));
    const bool right = headers_[i].align == Align::right;
    out.append(right ? padding : 0, ' ').append(cell);
    if (i != shown.back()) {
      out.append((right ? 0 : padding) + kGap, ' ');
    }
  }
  return out.erase(out.find_last_not_of(' ') + 1) + "\n";
}

std::string Columns::render(std::size_t indent, std::size_t width) const {
  std::vector<std::size_t> fitted = widths();
  const std::size_t available = width > indent ? width - indent : width;
  const std::vector<std::size_t> shown = columnsThatFit(fitted, available);
  if (width != 0) {
    std::size_t before = 0;
    for (std::size_t i = 0; i + 1 < shown.size(); ++i) {
      before += fitted[shown[i]] + kGap;
    }
    const std::size_t room = available > before ? available - before : 0;
    fitted.back() = std::min(fitted.back(), std::max(room, kNarrowestLastColumn));
  }
  std::vector<std::string> titles;
  for (const Header& header : headers_) {
    titles.push_back(header.title);
  }
  std::string out = line(titles, shown, fitted, indent);
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const std::string text = line(rows_[row], shown, fitted, indent);
    out += styled(text, styles_[row]);
  }
  return out;
}

std::string styled(std::string_view text, std::string_view style) {
  if (style.empty()) {
    return std::string(text);
  }
  const bool ends_line = text.ends_with('\n');
  text.remove_suffix(ends_line ? 1 : 0);
  std::string out = "\x1b[";
  return out.append(style).append("m").append(text).append("\x1b[0m").append(ends_line ? "\n" : "");
}

}  // namespace hardlink
