#include "exposition/terminal/table.h"

#include <algorithm>

#include "exposition/terminal/columns.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

TEST_CASE("no byte of a name reaches the terminal as a control character") {
  RootReport root = emptyRoot("r\x1b[2J");
  root.path = "/p\r";
  root.census->layout = "\x1b";
  root.census->tool = "o\x1b";
  root.census->layout_reason = "w\x1b";
  root.census->advice = "v\x1b";
  root.census->series = {{"s\x1b", 1, "h\x1b", 1}};
  root.census->extractions_remaining = 1;
  root.census->errors[CensusErrorReason::io] = 1;
  root.census->errors.example = "\x07";
  LayerReport layer;
  layer.name = "l\b\n";
  layer.images = {"i\x7f"};
  root.census->images = {{"i\x1b[2J\n", "id", {}, 1, 1, 1}};
  root.census->unfinished_layers = {"t\x1b\n"};
  root.census->image_problems = {"q\x1b\n"};
  layer.links_per_extraction = 1;
  root.census->tightest_layers = {layer};
  HotInodeReport inode;
  inode.path = "p\n\x1b]0;title\x07\xff";
  root.census->hot_inodes = {inode};
  root.status.up = false;
  root.status.error = "e\v";
  const std::string table = renderTable(Report{{root}}, {});
  const auto bad =
      std::find_if(table.begin(), table.end(), [](char c) { return c != '\n' && isControl(c); });
  CHECK(bad == table.end());
  CHECK(contains(table, "p\\n\\x1b]0;title\\x07\\xff\n"));
  CHECK(contains(table, "l\\x08\\n"));
  CHECK(contains(table, "\\x1b, tool o\\x1b: w\\x1b\n"));
  CHECK(contains(table, "s\\x1b   h\\x1b\n"));
  CHECK(contains(table, "r\\x1b[2J  /p\\x0d\n"));
}

TEST_CASE("the table says how many layers are left and what binds them") {
  const std::string table = renderTable(Report{{literalReport().roots[0]}}, {});
  CHECK(contains(table, "28 more layers are sure to fit\n"));
  CHECK(contains(table, "highest link count 59,297 of 65,000, headroom 5,703 (8.7 %): low\n"));
  CHECK(contains(table, "each further extraction takes 197 links of one inode\n"));
  CHECK(contains(table, "301 layers, 44,198 inodes (44,090 with more than one link)"));
  CHECK(contains(table, "3 vanished"));
}

TEST_CASE("every limit that is known has a line, and the one that ends first is marked") {
  const std::string docker = renderTable(Report{{literalReport().roots[0]}}, {.width = 100});
  CHECK(contains(
      docker, "\n            links end first: 59,297 of 65,000 used, one more layer takes 197\n"));
  const auto row = [&](const std::string& limit) {
    const auto rows = linesStarting(docker, "  " + limit + " ");
    return rows.empty() ? "" : rows.back();
  };
  CHECK(row("limit") ==
        "  limit              used         of     left     each     fit  ends   where");
  CHECK(contains(row("links"), " 59,297     65,000    5,703      197      28  first  00a2f6d1"));
  CHECK(row("inodes") == "  inodes          519,321  1,310,720  791,399      974     812");
  CHECK(row("space") == "  space            14 GiB     19 GiB    5 GiB  3.9 MiB   1,308");
  CHECK(row("subdirectories") ==
        "  subdirectories      301     64,998   64,697        1  64,697         .");
  CHECK(contains(docker, "  Fullest   the root: 301 of 64,998 subdirectories\n"));
}

TEST_CASE("on a narrow terminal the list of limits keeps what fits") {
  for (const RootReport& root : literalReport().roots) {
    const std::string table = renderTable(Report{{root}}, {.width = 40});
    const std::size_t at = table.find("  Limits\n");
    if (at == std::string::npos) {
      continue;
    }
    const std::string list = table.substr(at, table.find("\n\n", at) - at);
    for (const std::string& line : linesStarting(list, "")) {
      CAPTURE(line);
      CHECK(columnsOf(line) <= 40);
    }
    CHECK(contains(list, root.census->first_limit ? "  fit" : "  where"));
  }
}

TEST_CASE("what binds a root is told in the unit of the limit that ends first") {
  const std::string small = renderTable(Report{{literalReport().roots[5]}}, {});
  CHECK(contains(small, "67 more layers are sure to fit\n            inodes end first: 6,000 of"));
  CHECK(contains(small, "layer base, where each further extraction takes 267 inodes\n"));
  CHECK(contains(small, "  inodes    6,000   24,000  18,000      267      67  first\n"));
  const std::string disk = renderTable(Report{{literalReport().roots[6]}}, {});
  CHECK(contains(disk, "space ends first: 1023 MiB of 1 GiB used, one more snapshot takes 804"));
  CHECK(contains(disk, "snapshot 2024-01-02, where each further snapshot takes 804 KiB\n"));
}

TEST_CASE("limits that are known are shown where the link limit is not") {
  const std::string table = renderTable(Report{{literalReport().roots[2]}}, {});
  CHECK(contains(table, "  Margin    the link limit is unknown"));
  CHECK(contains(table, "  inodes  1,000  2,000  1,000     4  250\n"));
  CHECK_FALSE(contains(table, "ends"));
}

TEST_CASE("a root without layers shows what is full, and no layers that fit") {
  const std::string pool = renderTable(Report{{literalReport().roots[7]}}, {.color = true});
  CHECK(contains(pool, "4 inodes are full (12 KiB; 1 of them is empty)"));
  CHECK(contains(pool, "  limit  used  of  left  where\n"));
  CHECK(contains(pool, "  Fullest   .runs/r: 300 subdirectories\n"));
  const std::string btrfs = renderTable(Report{{literalReport().roots[8]}}, {.width = 100});
  CHECK(contains(btrfs, "links left, but a directory takes no more names of a file: critical"));
  CHECK(contains(btrfs, "  Names     no more names of one file fit in d\\xff: 16,254 of 16,258"));
  CHECK(contains(btrfs, "  names in a directory  16,254 bytes  16,258 bytes  4 bytes  d\\xff\n"));
}

TEST_CASE("the table says what kind of tree it is, and why") {
  const Report report = literalReport();
  const std::string docker = renderTable(Report{{report.roots[0]}}, {});
  CHECK(contains(docker, "  Layout    docker-overlay, tool docker: the storage of Docker's"));
  CHECK_FALSE(contains(docker, "Series"));
  CHECK_FALSE(contains(docker, "Rounds"));
  CHECK(contains(renderTable(Report{{report.roots[2]}}, {}),
                 "snapshots, tool rsnapshot: two levels of NAME.N: daily, ho\\nur\\xffly\n"));
  RootReport home = emptyRoot("home");
  home.census->layout_reason =
      "2 directories share one file; --layout=snapshots makes layers of them";
  CHECK(contains(renderTable(Report{{home}}, {}),
                 "  Layout    none: 2 directories share one file; --layout=snapshots makes"));
}

TEST_CASE("snapshots are told as such, series by series, and no older one alarms") {
  RootReport root = literalReport().roots[3];
  const std::string table = renderTable(Report{{root}}, {.color = true});
  CHECK(contains(table, "2 more snapshots are sure to fit, 0 rounds of all 3 series: critical"));
  CHECK(contains(table, "0 rounds of all 3 series; a round is one more snapshot of every series"));
  CHECK(contains(table, "snapshot alpha/2024-01-04, where each further snapshot takes 3 links"));
  CHECK(contains(table, "12 snapshots, 1 inode"));
  CHECK(contains(table, "remaining  snapshots  series  head\n"));
  CHECK(contains(table, "\x1b[31m          2          4  beta    beta/2024-01-04\x1b[0m\n"));
  CHECK(contains(
      table,
      "\x1b[31m          2           3         37       1  0 bytes  yes   gamma/2024-01-04"));
  CHECK(contains(
      table, "\n          2           3         37       1  0 bytes  no    alpha/2024-01-01\n"));
  CHECK_FALSE(contains(table, "layer"));
}

TEST_CASE("the table says what is stored, what links save and which layer holds most alone") {
  const Report report = literalReport();
  const std::string docker = renderTable(Report{{report.roots[0]}}, {.width = 80});
  CHECK(contains(docker,
                 "\n  Bytes\n"
                 "  12 GiB stored, 480 GiB as copies: links save 468 GiB\n"
                 "  layer 00a2f6d1c0b3 holds the most alone: 3.1 GiB\n"));
  CHECK(contains(docker, "    alone  layer          images\n"));
  CHECK(contains(docker, "  3.1 GiB  00a2f6d1c0b3   app"));
  CHECK(contains(docker, "  0 bytes  caf\\xe9-layer  (orphan)\n"));
  CHECK(contains(renderTable(Report{{report.roots[3]}}, {}),
                 "\n  the removal of any one snapshot frees only its directories\n"));
  CHECK(contains(renderTable(Report{{report.roots[4]}}, {}),
                 "\n  Bytes\n  0 bytes stored, links save nothing\n"));
}

TEST_CASE("bytes of a tree that was not read completely are said to be of what was read") {
  const std::string table = renderTable(Report{{literalReport().roots[2]}}, {});
  CHECK(contains(table, "\n  100 GiB stored in what was read, 190 GiB as copies: links save 90"));
  CHECK(contains(table, "\n  of what was read, snapshot daily.1 holds the most alone: 6 GiB"));
}

TEST_CASE("bytes that are not known are not shown") {
  const std::string table = renderTable(Report{{literalReport().roots[5]}}, {});
  CHECK_FALSE(contains(table, "Bytes"));
  CHECK_FALSE(contains(table, "alone"));
}

TEST_CASE("of many series the tightest are shown") {
  RootReport root = literalReport().roots[3];
  root.census->series.clear();
  for (int host = 10; host < 40; ++host) {
    const std::string name = "host" + std::to_string(host);
    root.census->series.push_back({name, 1, name + "/1", 100U - static_cast<unsigned>(host)});
  }
  root.census->series.push_back({"new", 0, "", {}});
  const std::string table = renderTable(Report{{root}}, {});
  CHECK(contains(table, "Series (10 of 31)\n"));
  CHECK(contains(table, "         61          1  host39  host39/1\n         62 "));
  CHECK_FALSE(contains(table, "host29"));
  CHECK(contains(renderTable(Report{{root}}, {.top = 31}), "          -          0  new     -\n"));
}

TEST_CASE("a store shows its headroom, what one more user takes and how to clean it up") {
  const std::string table = renderTable(Report{{literalReport().roots[4]}}, {});
  CHECK(contains(table, "  Headroom  64,981 of 65,000 links left\n"));
  CHECK(contains(table, "store, tool nix: .links beside 3 store paths"));
  CHECK(contains(table, "one more user like those here takes at most 6 links of one file\n"));
  CHECK(contains(table, "  Clean up  nix-collect-garbage\n"));
  CHECK(contains(table, "  Counted   1 inode (1 with more than one link)"));
  CHECK(contains(table, "outside  path\n"));
}

TEST_CASE("where no snapshot is complete there is no margin and nothing that binds") {
  RootReport root = literalReport().roots[3];
  root.census->extractions_remaining.reset();
  root.census->first_limit.reset();
  root.census->rounds_remaining.reset();
  for (LayerReport& layer : root.census->tightest_layers) {
    layer.head = false;
  }
  const std::string table = renderTable(Report{{root}}, {});
  CHECK(contains(table, "  Headroom  8 of 45 links left"));
  CHECK_FALSE(contains(table, "Bound by"));
}

TEST_CASE("the table says where the root is, or that its mount is not known") {
  RootReport root = literalReport().roots[0];
  CHECK(contains(renderTable(Report{{root}}, {}), "ext4 (/dev/sdc at /data), link limit 65,000"));
  root.census->filesystem.mountpoint.clear();
  CHECK(contains(renderTable(Report{{root}}, {}), "ext4 (mount not known), link limit 65,000"));
}

TEST_CASE("the table shows the tightest images and what their removal frees") {
  const std::string table = renderTable(Report{{literalReport().roots[0]}}, {});
  CHECK(contains(table, "Tightest images\n  remaining  layers  own  links freed  image\n"));
  CHECK(contains(table, "         28      61   60       11,820  app:1\n"));
  CHECK_FALSE(contains(renderTable(Report{{literalReport().roots[2]}}, {}), "images\n  rem"));
}

TEST_CASE("orphans, layers being made and what is wrong with Docker's files are said") {
  const std::string table = renderTable(Report{{literalReport().roots[0]}}, {});
  CHECK(contains(table, "caf\\xe9-layer"));
  CHECK(contains(table, "(orphan)\n"));
  CHECK(contains(table, "1 layer that none of Docker's files names (orphans)\n"));
  CHECK(contains(table, "2 layers being made or left over: 00a2f6d1c0b3"));
  CHECK(contains(table, "odd\\n\\xfe/tmproot1\n"));
  CHECK(contains(table, "images may be missing; 1 layer without a usable cache-id: "));
  RootReport many = emptyRoot("many");
  many.census->unfinished_layers = {"a/t", "b/t", "c/t", "d/t", "e/t"};
  CHECK(contains(renderTable(Report{{many}}, {}),
                 "5 layers being made or left over: a/t, b/t, c/t and 2 more\n"));
}

TEST_CASE("a root without a census says why and shows no figures") {
  const std::string table = renderTable(Report{{literalReport().roots[1]}}, {});
  CHECK(contains(table, "failed: open /srv/spool: No such file or directory\n"));
  CHECK_FALSE(contains(table, "Margin"));
  RootReport fresh;
  fresh.name = "fresh";
  CHECK(contains(renderTable(Report{{fresh}}, {}), "the first one has not ended yet"));
}

TEST_CASE("a root that failed shows its last good figures and their time") {
  RootReport root = literalReport().roots[0];
  root.status.up = false;
  root.status.error = "timed out";
  const std::string table = renderTable(Report{{root}}, {});
  CHECK(contains(table, "failed: timed out; the figures are those of 2026-11-23T12:00:00Z\n"));
  CHECK(contains(table, "28 more layers"));
}

TEST_CASE("figures that are not known are dashes and the margin says why it is absent") {
  const std::string table = renderTable(Report{{literalReport().roots[2]}}, {});
  CHECK(contains(table, "  Margin    the link limit is unknown: link_limit in"));
  CHECK(contains(table, "incomplete"));
  const auto row = linesStarting(table, "     30");
  REQUIRE(row.size() == 1);
  CHECK(contains(row[0], "  -  "));
  RootReport store = emptyRoot("store");
  store.census->filesystem.link_limit = 65000;
  store.census->headroom_links = 6500;
  CHECK(contains(renderTable(Report{{store}}, {}), "  Headroom  6,500 of 65,000 links left\n"));
}

TEST_CASE("with a width every line fits and Docker's layer names have twelve digits") {
  Report report = literalReport();
  report.roots[2].census->tightest_layers[0].name = std::string(200, 'x');
  for (const std::size_t width : {std::size_t{80}, std::size_t{100}, std::size_t{132}}) {
    const std::string table = renderTable(report, {width, false, 10});
    CHECK(contains(table, "00a2f6d1c0b3"));
    CHECK_FALSE(contains(table, "00a2f6d1c0b39"));
    for (const std::string& line : linesStarting(table, "")) {
      CAPTURE(line);
      CHECK(columnsOf(line) <= width);
    }
  }
}

TEST_CASE("without a width names are shown in full") {
  const std::string table = renderTable(literalReport(), {});
  CHECK(contains(table, "00a2f6d1c0b3948576afe1d2c3b4a5968778695a4b3c2d1e0f00112233445566/root/"));
}

TEST_CASE("lists stop at the rows asked for and say so") {
  const std::string table = renderTable(literalReport(), {0, false, 1});
  CHECK(contains(table, "Hottest inodes (1 of 3)\n"));
  CHECK(contains(table, "Tightest layers (1 of 2)\n"));
  CHECK_FALSE(contains(table, "59,000"));
  CHECK_FALSE(contains(renderTable(literalReport(), {0, false, 0}), "Hottest"));
}

TEST_CASE("colours are there only when asked for and end where their line ends") {
  CHECK_FALSE(contains(renderTable(literalReport(), {}), "\x1b"));
  const std::string table = renderTable(literalReport(), {60, true, 10});
  CHECK(contains(table, "\x1b[1;31m"));
  std::size_t open = 0;
  for (std::size_t at = table.find('\x1b'); at != std::string::npos;
       at = table.find('\x1b', at + 1)) {
    open += table.compare(at, 4, "\x1b[0m") == 0 ? 0U : 1U;
  }
  std::size_t closed = 0;
  for (std::size_t at = table.find("\x1b[0m"); at != std::string::npos;
       at = table.find("\x1b[0m", at + 1)) {
    ++closed;
  }
  CHECK(open > 0);
  CHECK(open == closed);
  CHECK_FALSE(contains(table, "\n\x1b[0m"));
}

}  // namespace
}  // namespace hardlink
