#include "exposition/landing_page.h"

#include "base/version.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

TEST_CASE("the landing page links to every route, relative to itself") {
  const std::string page = renderLandingPage(Report{}, "/custom-metrics");
  for (const char* route : {"./custom-metrics", "./api/v1/report", "./-/healthy", "./-/ready"}) {
    CAPTURE(route);
    CHECK(contains(page, "<a href=\"" + std::string(route) + "\">"));
  }
  CHECK(contains(page, "Version " + std::string(kVersion)));
}

TEST_CASE("the landing page has a row per root with its figures") {
  const std::string page = renderLandingPage(literalReport(), "/metrics");
  CHECK(contains(page,
                 "<tr><td>docker</td><td>/var/lib/docker/overlay</td><td>yes</td>"
                 "<td class=\"number\">28</td><td class=\"number\">5,703</td>"
                 "<td class=\"number\">59,297</td><td>2026-11-23T12:00:00Z</td></tr>"));
  CHECK(contains(page,
                 "<tr class=\"down\"><td>spool</td><td>/srv/spool</td>"
                 "<td>no: open /srv/spool: No such file or directory</td>"
                 "<td class=\"number\">unknown</td>"));
  CHECK(contains(page, "<td>never</td>"));
  CHECK(linesStarting(page, "<tr").size() == 3);
}

TEST_CASE("a root before its first census says whether it is running") {
  RootReport root;
  CHECK(contains(renderLandingPage(Report{{root}}, "/metrics"), "<td>no census yet</td>"));
  root.status.in_progress = true;
  CHECK(contains(renderLandingPage(Report{{root}}, "/metrics"), "<td>first census running</td>"));
}

TEST_CASE("nothing in a name is markup") {
  RootReport root = emptyRoot("<script>alert('&\"')</script>");
  root.status.up = false;
  root.status.error = "<b>\n\xff";
  const std::string page = renderLandingPage(Report{{root}}, "/m\"><i>");
  CHECK(contains(page, "<td>&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;</td>"));
  CHECK(contains(page, "no: &lt;b&gt;\\n\\xff"));
  CHECK(contains(page, "href=\"./m&quot;&gt;&lt;i&gt;\""));
  CHECK_FALSE(contains(page, "<script"));
  CHECK_FALSE(contains(page, "<i>"));
}

TEST_CASE("the page loads nothing from anywhere") {
  const std::string page = renderLandingPage(literalReport(), "/metrics");
  CHECK_FALSE(contains(page, "http:"));
  CHECK_FALSE(contains(page, "https:"));
  CHECK_FALSE(contains(page, "src="));
  CHECK_FALSE(contains(page, "@import"));
}

}  // namespace
}  // namespace hardlink
