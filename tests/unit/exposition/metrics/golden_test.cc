// The output for one literal report, byte for byte. UPDATE_GOLDEN=1 in the environment writes the
// files again; check the difference before you commit it.

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "exposition/json/json.h"
#include "exposition/metrics/families.h"
#include "exposition/terminal/table.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

void checkGolden(const std::string& name, const std::string& text) {
  const std::string path = std::string(HARDLINK_GOLDEN_DIR) + "/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    WARN("wrote " << path);
  }
  std::ifstream file(path, std::ios::binary);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  INFO(path);
  CHECK(text == golden);
}

template <class Render>
std::string wholeBody(Render render) {
  const BuildInfo build{"1.2.3", "0123456789ab", "GNU 12.2.0", "linux/x86_64"};
  return render(metricFamilies(literalReport())) +
         render(exporterFamilies(literalReload(), build)) +
         render(processFamilies(literalProcess()));
}

TEST_CASE("the classic text format is the golden file") {
  checkGolden("metrics.txt", wholeBody(textOf));
}

TEST_CASE("OpenMetrics is the golden file") {
  checkGolden("metrics.openmetrics", wholeBody(openMetricsOf).append(kOpenMetricsEof));
}

TEST_CASE("protobuf with both kinds of buckets is the golden file") {
  checkGolden("metrics.protobuf", wholeBody([](const Families& families) {
                return renderProtobuf(families, HistogramForm::both).bytes;
              }));
}

TEST_CASE("the JSON report is the golden file") {
  std::string json = renderJson(literalReport());
  const std::size_t version = json.find(kVersion);
  REQUIRE(version != std::string::npos);
  checkGolden("report.json", json.replace(version, kVersion.size(), "1.2.3"));
}

TEST_CASE("the terminal table is the golden file") {
  checkGolden("table.txt", renderTable(literalReport(), {100, false, 10}));
}

}  // namespace
}  // namespace hardlink
