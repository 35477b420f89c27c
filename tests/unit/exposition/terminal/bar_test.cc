#include "exposition/terminal/table_text.h"

#include "exposition/terminal/columns.h"
#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("a bar is as wide as asked for, however much of it is filled") {
  for (const std::uint64_t part : {0U, 1U, 4999U, 32500U, 64999U, 65000U, 70000U}) {
    CAPTURE(part);
    CHECK(columnsOf(bar(part, 65000, 10, true)) == 10);
    CHECK(bar(part, 65000, 10, false).size() == 10);
  }
}

TEST_CASE("a bar is filled by its share, to an eighth of a column") {
  CHECK(bar(1, 2, 4, true) == "██░░");
  CHECK(bar(9, 16, 2, true) == "█▏");
  CHECK(bar(1, 2, 4, false) == "##--");
}

TEST_CASE("a bar is empty only at nothing and full only at the whole") {
  CHECK(bar(0, 65000, 3, false) == "---");
  CHECK(bar(1, 65000, 3, false) == "#--");
  CHECK(bar(64999, 65000, 3, false) == "##-");
  CHECK(bar(65000, 65000, 3, false) == "###");
  CHECK(bar(70000, 65000, 3, false) == "###");
  CHECK(bar(1, 65000, 1, true) == "▏");
  CHECK(bar(64999, 65000, 1, true) == "▉");
}

TEST_CASE("without a whole there is nothing to fill") { CHECK(bar(0, 0, 2, false) == "--"); }

}  // namespace
}  // namespace hardlink
