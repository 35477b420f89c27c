#pragma once

/// Internal to exposition/: docs/runbook.md as HTML. This is no renderer for other documents.

#include <string>
#include <string_view>
#include <vector>

namespace hardlink {

struct Markdown {
  std::string html;                   ///< no text of the document is ever markup
  std::vector<std::string> headings;  ///< those of the second level, as text, in their order
};

/// Knows headings, paragraphs, lists, tables, code that is indented by four spaces, and in a line
/// `code`, **strong**, *emphasis* and [links](#anchor). Headings have the anchors of anchorOf(). Of
/// a link to another file only its text stays: the daemon does not serve that file.
[[nodiscard]] Markdown renderMarkdown(std::string_view text);

}  // namespace hardlink
