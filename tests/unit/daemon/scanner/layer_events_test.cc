#include "daemon/scanner/layer_events.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

/// Waits for an event, at most ten seconds, and takes it in.
bool changed(LayerEvents& events) {
  pollfd wanted{events.descriptor(), POLLIN, 0};
  REQUIRE(poll(&wanted, 1, 10'000) == 1);
  return events.drain();
}

bool quiet(LayerEvents& events) {
  pollfd wanted{events.descriptor(), POLLIN, 0};
  return poll(&wanted, 1, 0) == 0;
}

TEST_CASE("a layer that appears, is renamed or disappears is noticed") {
  const TempDir dir;
  LayerEvents events;
  events.watch(dir.path(), false);
  CHECK(quiet(events));
  plant(dir.path(), {makeDir("layer")});
  CHECK(changed(events));
  REQUIRE(rename((dir / "layer").c_str(), (dir / "renamed").c_str()) == 0);
  CHECK(changed(events));
  REQUIRE(rmdir((dir / "renamed").c_str()) == 0);
  CHECK(changed(events));
  CHECK(quiet(events));
}

TEST_CASE("the removal of the directory that holds the layers is noticed") {
  const TempDir dir;
  plant(dir.path(), {makeDir("holder")});
  LayerEvents events;
  events.watch(dir / "holder", false);
  CHECK(quiet(events));
  REQUIRE(rmdir((dir / "holder").c_str()) == 0);
  CHECK(changed(events));
}

TEST_CASE("a file beside the layers is no layer") {
  const TempDir dir;
  LayerEvents events;
  events.watch(dir.path(), false);
  plant(dir.path(), {makeFile("file")});
  CHECK_FALSE(changed(events));
}

TEST_CASE("the moment when Docker completes a layer is noticed") {
  const TempDir dir;
  LayerEvents events;
  events.watch(dir.path(), true);
  plant(dir.path(), {makeDir("id")});
  CHECK(changed(events));
  plant(dir.path(), {makeDir("id", {makeDir("tmproot1", {makeFile("f")})})});
  CHECK(changed(events));
  REQUIRE(rename((dir / "id/tmproot1").c_str(), (dir / "id/root").c_str()) == 0);
  CHECK(changed(events));
  // A complete layer is watched no longer: what containers write is not Docker's business here.
  (void)(quiet(events) || events.drain());
  plant(dir.path(), {makeDir("id", {makeDir("other")})});
  CHECK(quiet(events));
}

TEST_CASE("watching another directory ends the watch of the first") {
  const TempDir first;
  const TempDir second;
  LayerEvents events;
  events.watch(first.path(), false);
  events.watch(second.path(), false);
  (void)(quiet(events) || events.drain());
  plant(first.path(), {makeDir("a")});
  CHECK(quiet(events));
  plant(second.path(), {makeDir("b")});
  CHECK(changed(events));
}

TEST_CASE("a missing directory is watched by the first watch() after it appears") {
  const TempDir dir;
  LayerEvents events;
  events.watch(dir / "later", false);
  plant(dir.path(), {makeDir("later")});
  events.watch(dir / "later", false);
  plant(dir.path(), {makeDir("later", {makeDir("layer")})});
  CHECK(changed(events));
}

}  // namespace
}  // namespace hardlink
