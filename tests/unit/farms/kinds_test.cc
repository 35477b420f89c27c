#include "farms/kinds.h"

#include "config/validate.h"
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

TEST_CASE("a tool may be configured only with the layout that the table has for it") {
  for (const Kind* kind : kinds()) {
    for (const Layout layout : {Layout::docker_overlay, Layout::snapshots, Layout::store}) {
      RootConfig root;
      root.tool = kind->tool;
      root.layout = fromString<LayoutChoice>(toString(layout)).value();
      CAPTURE(toString(kind->tool), toString(layout));
      CHECK(static_cast<bool>(checkTool(root)) == (layout == kind->layout));
    }
  }
}

TEST_CASE("no store but BackupPC has a command that removes layers") {
  for (const Kind* kind : kinds()) {
    if (kind->layout == Layout::store && kind->tool != Tool::backuppc) {
      CHECK(kind->removal == nullptr);
    }
  }
}

}  // namespace
}  // namespace hardlink
