#include "http/parse_request.h"

#include "support/catch.h"

namespace hardlink {
namespace {

constexpr MetricsFormat kText = MetricsFormat::text;
constexpr MetricsFormat kOpenMetrics = MetricsFormat::open_metrics;

TEST_CASE("Prometheus gets OpenMetrics") {
  CHECK(chooseMetricsFormat("application/openmetrics-text;version=1.0.0;q=0.5,"
                            "application/openmetrics-text;version=0.0.1;q=0.4,"
                            "text/plain;version=0.0.4;q=0.3,*/*;q=0.2") == kOpenMetrics);
  CHECK(chooseMetricsFormat("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                            "application/openmetrics-text;version=0.0.1;q=0.5,"
                            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                            "text/plain;version=0.0.4;q=0.3,*/*;q=0.2") == kOpenMetrics);
}

TEST_CASE("a client that does not name OpenMetrics gets the classic text format") {
  CHECK(chooseMetricsFormat("") == kText);
  CHECK(chooseMetricsFormat("*/*") == kText);
  CHECK(chooseMetricsFormat("application/*") == kText);
  CHECK(chooseMetricsFormat("text/html,application/xhtml+xml,*/*;q=0.8") == kText);
  CHECK(chooseMetricsFormat("application/json") == kText);
}

TEST_CASE("the higher weight decides between the formats, and OpenMetrics wins a tie") {
  CHECK(chooseMetricsFormat("application/openmetrics-text") == kOpenMetrics);
  CHECK(chooseMetricsFormat("text/plain, application/openmetrics-text") == kOpenMetrics);
  CHECK(chooseMetricsFormat("text/plain;q=0.9,application/openmetrics-text;q=0.8") == kText);
  CHECK(chooseMetricsFormat("text/plain;q=0.8 , Application/OpenMetrics-Text ; Q=0.9") ==
        kOpenMetrics);
  CHECK(chooseMetricsFormat("text/*;q=0.1,application/openmetrics-text;q=0.05") == kText);
}

TEST_CASE("the more specific range overrides the weight of the less specific one") {
  CHECK(chooseMetricsFormat("*/*;q=1, text/plain;q=0.1, application/openmetrics-text;q=0.5") ==
        kOpenMetrics);
  CHECK(chooseMetricsFormat("text/plain;version=0.0.4;q=0.9, text/plain;q=0.1,"
                            "application/openmetrics-text;q=0.5") == kText);
}

TEST_CASE("OpenMetrics of another version, or refused, is not served") {
  CHECK(chooseMetricsFormat("application/openmetrics-text;version=0.0.1") == kText);
  CHECK(chooseMetricsFormat("application/openmetrics-text;version=2.0.0") == kText);
  CHECK(chooseMetricsFormat("application/openmetrics-text;version=1.0.0;q=0") == kText);
}

TEST_CASE("elements that make no sense are ignored") {
  CHECK(chooseMetricsFormat(",,;;=,application/openmetrics-text;q=high,"
                            "application/openmetrics-text;q=7,text/plain;q=") == kText);
  CHECK(chooseMetricsFormat(";q=1,application/openmetrics-text;q=0.7") == kOpenMetrics);
  CHECK(chooseMetricsFormat("application/openmetrics-text;q=nan") == kText);
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

}  // namespace
}  // namespace hardlink
