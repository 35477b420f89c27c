#include "exposition/page/markdown.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"
#include "exposition/next_steps.h"
#include "exposition/page/html.h"

namespace hardlink {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kCodeIndent = 4;
constexpr std::string_view kSpace = " ";

std::size_t indentOf(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool isBlank(std::string_view line) { return indentOf(line) == line.size(); }

std::string element(std::string_view name, std::string_view html) {
  std::string out = "<";
  return out.append(name).append(">").append(html).append("</").append(name).append(">");
}

std::string inlineHtml(std::string_view text);

/// Where the mark at the start of `text` opens something, its HTML; `text` is then behind it.
std::string takeMarked(std::string_view& text, std::string_view mark, std::string_view name) {
  const std::size_t end = text.find(mark, mark.size());
  const bool opens = text.starts_with(mark) && end != text.npos && end > mark.size();
  if (!opens || text[mark.size()] == ' ') {
    return {};
  }
  const std::string_view inner = text.substr(mark.size(), end - mark.size());
  text.remove_prefix(end + mark.size());
  return element(name, name == "code" ? escaped(inner) : inlineHtml(inner));
}

std::string takeLink(std::string_view& text) {
  const std::size_t middle = text.find("](");
  const std::size_t end = text.find(')', middle == text.npos ? text.size() : middle);
  if (!text.starts_with('[') || end == text.npos) {
    return {};
  }
  const std::string shown = inlineHtml(text.substr(1, middle - 1));
  const std::string_view target = text.substr(middle + 2, end - middle - 2);
  text.remove_prefix(end + 1);
  return target.starts_with('#') ? "<a href=\"" + escaped(target) + "\">" + shown + "</a>" : shown;
}

std::string inlineHtml(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::string html = takeMarked(text, "`", "code");
    html = html.empty() ? takeMarked(text, "**", "strong") : html;
    html = html.empty() ? takeMarked(text, "*", "em") : html;
    html = html.empty() ? takeLink(text) : html;
    if (html.empty()) {
      const std::size_t plain = std::min(text.find_first_of("`*[", 1), text.size());
      html = escaped(text.substr(0, plain));
      text.remove_prefix(plain);
    }
    out += html;
  }
  return out;
}

/// The width of `- ` or `1. ` at the start of a line; 0 where there is none.
std::size_t markerOf(std::string_view line) {
  if (line.starts_with("- ")) {
    return 2;
  }
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  return digits > 0 && line.substr(digits).starts_with(". ") ? digits + 2 : 0;
}

/// One document, block by block.
class Renderer {
 public:
  void blocks(const Lines& lines);
  [[nodiscard]] Markdown take() && { return std::move(result_); }

 private:
  /// The lines from `next` on for which `belongs` holds; `next` is then behind them.
  template <class Belongs>
  static Lines taken(const Lines& lines, std::size_t& next, Belongs belongs) {
    Lines block;
    while (next < lines.size() && belongs(lines[next])) {
      block.push_back(lines[next++]);
    }
    return block;
  }
  void heading(std::string_view line);
  void code(const Lines& lines, std::size_t& next);
  void table(const Lines& rows);
  void list(const Lines& lines, std::size_t& next);
  void paragraph(const Lines& lines);

  Markdown result_;
};

void Renderer::blocks(const Lines& lines) {
  std::size_t next = 0;
  while (next < lines.size()) {
    const std::string_view line = lines[next];
    if (isBlank(line)) {
      ++next;
    } else if (line.starts_with("#")) {
      heading(line);
      ++next;
    } else if (indentOf(line) >= kCodeIndent) {
      code(lines, next);
    } else if (line.starts_with("|")) {
      table(taken(lines, next, [](std::string_view each) { return each.starts_with("|"); }));
    } else if (markerOf(line) > 0) {
      list(lines, next);
    } else {
      paragraph(taken(lines, next, [](std::string_view each) { return !isBlank(each); }));
    }
  }
}

void Renderer::heading(std::string_view line) {
  const std::size_t level = std::min(line.find_first_not_of('#'), line.size());
  const std::string_view text = trimmed(line.substr(level), kSpace);
  const std::string name = "h" + std::to_string(level);
  result_.html += "<" + name + " id=\"" + escaped(anchorOf(text)) + "\">" + inlineHtml(text) +
                  "</" + name + ">\n";
  if (level == 2) {
    result_.headings.emplace_back(text);
  }
}

void Renderer::code(const Lines& lines, std::size_t& next) {
  Lines block = taken(lines, next, [](std::string_view line) {
    return isBlank(line) || indentOf(line) >= kCodeIndent;
  });
  while (isBlank(block.back())) {
    block.pop_back();
  }
  std::string text;
  for (const std::string_view line : block) {
    text += escaped(line.substr(std::min(kCodeIndent, line.size()))) + "\n";
  }
  result_.html += element("pre", element("code", text)) + "\n";
}

void Renderer::table(const Lines& rows) {
  std::string html;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 1) {
      continue;  // the line between the head and the body
    }
    std::string_view cells = trimmed(rows[i], kSpace);
    std::string row;
    for (cells.remove_prefix(1); !cells.empty();) {
      const std::size_t end = std::min(cells.find('|'), cells.size());
      row += element(i == 0 ? "th" : "td", inlineHtml(trimmed(cells.substr(0, end), kSpace)));
      cells.remove_prefix(std::min(end + 1, cells.size()));
    }
    html += element("tr", row) + "\n";
  }
  result_.html += "<div class=\"scroll\" tabindex=\"0\">" + element("table", html) + "</div>\n";
}

/// Items of one kind, each with the lines below it that are indented as far as its text.
void Renderer::list(const Lines& lines, std::size_t& next) {
  const std::string name = lines[next].starts_with("-") ? "ul" : "ol";
  result_.html += "<" + name + ">\n";
  while (next < lines.size() && markerOf(lines[next]) > 0) {
    const std::size_t width = markerOf(lines[next]);
    Lines item = {lines[next++].substr(width)};
    for (const std::string_view line : taken(lines, next, [&](std::string_view each) {
           return isBlank(each) || indentOf(each) >= width;
         })) {
      item.push_back(line.substr(std::min(width, line.size())));
    }
    result_.html += "<li>";
    blocks(item);
    result_.html += "</li>\n";
  }
  result_.html += "</" + name + ">\n";
}

void Renderer::paragraph(const Lines& lines) {
  std::string text;
  for (const std::string_view line : lines) {
    text += text.empty() ? "" : " ";
    text += trimmed(line, kSpace);
  }
  result_.html += element("p", inlineHtml(text)) + "\n";
}

}  // namespace

Markdown renderMarkdown(std::string_view text) {
  Renderer renderer;
  renderer.blocks(linesOf(text));
  return std::move(renderer).take();
}

}  // namespace hardlink
