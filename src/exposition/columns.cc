#include "exposition/columns.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace hardlink {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowestLastColumn = 8;
constexpr std::size_t kIdDigits = 64;
constexpr std::size_t kShortIdDigits = 12;

bool startsCodePoint(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

/// Offset of the code point number `index`, or the text's size.
std::size_t offsetOf(std::string_view text, std::size_t index) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (startsCodePoint(text[i]) && seen++ == index) {
      return i;
    }
  }
  return text.size();
}

bool isHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool isId(std::string_view component) {
  return component.size() == kIdDigits &&
         std::all_of(component.begin(), component.end(), isHexDigit);
}

void appendWord(std::string& out, std::size_t& column, std::string_view word, std::size_t indent,
                std::size_t width) {
  const std::size_t length = columnsOf(word);
  if (column > indent) {
    if (width != 0 && column + 1 + length > width) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
  }
  out += word;
  column += length;
}

}  // namespace

std::size_t columnsOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), startsCodePoint));
}

std::string shortened(std::string_view text, std::size_t width) {
  const std::size_t columns = columnsOf(text);
  if (columns <= width) {
    return std::string(text);
  }
  const std::size_t kept = width - 1;
  const std::size_t head = kept / 3;
  const std::size_t tail = kept - head;
  std::string out(text.substr(0, offsetOf(text, head)));
  return out.append("…").append(text.substr(offsetOf(text, columns - tail)));
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
  std::string out(head);
  const std::size_t indent = columnsOf(head);
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    appendWord(out, column, text.substr(0, space), indent, width);
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return out;
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

std::string Columns::line(const std::vector<std::string>& cells,
                          const std::vector<std::size_t>& widths, std::size_t indent) const {
  std::string out(indent, ' ');
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = shortened(cells[i], std::max<std::size_t>(widths[i], 1));
    const std::size_t padding = widths[i] - std::min(widths[i], columnsOf(cell));
    const bool right = headers_[i].align == Align::right;
    out.append(right ? padding : 0, ' ').append(cell);
    if (i + 1 < cells.size()) {
      out.append((right ? 0 : padding) + kGap, ' ');
    }
  }
  return out.erase(out.find_last_not_of(' ') + 1) + "\n";
}

std::string Columns::render(std::size_t indent, std::size_t width) const {
  std::vector<std::size_t> fitted = widths();
  if (width != 0) {
    std::size_t before = indent;
    for (std::size_t i = 0; i + 1 < fitted.size(); ++i) {
      before += fitted[i] + kGap;
    }
    const std::size_t room = width > before ? width - before : 0;
    fitted.back() = std::min(fitted.back(), std::max(room, kNarrowestLastColumn));
  }
  std::vector<std::string> titles;
  for (const Header& header : headers_) {
    titles.push_back(header.title);
  }
  std::string out = line(titles, fitted, indent);
  for (const auto& row : rows_) {
    out += line(row, fitted, indent);
  }
  return out;
}

}  // namespace hardlink
