#include "exposition/page/status_page.h"

#include "base/version.h"
#include "exposition/page/html.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

std::string render(const Report& report) { return renderStatusPage(report, "/metrics"); }

std::string field(const std::string& name, const std::string& text) {
  return "data-field=\"" + name + "\">" + text + "<";
}

TEST_CASE("the page links to every route and to its own files, relative to itself") {
  const std::string page = renderStatusPage(Report{}, "/custom-metrics");
  for (const char* route :
       {"./custom-metrics", "./api/v1/report", "./runbook", "./-/healthy", "./-/ready"}) {
    CAPTURE(route);
    CHECK(contains(page, "<a href=\"" + std::string(route) + "\">"));
  }
  const std::string assets = "\"./assets/" + std::string(pageFilesVersion()) + "/status.";
  CHECK(contains(page, "href=" + assets + "css\""));
  CHECK(contains(page, "src=" + assets + "js\""));
  CHECK(contains(page, "hardlink_exporter " + std::string(kVersion)));
  CHECK_FALSE(contains(page, "http:"));
  CHECK_FALSE(contains(page, "https:"));
}

TEST_CASE("the page says the main figures of a root, and what binds it") {
  const std::string page = render(Report{{literalReport().roots[0]}});
  CHECK(contains(page, "data-root=\"docker\" data-level=\"ok\""));
  CHECK(contains(page, "data-field=\"path\" >/var/lib/docker/overlay<"));
  CHECK(contains(page, field("state", "up")));
  CHECK(contains(page, field("layers_left", "28")));
  CHECK(contains(page, field("headline", "28 more layers are sure to fit")));
  CHECK(contains(page, field("headroom", "5,703 of 65,000 links left")));
  CHECK(contains(page, field("used_percent", "91.2")));
  CHECK(contains(page, "x=\"89.8\""));
  CHECK(contains(page, "x=\"97.8\""));
  CHECK(contains(page, "marks where 10 % and 2 % are left"));
  CHECK(contains(page, field("limit", "65,000 links per file on ext4, from kernel")));
  CHECK(contains(page, field("max_links", "59,297")));
  CHECK(contains(page, field("takes", "197")));
  CHECK(contains(page, field("last_census", "2026-11-23T12:00:00Z, took 0.68 s")));
  CHECK(contains(page, "new\\nline &quot;quoted&quot; back\\slash \\xff/checksum_type<"));
  CHECK(contains(page, field("binding_layer",
                             "00a2f6d1c0b3948576afe1d2c3b4a5968778695a4b3c2d1e0f00112233445566")));
}

TEST_CASE("the page speaks of what the tree holds, and says what kind of tree it is") {
  const Report report = literalReport();
  const std::string docker = render(Report{{report.roots[0]}});
  CHECK(contains(docker, field("left_title", "Layers left")));
  CHECK(contains(docker, field("layout",
                               "docker-overlay, tool docker: the storage of Docker&#39;s "
                               "overlay driver: 301 directories have a root in them")));
  const std::string hosts = render(Report{{report.roots[3]}});
  CHECK(contains(hosts, field("left_title", "Snapshots left")));
  CHECK(contains(hosts, field("layers_title", "Snapshots")));
  CHECK(contains(hosts, field("takes_title", "Links each further snapshot takes")));
  CHECK(contains(hosts, field("binding_title", "Ends first in the snapshot")));
  CHECK(contains(hosts,
                 field("headline", "2 more snapshots are sure to fit, 0 rounds of all 3 series")));
  CHECK(contains(hosts, "data-field=\"advice_box\" hidden"));
  CHECK(contains(hosts, "data-field=\"links_per_user_box\" hidden"));
  const std::string store = render(Report{{report.roots[4]}});
  CHECK(contains(store, field("advice", "nix-collect-garbage")));
  CHECK(contains(store, field("links_per_user", "6")));
  CHECK(contains(store, field("left_title", "Layers left")));
  CHECK(contains(store, "data-field=\"binding_path_box\" hidden"));
  CHECK(contains(render(Report{{report.roots[1]}}), "data-field=\"layout_box\" hidden"));
}

TEST_CASE("the page says which limit ends first and where, whichever it is") {
  const Report report = literalReport();
  const std::string docker = render(Report{{report.roots[0]}});
  CHECK(contains(docker, "links end first: 59,297 of 65,000 used, one more layer takes 197<"));
  CHECK(contains(docker, field("path_title", "Bound by the file")));
  CHECK(contains(docker, field("fullest", "the root: 301 of 64,998 subdirectories")));
  const std::string small = render(Report{{report.roots[5]}});
  CHECK(contains(small, "inodes end first: 6,000 of 24,000 used, one more layer takes 267<"));
  CHECK(contains(small, field("takes_title", "Inodes each further layer takes")));
  CHECK(contains(small, field("takes", "267")));
  CHECK(contains(small, field("binding_layer", "base")));
  CHECK(contains(small, "data-field=\"binding_path_box\" hidden"));
  const std::string disk = render(Report{{report.roots[6]}});
  CHECK(
      contains(disk, "space ends first: 1023 MiB of 1 GiB used, one more snapshot takes 804 KiB<"));
  CHECK(contains(disk, field("takes_title", "Space each further snapshot takes")));
}

TEST_CASE("a directory that ends first is called one") {
  RootReport root = literalReport().roots[6];
  root.census->first_limit = Limit::subdirectories;
  const std::string page = render(Report{{root}});
  CHECK(contains(page, field("path_title", "Bound by the directory")));
  CHECK(contains(page, field("binding_path", ".")));
  CHECK(contains(
      page, "subdirectories end first: 2 of 64,998 used in the root, one more snapshot takes 1<"));
}

TEST_CASE("the page says which files are full, and which directory takes no more names") {
  const std::string pool = render(Report{{literalReport().roots[7]}});
  CHECK(contains(pool, field("saturated", "4 inodes are full (12 KiB; 1 of them is empty)")));
  CHECK(contains(pool, field("fullest", ".runs/r: 300 subdirectories")));
  const std::string btrfs = render(Report{{literalReport().roots[8]}});
  CHECK(contains(btrfs, "data-level=\"critical\""));
  CHECK(contains(btrfs, "no more names of one file fit in d\\xff: 16,254 of 16,258 bytes used"));
  CHECK(contains(btrfs, "data-field=\"saturated_box\" hidden"));
}

TEST_CASE("the page says and draws what is stored and what links save") {
  const Report report = literalReport();
  const std::string docker = render(Report{{report.roots[0]}});
  CHECK(contains(docker, field("bytes", "12 GiB stored, 480 GiB as copies: links save 468 GiB")));
  CHECK(contains(docker, "width=\"2.5\" height=\"6\" data-field=\"stored_part\""));
  CHECK(contains(docker, "aria-label=\"2.5 % is stored, links save the rest\""));
  CHECK(contains(docker, " holds the most alone: 3.1 GiB<"));
  const std::string hosts = render(Report{{report.roots[3]}});
  CHECK(contains(hosts, "The removal of any one snapshot frees only its directories<"));
  const std::string store = render(Report{{report.roots[4]}});
  CHECK(contains(store, field("bytes", "0 bytes stored, links save nothing")));
  CHECK(contains(store, "data-field=\"largest_box\" hidden"));
  CHECK(contains(store, "data-field=\"stored_label_box\" hidden"));
  CHECK(contains(render(Report{{report.roots[5]}}), "data-field=\"bytes_box\" hidden"));
}

TEST_CASE("a limit that is not known is said, and nothing is invented") {
  const std::string page = render(Report{{literalReport().roots[2]}});
  CHECK(contains(page, "data-level=\"unknown\""));
  CHECK(contains(page, field("layers_left", "unknown")));
  CHECK(contains(page, field("headroom", "unknown")));
  CHECK(contains(page, field("limit", "unknown on nfs4")));
  CHECK(contains(page, "data-field=\"bar_box\" hidden"));
  CHECK(contains(page, field("state", "incomplete")));
  CHECK(contains(page, "there may be more links, and less room"));
}

TEST_CASE("a failed census is said with its reason and the time of the figures that stay") {
  Report report = literalReport();
  std::string page = render(Report{{report.roots[1]}});
  CHECK(contains(page, field("state", "census failed")));
  CHECK(contains(page, "failed: open /srv/spool: No such file or directory.<"));
  CHECK(contains(page, field("last_census", "never")));
  report.roots[0].status.up = false;
  report.roots[0].status.error = "gone";
  page = render(Report{{report.roots[0]}});
  CHECK(contains(page, "failed: gone. The figures are those of 2026-11-23T12:00:00Z.<"));
  CHECK(contains(page, field("layers_left", "28")));
}

TEST_CASE("a root before its first census says whether it is running") {
  RootReport root;
  CHECK(contains(render(Report{{root}}), field("state", "no census yet")));
  root.status.in_progress = true;
  CHECK(contains(render(Report{{root}}), field("state", "first census running")));
}

TEST_CASE("where there is no root the page says so") {
  CHECK(contains(render(Report{}), "data-page=\"no_roots\" >"));
  CHECK(contains(render(literalReport()), "data-page=\"no_roots\" hidden>"));
}

/// What stands between each `before` and the next `after`.
std::vector<std::string> between(const std::string& page, const std::string& before,
                                 const std::string& after) {
  std::vector<std::string> found;
  for (std::size_t at = page.find(before); at != page.npos; at = page.find(before, at + 1)) {
    const std::size_t begin = at + before.size();
    found.push_back(page.substr(begin, page.find(after, begin) - begin));
  }
  return found;
}

TEST_CASE("several roots are in a table with the worst first, above sections in their own order") {
  const std::string page = render(literalReport());
  CHECK(contains(page, "data-page=\"overview\" aria-label=\"All roots\" >"));
  CHECK(between(page, "data-row=\"", "\"") ==
        std::vector<std::string>{"pool", "disk", "hosts", "btrfs", "spool", "backups", "docker",
                                 "small", "store", ""});
  CHECK(between(page, "data-root=\"", "\"") ==
        std::vector<std::string>{"docker", "spool", "backups", "hosts", "store", "small", "disk",
                                 "pool", "btrfs", ""});
  const std::string row = between(page, "data-row=\"small\"", "</tr>").front();
  CHECK(contains(row, "data-cell=\"level\">ok<"));
  CHECK(contains(row, "href=\"#root-small\" data-cell=\"name\">small<"));
  CHECK(contains(row, "data-cell=\"headline\">67 more layers are sure to fit<"));
  CHECK(contains(row, "data-cell=\"ends_first\">inodes<"));
  CHECK(contains(row, "data-cell=\"kind\">docker-overlay, tool docker<"));
  CHECK(contains(row, "data-cell=\"figures_of\">figures of 2026-11-23T12:00:00Z<"));
  const std::string down = between(page, "data-row=\"spool\"", "</tr>").front();
  CHECK(contains(down, "data-cell=\"state\">census failed<"));
  CHECK(contains(down, "data-cell=\"figures_of\">no figures<"));
  CHECK(contains(render(Report{{literalReport().roots[0]}}), "aria-label=\"All roots\" hidden>"));
}

TEST_CASE("the tab's title and icon are those of the worst root") {
  const std::string page = render(literalReport());
  CHECK(contains(page, ">exhausted: pool, 0 of 50 links left – hardlink_exporter</title>"));
  CHECK(contains(page, "/icon-exhausted.svg\" data-page=\"icon\">"));
  const std::string empty = render(Report{});
  CHECK(contains(empty, "<title data-page=\"title\">hardlink_exporter</title>"));
  CHECK(contains(empty, "/icon.svg\" data-page=\"icon\">"));
}

TEST_CASE("each alarm has its next step, and a link into the runbook") {
  const std::string page = render(Report{{literalReport().roots[3]}});
  CHECK(
      contains(page, "data-alarm=\"next_step\">Next step on the host, to see which snapshots to "));
  CHECK(contains(page,
                 "<code data-alarm=\"command\">hardlink_exporter plan --target=50 "
                 "--link-limit=45 /srv/hosts</code>"));
  CHECK(contains(page,
                 "href=\"./runbook#hardlinkextractionscritical\">Runbook: "
                 "HardlinkExtractionsCritical<"));
  CHECK(contains(render(Report{{literalReport().roots[0]}}), "data-field=\"alarms\" hidden>"));
}

TEST_CASE("a name with a percent sign has its section, and the table leads there") {
  const std::string page = render(Report{{emptyRoot("a%20b")}});
  CHECK(contains(page, "id=\"root-a%20b\""));
  CHECK(contains(page, "href=\"#root-a%2520b\""));
}

TEST_CASE("nothing in a name is markup, or a part of the page") {
  RootReport root = emptyRoot("<script>alert('&\"')</script>");
  root.path = "{{name}}<!-- roots --><!-- rows --><!-- template -->";
  root.status.up = false;
  root.status.error = "<b>\n\xff\u202e";
  root.census->layout_reason = "<u>\n";
  root.census->advice = "<s>";
  const std::string page = renderStatusPage(Report{{root}}, "/m\"><i>");
  CHECK(contains(page, "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;<"));
  CHECK(contains(page, ">{{name}}&lt;!-- roots --&gt;&lt;!-- rows --&gt;&lt;!-- template --&gt;<"));
  CHECK(contains(page, "failed: &lt;b&gt;\\n\\xff\\u202e."));
  CHECK(contains(page, "href=\"./m&quot;&gt;&lt;i&gt;\""));
  CHECK_FALSE(contains(page, "<script>"));
  CHECK_FALSE(contains(page, "<i>"));
  CHECK(contains(page, field("layout", "none: &lt;u&gt;\\n")));
  CHECK(contains(page, field("advice", "&lt;s&gt;")));
}

TEST_CASE("the page has no script, style or handler of its own") {
  const std::string page = render(literalReport());
  CHECK_FALSE(contains(page, "<style"));
  CHECK_FALSE(contains(page, " style="));
  CHECK_FALSE(contains(page, " onclick"));
  CHECK(contains(page, "<script type=\"module\" src="));
}

TEST_CASE("what has no width or turns the direction of writing is made visible") {
  CHECK(visible("a\u202eb\u2066c\u200bd") == "a\\u202eb\\u2066c\\u200bd");
  CHECK(visible("a\tb\x7f\u0085") == "a\\x09b\\x7f\\xc2\\x85");
  CHECK(visible("\u00e4 \U0001F600") == "\u00e4 \U0001F600");
}

TEST_CASE("slots are filled with text, and those without one with nothing") {
  CHECK(filled("<a b=\"{{x}}\">{{y}}</a>{{z", {{"x", "1&2"}}) == "<a b=\"1&amp;2\"></a>{{z");
}

}  // namespace
}  // namespace hardlink
