#include "farms/kinds.h"

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("the table has each tool once, in the order of their names") {
  Tool before = Tool::none;
  for (const Kind* kind : kinds()) {
    CHECK(before < kind->tool);
    CHECK(kindOf(kind->tool) == kind);
    before = kind->tool;
  }
  CHECK(kindOf(Tool::none) == nullptr);
  CHECK(kindOf(Tool::unknown) == nullptr);
}

TEST_CASE("what a store holds is never removed by its layers") {
  for (const Kind* kind : kinds()) {
    if (kind->layout == Layout::store && kind->tool != Tool::backuppc) {
      CHECK(kind->removal == nullptr);
    }
  }
}

}  // namespace
}  // namespace hardlink
