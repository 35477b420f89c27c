#include <set>

#include "exposition/next_steps.h"
#include "exposition/page/markdown.h"
#include "exposition/page/status_page.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

std::string html(std::string_view text) { return renderMarkdown(text).html; }

TEST_CASE("headings have anchors, and those of the second level are listed") {
  const Markdown rendered = renderMarkdown("# Top\n\n## One, *two*\n### Three\n");
  CHECK(rendered.html ==
        "<h1 id=\"top\">Top</h1>\n<h2 id=\"one-two\">One, <em>two</em></h2>\n"
        "<h3 id=\"three\">Three</h3>\n");
  CHECK(rendered.headings == std::vector<std::string>{"One, *two*"});
}

TEST_CASE("lines of a paragraph are joined, and marks work across their ends") {
  CHECK(html("one\ntwo [a\nb](#c) **x `**` y**\n\nthree") ==
        "<p>one two <a href=\"#c\">a b</a> <strong>x `</strong>` y**</p>\n<p>three</p>\n");
  CHECK(html("`a *b* <c>` *d `e`*") ==
        "<p><code>a *b* &lt;c&gt;</code> <em>d <code>e</code></em></p>\n");
}

TEST_CASE("of a link to another file only the text stays") {
  CHECK(html("see [`docs/x.md`](x.md) and [y](https://y.example/)") ==
        "<p>see <code>docs/x.md</code> and y</p>\n");
}

TEST_CASE("what opens nothing is text") {
  CHECK(html("2 * 3 [x] `y ** & <z>") == "<p>2 * 3 [x] `y ** &amp; &lt;z&gt;</p>\n");
  CHECK(html("") == "");
  CHECK(html("\n\n") == "");
  CHECK(html("*") == "<p>*</p>\n");
  CHECK(html("[") == "<p>[</p>\n");
}

TEST_CASE("indented lines are code, blank lines between them included") {
  CHECK(html("    a  <b>\n\n      c\n\nd\n") ==
        "<pre><code>a  &lt;b&gt;\n\n  c\n</code></pre>\n<p>d</p>\n");
}

TEST_CASE("an item of a list holds what is indented as far as its text") {
  CHECK(html("- a\n  b\n\n      code\n\n- c\n\nafter\n") ==
        "<ul>\n<li><p>a b</p>\n<pre><code>code\n</code></pre>\n</li>\n<li><p>c</p>\n</li>\n</ul>\n"
        "<p>after</p>\n");
  CHECK(html("1. a\n2. b\n\n   c\n") ==
        "<ol>\n<li><p>a</p>\n</li>\n<li><p>b</p>\n<p>c</p>\n</li>\n</ol>\n");
}

TEST_CASE("a table has a head and rows, with empty cells too") {
  CHECK(html("| a | `b` |\n|---|---|\n| c | |\n") ==
        "<div class=\"scroll\" tabindex=\"0\"><table><tr><th>a</th><th><code>b</code></th></tr>\n"
        "<tr><td>c</td><td></td></tr>\n</table></div>\n");
}

TEST_CASE(
    "the runbook has a section for each alarm of a root, and each link in it leads somewhere") {
  const std::string page = renderRunbook();
  for (const RootReport& root : literalReport().roots) {
    for (const RootAlarm& alarm : alarmsOf(root, true)) {
      CAPTURE(alarm.name);
      CHECK(contains(page, " id=\"" + anchorOf(alarm.name) + "\""));
    }
  }
  const std::string kLink = "href=\"#";
  std::set<std::string> targets;
  for (std::size_t at = page.find(kLink); at != page.npos; at = page.find(kLink, at + 1)) {
    const std::size_t begin = at + kLink.size();
    targets.insert(page.substr(begin, page.find('"', begin) - begin));
  }
  CHECK(targets.size() > 20);
  for (const std::string& target : targets) {
    CAPTURE(target);
    CHECK(contains(page, " id=\"" + target + "\""));
  }
}

TEST_CASE("the runbook has no script, and nothing from elsewhere") {
  const std::string page = renderRunbook();
  for (const char* const part : {"<script", "<style", " style=", "src=", "href=\"http", "{{"}) {
    CAPTURE(part);
    CHECK_FALSE(contains(page, part));
  }
}

}  // namespace
}  // namespace hardlink
