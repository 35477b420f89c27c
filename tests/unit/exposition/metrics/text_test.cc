#include "exposition/metrics/families.h"

#include <limits>

#include "exposition/metrics/metric_series.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

using Lines = std::vector<std::string>;

Families ofRoot(const RootReport& root) { return metricFamilies(Report{{root}}); }

RootReport withHistogram(const Histogram& histogram) {
  RootReport root = emptyRoot("a");
  root.census->inode_links = histogram;
  return root;
}

Families oneGauge(const std::string& help, const std::string& label_value, double value) {
  MetricSeries series(MetricGroup::roots, "a", help, prometheus::MetricType::Gauge);
  series.add({{"l", label_value}}, value);
  std::vector<Family> families;
  families.push_back(std::move(series).take());
  return Families(std::move(families));
}

TEST_CASE("the classic format serves a gauge histogram as three families of gauges") {
  const std::string text = textOf(ofRoot(withHistogram({{1, 65000}, {4, 9}, 300})));
  CHECK(linesStarting(text, "# TYPE hardlink_inode_links") ==
        Lines{"# TYPE hardlink_inode_links_bucket gauge",
              "# TYPE hardlink_inode_links_gcount gauge",
              "# TYPE hardlink_inode_links_gsum gauge"});
  CHECK(linesStarting(text, "hardlink_inode_links") ==
        Lines{"hardlink_inode_links_bucket{root=\"a\",le=\"1.0\"} 4",
              "hardlink_inode_links_bucket{root=\"a\",le=\"65000.0\"} 9",
              "hardlink_inode_links_bucket{root=\"a\",le=\"+Inf\"} 9",
              "hardlink_inode_links_gcount{root=\"a\"} 9",
              "hardlink_inode_links_gsum{root=\"a\"} 300"});
  CHECK_FALSE(contains(text, "gaugehistogram"));
}

TEST_CASE("OpenMetrics has gauge histograms as such, with the sample names of the classic format") {
  const Families families = ofRoot(withHistogram({{1, 65000}, {4, 9}, 300}));
  const std::string text = openMetricsOf(families);
  CHECK(linesStarting(text, "# TYPE hardlink_inode_links") ==
        Lines{"# TYPE hardlink_inode_links gaugehistogram"});
  CHECK(linesStarting(text, "hardlink_inode_links") ==
        linesStarting(textOf(families), "hardlink_inode_links"));
}

TEST_CASE("a histogram without bounds still has its +Inf bucket") {
  const std::string text = openMetricsOf(ofRoot(withHistogram({})));
  CHECK(linesStarting(text, "hardlink_inode_links") ==
        Lines{"hardlink_inode_links_bucket{root=\"a\",le=\"+Inf\"} 0",
              "hardlink_inode_links_gcount{root=\"a\"} 0",
              "hardlink_inode_links_gsum{root=\"a\"} 0"});
}

TEST_CASE("bounds that are one floating point number give one bucket") {
  const std::uint64_t high = std::uint64_t{1} << 60U;
  const std::string text = textOf(ofRoot(withHistogram({{high, high + 1}, {1, 2, 3}, 0})));
  CHECK(linesStarting(text, "hardlink_inode_links_bucket") ==
        Lines{"hardlink_inode_links_bucket{root=\"a\",le=\"1.152921504606847e+18\"} 2",
              "hardlink_inode_links_bucket{root=\"a\",le=\"+Inf\"} 3"});
}

TEST_CASE("OpenMetrics names a counter's family without the suffix of its samples") {
  const std::string text = openMetricsOf(ofRoot(emptyRoot("a")));
  CHECK(contains(text,
                 "# TYPE hardlink_censuses counter\n"
                 "hardlink_censuses_total{root=\"a\",result=\"success\"} 41\n"));
  CHECK_FALSE(contains(text, "# TYPE hardlink_censuses_total"));
}

TEST_CASE("label values keep every byte through the escapes of both formats") {
  const Families families = oneGauge("help", "q\" b\\ n\n e\xC3\xA9", 1);
  const char* const expected = "a{l=\"q\\\" b\\\\ n\\n e\xC3\xA9\"} 1\n";
  CHECK(contains(textOf(families), expected));
  CHECK(contains(openMetricsOf(families), expected));
}

TEST_CASE("bytes of names that are not UTF-8 are served as escapes") {
  RootReport root = emptyRoot("a");
  root.path = "/srv/\xff";
  const char* const expected = "path=\"/srv/\\\\xff\"";
  CHECK(contains(textOf(ofRoot(root)), expected));
  CHECK(contains(openMetricsOf(ofRoot(root)), expected));
}

TEST_CASE("OpenMetrics escapes metadata") {
  CHECK(contains(openMetricsOf(oneGauge("one\ntwo \\ \"three\"", "x", 1)),
                 "# HELP a one\\ntwo \\\\ \\\"three\\\"\n"));
}

TEST_CASE("HELP texts need no escapes, because the classic serializer makes none") {
  const std::string text = textOf(metricFamilies(literalReport()));
  for (const std::string& line : linesStarting(text, "# HELP ")) {
    CAPTURE(line);
    CHECK(line.find_first_of("\\\"") == std::string::npos);
  }
  for (const std::string& line : linesStarting(text, "")) {
    CAPTURE(line);
    CHECK((line.starts_with("# HELP ") || line.starts_with("# TYPE ") || line.find('{') > 0));
    CHECK((line[0] == '#' || line.starts_with("hardlink_")));
  }
}

TEST_CASE("every family has its HELP line, then its TYPE line, then its samples") {
  for (const auto& render : {textOf, openMetricsOf}) {
    std::string family;
    std::string before;
    for (const std::string& line : linesStarting(render(metricFamilies(literalReport())), "")) {
      CAPTURE(line);
      if (line.starts_with("# HELP ")) {
        family = line.substr(7, line.find(' ', 7) - 7);
      } else if (line.starts_with("# TYPE ")) {
        CHECK(before.starts_with("# HELP " + family + " "));
        CHECK(line.starts_with("# TYPE " + family + " "));
      } else {
        CHECK(line.starts_with(family));
      }
      before = line;
    }
  }
}

TEST_CASE("families without series are left out with their metadata") {
  CHECK(textOf(metricFamilies(Report{})).empty());
  CHECK(openMetricsOf(metricFamilies(Report{})).empty());
}

TEST_CASE("samples carry a value and no timestamp") {
  for (const auto& render : {textOf, openMetricsOf}) {
    const std::string text = render(metricFamilies(literalReport()));
    for (const std::string& line : linesStarting(text, "hardlink_")) {
      CAPTURE(line);
      const std::string value = line.substr(line.rfind('}') + 1);
      CHECK(value.size() > 1);
      CHECK(value.rfind(' ') == 0);
    }
  }
}

TEST_CASE("timestamps and large counts keep their digits in both formats") {
  for (const auto& render : {textOf, openMetricsOf}) {
    CHECK(contains(render(oneGauge("h", "x", 1795435215.125)), "} 1795435215.125\n"));
    CHECK(contains(render(oneGauge("h", "x", 7147595)), "} 7147595\n"));
    CHECK(contains(render(oneGauge("h", "x", 4294967295)), "} 4294967295\n"));
    CHECK(contains(render(oneGauge("h", "x", 0.0004)), "} 0.0004\n"));
    CHECK(
        contains(render(oneGauge("h", "x", std::numeric_limits<double>::infinity())), "} +Inf\n"));
  }
}

}  // namespace
}  // namespace hardlink
