#include "http/pages.h"

#include <thread>

#include "support/catch.h"
#include "unit/http/inflate.h"

namespace hardlink {
namespace {

bool has(const MetricsPart& part, std::string_view text) {
  return part.plain.bytes.find(text) != std::string::npos;
}

TEST_CASE("scrapes at the same moment share the exporter's own metrics, later ones get new ones") {
  OwnMetrics own;
  const auto first = own.in(MetricsFormat::text);
  // Within the time that they are shared, were it not for a machine that stands still.
  bool shared = false;
  for (int i = 0; i < 1000 && !shared; ++i) {
    const auto again = own.in(MetricsFormat::text);
    shared = again == own.in(MetricsFormat::text);
  }
  CHECK(shared);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(own.in(MetricsFormat::text) != first);
}

TEST_CASE("the next scrape shows a reload, in both formats") {
  OwnMetrics own;
  for (const MetricsFormat format : {MetricsFormat::text, MetricsFormat::open_metrics}) {
    const auto now = std::chrono::system_clock::now();
    own.setReloadStatus({true, now});
    CHECK(has(*own.in(format), "\nhardlink_config_last_reload_successful 1"));
    own.setReloadStatus({false, now});
    CHECK(has(*own.in(format), "\nhardlink_config_last_reload_successful 0"));
  }
}

TEST_CASE("only OpenMetrics has an end marker, and both encodings have the same text") {
  OwnMetrics own;
  const auto text = own.in(MetricsFormat::text);
  const auto open_metrics = own.in(MetricsFormat::open_metrics);
  CHECK(open_metrics->plain.bytes.ends_with("\n# EOF\n"));
  CHECK_FALSE(has(*text, "# EOF"));
  CHECK(gunzip(gzipWhole(gzipHead(""), text->gzip)) == text->plain.bytes);
  CHECK(gunzip(gzipWhole(gzipHead(""), open_metrics->gzip)) == open_metrics->plain.bytes);
}

TEST_CASE("the process's own metrics can be left out") {
  for (const MetricsFormat format : {MetricsFormat::text, MetricsFormat::open_metrics}) {
    CHECK(has(*OwnMetrics(true).in(format), "\nprocess_threads "));
    const auto without = OwnMetrics(false).in(format);
    CHECK_FALSE(has(*without, "process_"));
    CHECK(has(*without, "\nhardlink_exporter_build_info{"));
  }
}

}  // namespace
}  // namespace hardlink
