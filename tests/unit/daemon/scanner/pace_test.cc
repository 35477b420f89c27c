#include "daemon/scanner/publisher.h"

#include "support/catch.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

const SteadyTime kStart = SteadyTime() + 1h;

/// The pace after a publication at kStart that took this long.
Pace after(SteadyTime::duration cost) {
  Pace pace;
  pace.taken();
  pace.published(kStart, cost);
  return pace;
}

TEST_CASE("without a change no publication is due") {
  CHECK_FALSE(Pace().due());
  Pace pace;
  pace.changed(Change::figures, kStart);
  pace.changed(Change::times, kStart);
  pace.taken();
  CHECK_FALSE(pace.due());
}

TEST_CASE("the first change of figures is due at once, a change of times waits") {
  Pace pace;
  pace.changed(Change::times, kStart);
  CHECK(pace.due() == kStart + Pace::kLeastPause);
  pace.changed(Change::times, kStart + 100ms);
  CHECK(pace.due() == kStart + Pace::kLeastPause);
  pace.changed(Change::figures, kStart + 10ms);
  CHECK(pace.due() == kStart + 10ms);
}

TEST_CASE("figures that change again are due after the pause, and not later than they changed") {
  Pace pace = after(0ms);
  pace.changed(Change::figures, kStart + 1ms);
  pace.changed(Change::figures, kStart + 2ms);
  CHECK(pace.due() == kStart + Pace::kLeastPause);
  Pace quiet = after(0ms);
  quiet.changed(Change::figures, kStart + 1h);
  CHECK(quiet.due() == kStart + 1h);
}

TEST_CASE("an expensive publication makes the next one wait longer, longest for times") {
  Pace pace = after(200ms);
  pace.changed(Change::times, kStart);
  CHECK(pace.due() == kStart + Pace::kTimesPause * 200ms);
  pace.changed(Change::figures, kStart);
  CHECK(pace.due() == kStart + Pace::kFiguresPause * 200ms);
}

TEST_CASE("no change waits longer than the longest pause") {
  Pace pace = after(1h);
  pace.changed(Change::times, kStart);
  CHECK(pace.due() == kStart + Pace::kLongestPause);
}

TEST_CASE("a change during a publication is in the next one") {
  Pace pace;
  pace.changed(Change::figures, kStart);
  pace.taken();
  pace.changed(Change::figures, kStart + 1ms);
  pace.published(kStart + 2ms, 1ms);
  CHECK(pace.due() == kStart + 2ms + Pace::kLeastPause);
}

}  // namespace
}  // namespace hardlink
