#include "exposition/landing_page.h"

#include "base/time.h"
#include "base/utf8.h"
#include "base/version.h"
#include "exposition/number.h"

namespace hardlink {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>hardlink_exporter</title>
<style>
body { font-family: sans-serif; margin: 2em; }
table { border-collapse: collapse; }
th, td { border: 1px solid #999; padding: .3em .6em; text-align: left; }
td.number { text-align: right; }
tr.down { background: #fdd; }
</style>
</head>
<body>
<h1>hardlink_exporter</h1>
)";

constexpr std::string_view kTableHead = R"(<table>
<thead><tr><th scope="col">Root</th><th scope="col">Path</th><th scope="col">Up</th>)"
                                        R"(<th scope="col">Layers left</th>)"
                                        R"(<th scope="col">Headroom (links)</th>)"
                                        R"(<th scope="col">Max links</th>)"
                                        R"(<th scope="col">Last census</th></tr></thead>
<tbody>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string link(std::string_view path, std::string_view text) {
  return "<li><a href=\"." + escaped(path) + "\">" + escaped(text) + "</a></li>\n";
}

std::string cell(std::string_view text) { return "<td>" + escaped(text) + "</td>"; }

template <class Number>
std::string numberCell(const std::optional<Number>& number) {
  return "<td class=\"number\">" + (number ? thousands(*number) : "unknown") + "</td>";
}

std::string upText(const CensusStatus& status) {
  if (!status.up) {
    return status.in_progress ? "first census running" : "no census yet";
  }
  return *status.up ? "yes" : "no: " + status.error;
}

std::string row(const RootReport& root) {
  std::optional<std::uint64_t> layers_left;
  std::optional<std::int64_t> headroom;
  std::optional<std::uint64_t> max_links;
  if (root.census) {
    layers_left = root.census->extractions_remaining;
    headroom = root.census->headroom_links;
    max_links = root.census->max_links;
  }
  const bool down = root.status.up.has_value() && !*root.status.up;
  return std::string(down ? "<tr class=\"down\">" : "<tr>") + cell(root.name) + cell(root.path) +
         cell(upText(root.status)) + numberCell(layers_left) + numberCell(headroom) +
         numberCell(max_links) +
         cell(root.status.last_success ? rfc3339(*root.status.last_success) : "never") + "</tr>\n";
}

}  // namespace

std::string renderLandingPage(const Report& report, std::string_view telemetry_path) {
  std::string page(kHead);
  page += "<p>Version " + escaped(kVersion) + ", revision " + escaped(kRevision) + "</p>\n<ul>\n";
  page += link(telemetry_path, "Metrics") + link("/api/v1/report", "Report (JSON)") +
          link("/-/healthy", "Healthy") + link("/-/ready", "Ready") + "</ul>\n";
  page += kTableHead;
  for (const RootReport& root : report.roots) {
    page += row(root);
  }
  return page + "</tbody>\n</table>\n</body>\n</html>\n";
}

}  // namespace hardlink
