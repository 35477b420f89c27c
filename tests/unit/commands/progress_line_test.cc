#include "commands/progress_line.h"

#include "exposition/terminal/columns.h"
#include "support/catch.h"

namespace hardlink {
namespace {

void set(CensusProgress& progress, std::uint64_t names, std::uint64_t done, std::uint64_t layers) {
  progress.names = names;
  progress.layers_done = done;
  progress.layers_total = layers;
}

TEST_CASE("progress has counts, rate and elapsed time") {
  CensusProgress progress;
  set(progress, 1'200'000, 12, 301);
  CHECK(progressText("/srv", progress, 2, 0, 80, true) ==
        "/srv: 1.2M names, layer 12/301, 600k names/s, 2.0 s");
}

TEST_CASE("after a first census the time left is estimated from its names") {
  CensusProgress progress;
  set(progress, 1000, 0, 0);
  CHECK(progressText("/srv", progress, 1, 6000, 80, true) ==
        "/srv: 1,000 names, 1,000 names/s, 1.0 s, about 5 s left");
  CHECK(progressText("/srv", progress, 1, 601'000, 80, true) ==
        "/srv: 1,000 names, 1,000 names/s, 1.0 s, about 10 min left");
}

TEST_CASE("no time is estimated before the first name or after the last expected one") {
  CensusProgress progress;
  CHECK(progressText("/srv", progress, 1, 6000, 80, true) == "/srv: 0 names, 0 names/s, 1.0 s");
  set(progress, 7000, 0, 0);
  CHECK(progressText("/srv", progress, 1, 6000, 80, true) ==
        "/srv: 7,000 names, 7,000 names/s, 1.0 s");
}

TEST_CASE("progress fits the terminal and leaves out what matters least first") {
  CensusProgress progress;
  set(progress, 1'200'000, 12, 301);
  CHECK(progressText("/a/long/path/中文", progress, 2, 1'800'000, 60, true) ==
        "1.2M names, layer 12/301, 2.0 s, about 1 s left");
  CHECK(progressText("/srv", progress, 2, 1'800'000, 40, true) ==
        "1.2M names, 2.0 s, about 1 s left");
  CHECK(progressText("/srv", progress, 2, 1'800'000, 20, true) == "1.2M names, 2.0 s");
  for (std::size_t width = 1; width < 100; ++width) {
    CHECK(columnsOf(progressText("/srv/中文", progress, 2, 1'800'000, width, true)) < width);
  }
}

TEST_CASE("without a UTF-8 locale progress is ASCII and fits") {
  CensusProgress progress;
  set(progress, 1'200'000, 12, 301);
  CHECK(progressText("/\u4e2d", progress, 2, 0, 80, false) ==
        "/\\xe4\\xb8\\xad: 1.2M names, layer 12/301, 600k names/s, 2.0 s");
  CHECK(progressText("/\u4e2d\u4e2d", progress, 2, 0, 60, false) ==
        "1.2M names, layer 12/301, 600k names/s, 2.0 s");
}

}  // namespace
}  // namespace hardlink
