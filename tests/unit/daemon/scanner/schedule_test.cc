#include "daemon/scanner/schedule.h"

#include "support/catch.h"

namespace hardlink {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const SteadyTime kStart = SteadyTime{} + std::chrono::hours(1);

ScanConfig every(milliseconds interval, double max_duty = 1.0) {
  ScanConfig scan;
  scan.interval = interval;
  scan.max_duty = max_duty;
  return scan;
}

TEST_CASE("the first census is due at once") {
  CHECK(Schedule(every(minutes(5)), kStart).nextCensus() == kStart);
}

TEST_CASE("the interval runs from the beginning of one census to the beginning of the next") {
  Schedule schedule(every(minutes(5)), kStart);
  schedule.censusStarted(kStart + seconds(1));
  schedule.censusEnded(kStart + seconds(31));
  CHECK(schedule.nextCensus() == kStart + seconds(1) + minutes(5));
}

TEST_CASE("a census that takes a quarter of the interval or more makes the next one wait") {
  Schedule schedule(every(minutes(1), 0.25), kStart);
  schedule.censusStarted(kStart);
  schedule.censusEnded(kStart + minutes(2));
  CHECK(schedule.nextCensus() == kStart + minutes(8));
}

TEST_CASE("a census is due a moment after the last change of the layers") {
  Schedule schedule(every(minutes(5)), kStart);
  schedule.censusStarted(kStart);
  schedule.censusEnded(kStart + milliseconds(10));
  schedule.layersChanged(kStart + seconds(60));
  CHECK(schedule.nextCensus() == kStart + seconds(60) + Schedule::kQuiet);
  schedule.layersChanged(kStart + seconds(60) + milliseconds(900));
  CHECK(schedule.nextCensus() == kStart + seconds(60) + milliseconds(900) + Schedule::kQuiet);
}

TEST_CASE("endless changes do not delay the census for ever") {
  Schedule schedule(every(minutes(5)), kStart);
  schedule.censusStarted(kStart);
  schedule.censusEnded(kStart);
  for (int i = 0; i < 100; ++i) {
    schedule.layersChanged(kStart + seconds(60) + milliseconds(500) * i);
  }
  CHECK(schedule.nextCensus() == kStart + seconds(60) + Schedule::kPatience);
}

TEST_CASE("changes never exceed max_duty") {
  Schedule schedule(every(minutes(5), 0.5), kStart);
  schedule.censusStarted(kStart);
  schedule.censusEnded(kStart + minutes(10));
  schedule.layersChanged(kStart + minutes(10));
  CHECK(schedule.nextCensus() == kStart + minutes(20));
}

TEST_CASE("a change during a census counts for the next one") {
  Schedule schedule(every(minutes(5)), kStart);
  schedule.layersChanged(kStart);
  schedule.censusStarted(kStart + seconds(2));
  schedule.layersChanged(kStart + seconds(3));
  schedule.censusEnded(kStart + seconds(10));
  CHECK(schedule.nextCensus() == kStart + seconds(10));
}

}  // namespace
}  // namespace hardlink
