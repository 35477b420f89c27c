#include <algorithm>

#include "exposition/terminal/columns.h"
#include "exposition/terminal/table.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

TableOptions terminalOf(std::size_t width) {
  TableOptions options;
  options.width = width;
  options.human = true;
  return options;
}

/// Names of every width there is, too long for any terminal.
Report hostileReport() {
  Report report = literalReport();
  std::string wide;
  for (int i = 0; i < 60; ++i) {
    wide += "中e\xCC\x81💩";
  }
  for (RootReport& root : report.roots) {
    root.path += "/" + wide;
    if (root.census) {
      root.census->filesystem.device = wide;
      root.census->hot_inodes.front().path = wide + "/etc/" + wide;
      for (LayerReport& layer : root.census->tightest_layers) {
        layer.name = wide;
      }
    }
  }
  return report;
}

TEST_CASE("no line is wider than the terminal, from 40 columns on") {
  const std::size_t width = GENERATE(40U, 60U, 80U, 120U);
  const bool human = GENERATE(false, true);
  const bool utf8 = GENERATE(false, true);
  TableOptions options = terminalOf(width);
  options.human = human;
  options.utf8 = utf8;
  for (const Report& report : {literalReport(), hostileReport()}) {
    for (const std::string& line : linesStarting(renderTable(report, options), "")) {
      CAPTURE(line);
      CHECK(columnsOf(line) <= width);
    }
  }
}

TEST_CASE("a narrow terminal loses columns, and never a digit") {
  TableOptions exact = terminalOf(40);
  exact.human = false;
  const std::string table = renderTable(literalReport(), exact);
  CHECK(contains(table, "\n   links  headroom  path\n"));
  CHECK(contains(table, "\n  59,297     5,703  "));
  CHECK(contains(table, "\n  59,000     6,000  "));
  CHECK(contains(table, "\n         28  00a2f6d1c0b3  ap"));
}

TEST_CASE("a wide terminal has all columns and bars") {
  const std::string table = renderTable(literalReport(), terminalOf(120));
  CHECK(contains(table, "links  used      headroom  in root  outside  layers  path\n"));
  CHECK(contains(table, "  59.3k  ███████▎     5,703    59.3k        0     301  "));
}

TEST_CASE("figures are rounded where asked for and exact otherwise") {
  TableOptions options = terminalOf(100);
  CHECK(contains(renderTable(literalReport(), options),
                 "highest link count 59.3k of 65k, headroom 5,703 (8.7 %): low\n"));
  options.human = false;
  CHECK(contains(renderTable(literalReport(), options),
                 "highest link count 59,297 of 65,000, headroom 5,703 (8.7 %): low\n"));
}

TEST_CASE("a link count just below the limit is not rounded up to it") {
  RootReport root = emptyRoot("near");
  root.census->filesystem.link_limit = 65000;
  root.census->max_links = 64990;
  root.census->headroom_links = 10;
  CHECK(contains(renderTable(Report{{root}}, terminalOf(100)),
                 "highest link count 64,990 of 65k, headroom 10 (0.0 %): critical\n"));
}

TEST_CASE("what is low or worse is said in a word") {
  RootReport root = literalReport().roots[0];
  for (const auto& [left, words] : std::vector<std::pair<std::uint64_t, std::string>>{
           {20, "20 more layers are sure to fit\n"},
           {19, "19 more layers are sure to fit: low\n"},
           {1, "1 more layer is sure to fit: critical\n"},
           {0, "0 more layers are sure to fit: exhausted\n"}}) {
    root.census->extractions_remaining = left;
    CHECK(contains(renderTable(Report{{root}}, {}), words));
  }
}

TEST_CASE("where the locale is not UTF-8 everything is ASCII and still aligned") {
  TableOptions options = terminalOf(80);
  options.utf8 = false;
  const std::string table = renderTable(hostileReport(), options);
  const auto other = std::find_if(table.begin(), table.end(),
                                  [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  CHECK(other == table.end());
  CHECK(contains(table, "\\xe4\\xb8\\xad"));
  CHECK(contains(table, "#########-"));
  CHECK(contains(table, "~"));
}

TEST_CASE("bars are for terminals: without a width there is none") {
  const std::string table = renderTable(literalReport(), {});
  CHECK_FALSE(contains(table, "█"));
  CHECK_FALSE(contains(table, "  links  used  "));
}

TEST_CASE("wide and combining characters leave the columns aligned") {
  RootReport root = literalReport().roots[0];
  root.census->tightest_layers[0].name = "中文";
  root.census->tightest_layers[1].name = "e\xCC\x81tage";
  root.census->tightest_layers[1].orphan = false;
  root.census->tightest_layers[1].images = {"app:2"};
  const std::string table = renderTable(Report{{root}}, terminalOf(80));
  CHECK(contains(table, "  中文   app:1, app:latest\n"));
  CHECK(contains(table, "  e\xCC\x81tage  app:2\n"));
}

TEST_CASE("what has changed since the report before is shown") {
  const Report before = literalReport();
  Report now = before;
  CensusReport& census = *now.roots[0].census;
  census.max_links += 197;
  census.extractions_remaining = 27;
  census.layers += 1;
  census.hot_inodes[0].links += 197;
  census.hot_inodes[1].inode = 4711;
  census.tightest_layers[0].extractions_remaining = 27;
  TableOptions options = terminalOf(100);
  options.before = &before;
  const std::string table = renderTable(now, options);
  CHECK(contains(table, "27 more layers are sure to fit (-1)\n"));
  CHECK(contains(table, "highest link count 59.5k (+197) of 65k"));
  CHECK(contains(table, "302 layers (+1)"));
  CHECK(contains(table, "  59.5k    +197  "));
  CHECK(contains(table, "    59k     new  "));
  CHECK(contains(table, "         27      -1  "));
  CHECK_FALSE(contains(renderTable(before, options), "+"));
}

TEST_CASE("what was found until an interruption is marked as partial") {
  RootReport root = literalReport().roots[0];
  root.status.up = false;
  root.status.interrupted = true;
  root.status.error = "interrupted after 1.0 s with 12 of 301 layers read";
  root.census->complete = false;
  const std::string table = renderTable(Report{{root}}, {});
  CHECK(contains(table, "docker  /var/lib/docker/overlay  (partial)\n"));
  CHECK(contains(table, "  PARTIAL   interrupted after 1.0 s with 12 of 301 layers read\n"));
  CHECK(contains(table, "at most 28 more layers fit\n"));
  CHECK_FALSE(contains(table, "sure to fit"));
  CHECK_FALSE(contains(table, "could not be read"));
  root.census->extractions_remaining = {};
  CHECK(contains(renderTable(Report{{root}}, {}), "not known: no layer had been read to its end"));
}

}  // namespace
}  // namespace hardlink
