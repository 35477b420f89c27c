#include "http/parse_request.h"

#include "support/catch.h"

namespace hardlink {
namespace {

const AcceptedMetrics kText{MetricsFormat::text};
const AcceptedMetrics kOpenMetrics{MetricsFormat::open_metrics};

AcceptedMetrics textFormat(std::string_view accept) { return chooseMetricsFormat(accept, false); }

TEST_CASE("Prometheus gets OpenMetrics") {
  CHECK(textFormat("application/openmetrics-text;version=1.0.0;q=0.5,"
                   "application/openmetrics-text;version=0.0.1;q=0.4,"
                   "text/plain;version=0.0.4;q=0.3,*/*;q=0.2") == kOpenMetrics);
  CHECK(textFormat("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                   "application/openmetrics-text;version=0.0.1;q=0.5,"
                   "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                   "text/plain;version=0.0.4;q=0.3,*/*;q=0.2") ==
        AcceptedMetrics{MetricsFormat::open_metrics, "allow-utf-8"});
}

TEST_CASE("the escaping is that of the range that is chosen, if Prometheus knows it") {
  for (const std::string scheme : {"allow-utf-8", "underscores", "dots", "values"}) {
    CHECK(textFormat("text/plain;version=0.0.4; Escaping=" + scheme) ==
          AcceptedMetrics{MetricsFormat::text, scheme});
  }
  CHECK(textFormat("text/plain;version=0.0.4;escaping=other") == kText);
  CHECK(textFormat("text/plain;escaping=dots;q=0.1,application/openmetrics-text") == kOpenMetrics);
  CHECK(textFormat("application/json;escaping=dots") == kText);
}

TEST_CASE("a client that does not name OpenMetrics gets the classic text format") {
  CHECK(textFormat("") == kText);
  CHECK(textFormat("*/*") == kText);
  CHECK(textFormat("application/*") == kText);
  CHECK(textFormat("text/html,application/xhtml+xml,*/*;q=0.8") == kText);
  CHECK(textFormat("application/json") == kText);
}

TEST_CASE("the higher weight decides between the formats, and OpenMetrics wins a tie") {
  CHECK(textFormat("application/openmetrics-text") == kOpenMetrics);
  CHECK(textFormat("text/plain, application/openmetrics-text") == kOpenMetrics);
  CHECK(textFormat("text/plain;q=0.9,application/openmetrics-text;q=0.8") == kText);
  CHECK(textFormat("text/plain;q=0.8 , Application/OpenMetrics-Text ; Q=0.9") == kOpenMetrics);
  CHECK(textFormat("text/*;q=0.1,application/openmetrics-text;q=0.05") == kText);
}

TEST_CASE("the more specific range overrides the weight of the less specific one") {
  CHECK(textFormat("*/*;q=1, text/plain;q=0.1, application/openmetrics-text;q=0.5") ==
        kOpenMetrics);
  CHECK(textFormat("text/plain;version=0.0.4;q=0.9, text/plain;q=0.1,"
                   "application/openmetrics-text;q=0.5") == kText);
}

TEST_CASE("OpenMetrics of another version, or refused, is not served") {
  CHECK(textFormat("application/openmetrics-text;version=0.0.1") == kText);
  CHECK(textFormat("application/openmetrics-text;version=2.0.0") == kText);
  CHECK(textFormat("application/openmetrics-text;version=1.0.0;q=0") == kText);
}

TEST_CASE("protobuf is served where it is offered, named in full and weighs most") {
  const std::string protobuf =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
  // As Prometheus 2.42 asks with native histograms.
  const std::string prometheus =
      protobuf + ",application/openmetrics-text;version=1.0.0;q=0.8," +
      "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  CHECK(chooseMetricsFormat(prometheus, true) == AcceptedMetrics{MetricsFormat::protobuf});
  CHECK(textFormat(prometheus) == kOpenMetrics);
  CHECK(chooseMetricsFormat(protobuf + ";escaping=allow-utf-8", true) ==
        AcceptedMetrics{MetricsFormat::protobuf, "allow-utf-8"});
  CHECK(chooseMetricsFormat(protobuf + ";q=0.4,text/plain;q=0.5", true) == kText);
  CHECK(chooseMetricsFormat(protobuf + ";q=0", true) == kText);
  CHECK(chooseMetricsFormat("application/vnd.google.protobuf", true) == kText);
  CHECK(chooseMetricsFormat("application/vnd.google.protobuf;encoding=text;"
                            "proto=io.prometheus.client.MetricFamily",
                            true) == kText);
  CHECK(chooseMetricsFormat("application/*", true) == kText);
}

TEST_CASE("elements that make no sense are ignored") {
  CHECK(textFormat(",,;;=,application/openmetrics-text;q=high,"
                   "application/openmetrics-text;q=7,text/plain;q=") == kText);
  CHECK(textFormat(";q=1,application/openmetrics-text;q=0.7") == kOpenMetrics);
  CHECK(textFormat("application/openmetrics-text;q=nan") == kText);
}

TEST_CASE("gzip is used only for clients that accept it") {
  CHECK(acceptsGzip("gzip"));
  CHECK(acceptsGzip("GZip;Q=0.5"));
  CHECK(acceptsGzip("br, gzip ; q=0.001"));
  CHECK(acceptsGzip("*"));
  CHECK(acceptsGzip("x-gzip"));
  CHECK_FALSE(acceptsGzip(""));
  CHECK_FALSE(acceptsGzip("identity"));
  CHECK_FALSE(acceptsGzip("br, deflate"));
  CHECK_FALSE(acceptsGzip("gzip;q=0"));
  CHECK_FALSE(acceptsGzip("gzip;q=0.000, *;q=1"));
  CHECK_FALSE(acceptsGzip("*;q=0"));
  CHECK_FALSE(acceptsGzip("notgzip, gzipped"));
}

using Groups = decltype(MetricsSelection::groups);

Groups groupsOf(const std::vector<MetricGroup>& groups) {
  Groups set;
  for (const MetricGroup group : groups) {
    set.set(static_cast<std::size_t>(group));
  }
  return set;
}

TEST_CASE("a scrape can ask for groups, or for all but some, and for roots") {
  using Group = MetricGroup;
  CHECK_FALSE(parseMetricsQuery("")->isPartial());
  CHECK_FALSE(parseMetricsQuery("name=value&debug&&=")->isPartial());
  CHECK(parseMetricsQuery("collect[]=layers&collect%5B%5D=images")->selection.groups ==
        groupsOf({Group::layers, Group::images}));
  CHECK(parseMetricsQuery("exclude[]=process&x=y")->selection.groups ==
        ~groupsOf({Group::process}));
  const auto roots = parseMetricsQuery("root[]=%2fvar%2Flib&root%5b%5d=a+b%26c");
  REQUIRE(roots);
  CHECK(roots->roots == std::vector<std::string>{"/var/lib", "a b&c"});
  CHECK(roots->selection.groups.all());
  CHECK(roots->isPartial());
  // To leave out everything is a wish like any other.
  std::string all;
  for (const std::string_view name : namesOf<MetricGroup>()) {
    all += "exclude[]=" + std::string(name) + "&";
  }
  CHECK(parseMetricsQuery(all)->selection.groups.none());
}

TEST_CASE("a query for metrics that cannot be answered says what was expected") {
  CHECK(parseMetricsQuery("collect[]=layers&exclude[]=images").error().message() ==
        "expected collect[] or exclude[], got both");
  CHECK(
      parseMetricsQuery("collect[]=layer\n").error().message() ==
      "collect[]: expected one of layers, images, hot_inodes, histograms, census, process, roots, "
      "got \"layer\\n\"");
  CHECK_FALSE(parseMetricsQuery("exclude[]="));
  CHECK_FALSE(parseMetricsQuery("exclude[]"));
  CHECK_FALSE(parseMetricsQuery("collect[]=Layers"));
  CHECK_FALSE(parseMetricsQuery("root[]=%zz"));
}

}  // namespace
}  // namespace hardlink
